//! From one template to files, links and backups; what it may read of the server.

use std::os::unix::fs::symlink;

use muster::overlay::Body;

use super::super::world::{World, item, node, paths, text};
use super::{of, world};

#[test]
fn one_template_makes_many_files() {
    let layout = world("dropped\n{{file \"a\"}}\nin a\n{{file \"/opt/x/b\"}}in b\n{{- file \"../c\"}}{{softlink \"/dev/null\"}}ignored{{file \"a\"}}last a").lay(0).unwrap();
    assert_eq!(
        paths(&layout),
        ["c", "etc", "etc/a", "opt", "opt/x", "opt/x/b"]
    );
    assert_eq!(text(&layout, "etc/a"), "last a");
    assert_eq!(text(&layout, "opt/x/b"), "in b");
    assert_eq!(item(&layout, "c").body, Body::Symlink("/dev/null".into()));
}

/// Unlike in Tera, a line break behind a call belongs to the file, as in Warewulf.
#[test]
fn what_stands_behind_a_call_belongs_to_the_file() {
    let layout = world("{{range list \"a\" \"b\"}}\n{{file .}}\n{{.}}\n{{end}}")
        .lay(0)
        .unwrap();
    assert_eq!(text(&layout, "etc/a"), "\na\n\n");
    assert_eq!(text(&layout, "etc/b"), "\nb\n");
}

#[test]
fn links_aborts_and_files_without_a_call() {
    let layout = world("{{softlink \"../mounts\"}}").lay(0).unwrap();
    assert_eq!(
        item(&layout, "etc/conf").body,
        Body::Symlink("../mounts".into())
    );
    let layout = world("{{softlink \"x\"}}{{file \"y\"}}z").lay(0).unwrap();
    assert_eq!(paths(&layout), ["etc", "etc/conf", "etc/y"]);
    let layout = world("{{file \"a\"}}x{{abort}}y").lay(0).unwrap();
    assert_eq!(paths(&layout), ["etc"]);
    // A template of many files that happens to make none leaves one of its own name.
    let layout = world("{{range list}}{{file .}}{{end}}\n").lay(0).unwrap();
    assert_eq!(text(&layout, "etc/conf"), "\n");
}

#[test]
fn the_mode_and_owner_are_the_templates() {
    use std::os::unix::fs::PermissionsExt;
    let world = world("{{file \"a\"}}x");
    let path = world.dir.path().join("overlays/site/rootfs/etc/conf.ww");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(item(&world.lay(0).unwrap(), "etc/a").mode, 0o600);
}

#[test]
fn what_another_overlay_has_there_is_kept_beside_it() {
    let world = World::new(vec![node(1, "n1", &["below", "site"])]);
    world.write("overlays/below/rootfs/etc/a", "old a");
    world.write("overlays/below/rootfs/etc/b", "old b");
    world.write("overlays/site/rootfs/etc/a.ww", "new a");
    world.write("overlays/site/rootfs/etc/b.ww", "{{nobackup}}new b");
    world.write("overlays/site/rootfs/etc/c.ww", "c");
    let layout = world.lay(0).unwrap();
    assert_eq!(
        paths(&layout),
        ["etc", "etc/a", "etc/a.wwbackup", "etc/b", "etc/c"]
    );
    assert_eq!(text(&layout, "etc/a.wwbackup"), "old a");
}

#[test]
fn a_name_may_be_nothing_but_the_suffix() {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    world.write("overlays/site/rootfs/etc/.ww", "{{.Id}}");
    world.write("overlays/site/rootfs/etc/x.ww.txt", "{{.Id}}");
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/.ww"), "{{.Id}}");
    assert_eq!(text(&layout, "etc/x.ww.txt"), "{{.Id}}");
}

#[test]
fn files_of_the_server_are_included_where_that_is_allowed() {
    let world = world("");
    let state = world.dir.path().to_str().unwrap().to_owned();
    world.write("files/motd", "one\ntwo # stop here\nthree\n\n");
    let conf = world.dir.path().join("overlays/site/rootfs/etc/conf.ww");
    let write = |template: &str| {
        std::fs::write(&conf, template.replace("FILES", &format!("{state}/files"))).unwrap()
    };
    let cases = [
        (
            "[{{Include \"FILES/motd\"}}]",
            "[one\ntwo # stop here\nthree\n]",
        ),
        ("[{{Include \"FILES/none\"}}]", "[]"),
        ("{{IncludeBlock \"FILES/motd\" \"# stop\"}}", "one\n# stop"),
        ("{{IncludeBlock \"FILES/none\" \"# stop\"}}", "# stop"),
        (
            "{{range $l := splitList \"\\n\" (Include \"FILES/motd\")}}<{{$l}}>{{end}}",
            "<one><two # stop here><three><>",
        ),
    ];
    for (template, wanted) in cases {
        write(template);
        assert_eq!(
            text(&world.lay(0).unwrap(), "etc/conf"),
            wanted,
            "{template}"
        );
    }
    symlink("/etc/passwd", world.dir.path().join("files/out")).unwrap();
    for template in [
        "{{Include \"FILES/out\"}}",
        "{{Include \"FILES/../x\"}}",
        "{{Include \"/etc/passwd\"}}",
    ] {
        write(template);
        let faults = world.lay(0).unwrap_err();
        assert!(
            faults[0].what.contains("may not include"),
            "{template}: {}",
            faults[0]
        );
    }
}

#[test]
fn a_setting_allows_more() {
    let world = world("");
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("keys"), "key\n").unwrap();
    let template = format!("{{{{Include \"{}/keys\"}}}}", other.path().display());
    std::fs::write(
        world.dir.path().join("overlays/site/rootfs/etc/conf.ww"),
        template,
    )
    .unwrap();
    assert!(world.lay(0).is_err());
    let mut settings = super::super::world::settings(world.dir.path().to_owned());
    settings.listing = vec![(
        "overlays.read".into(),
        other.path().to_str().unwrap().into(),
        true,
    )];
    let nodes = world
        .nodes
        .iter()
        .cloned()
        .map(std::sync::Arc::new)
        .collect();
    let view = muster::model::View::new(1, settings.into(), nodes, Default::default(), vec![]);
    let sources = muster::overlay::Sources::new(world.dir.path());
    let files = muster::overlay::Recorded::new(&muster::daemon::files::Disk);
    let context = muster::overlay::Context::System;
    let layout = muster::overlay::lay(&view, &view.nodes[0], context, &sources, &files).unwrap();
    assert_eq!(text(&layout, "etc/conf"), "key");
    // Everything that was looked at is an input of the archive.
    let inputs = files.inputs();
    assert!(inputs.iter().any(|input| input.path.ends_with("keys")));
}

#[test]
fn files_of_an_image_are_read_as_the_node_would_see_them() {
    let world = of(
        node(1, "n1", &["site"]),
        "[{{IncludeFrom .ImageName \"/etc/passwd\"}}]{{IncludeFrom \"none\" \"/x\"}}",
    );
    world.write("images/rocky/rootfs/usr/passwd", "root:x:0\n");
    world.write("images/rocky/rootfs/init", "");
    std::fs::create_dir_all(world.dir.path().join("images/rocky/rootfs/etc")).unwrap();
    symlink(
        "/usr/passwd",
        world.dir.path().join("images/rocky/rootfs/etc/passwd"),
    )
    .unwrap();
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/conf"), "[root:x:0]");
    assert!(
        layout.faults[0].what.contains("no /x in image `none`"),
        "{:?}",
        layout.faults
    );
    // A link out of the image ends at its root.
    std::fs::remove_file(world.dir.path().join("images/rocky/rootfs/etc/passwd")).unwrap();
    symlink(
        "../../../../../../etc/hostname",
        world.dir.path().join("images/rocky/rootfs/etc/passwd"),
    )
    .unwrap();
    assert_eq!(text(&world.lay(0).unwrap(), "etc/conf"), "[]");
    symlink(
        "loop",
        world.dir.path().join("images/rocky/rootfs/etc/loop"),
    )
    .unwrap();
    world.write(
        "overlays/site/rootfs/etc/conf.ww",
        "{{IncludeFrom \"rocky\" \"/etc/loop\"}}",
    );
    assert_eq!(text(&world.lay(0).unwrap(), "etc/conf"), "");
}

#[test]
fn functions_of_warewulf() {
    super::table(&[
        (
            "{{SystemdEscape \"a/b c-d.e\"}} {{SystemdEscapePath \"/\"}} {{SystemdEscapePath \"/mnt/a-b/\"}} {{SystemdEscape \".x\"}}",
            "a-b\\x20c\\x2dd.e - mnt-a\\x2db \\x2ex",
        ),
        (
            "{{UniqueField \":\" 0 \"root:x\\nbin:y\\nroot:z\\n\\nnone\\n\"}}",
            "root:x\nbin:y\n\nnone\n",
        ),
        ("{{readlink \"/\"}} {{basename \"/a/b\"}}", "/ b"),
    ]);
}
