//! What templates may do, and what is said when they do it wrong.

use muster::daemon::files::Disk;
use muster::model::{Level, View};
use muster::overlay::{Body, Context, Recorded, Sources, lay};

use super::world::{World, item, node, paths, tags, text};

fn world(template: &str) -> World {
    let mut n1 = node(1, "n1", &["site"]);
    n1.tags = tags(&[("rack", "r7")]);
    let world = World::new(vec![n1]);
    world.write("overlays/site/rootfs/etc/conf.tera", template);
    world
}

#[test]
fn one_template_can_make_many_files_and_links() {
    let world = world(
        "dropped\n{{ file(path=\"a\") }}\nin a\n{{ file(path=\"/opt/x/b\", mode=\"0640\") }}\nin b\n\
         {{ file(path=\"../c\") }}{{ symlink(target=\"/dev/null\") }}ignored{{ file(path=\"a\") }}last a",
    );
    let layout = world.lay(0).unwrap();
    assert_eq!(
        paths(&layout),
        ["c", "etc", "etc/a", "opt", "opt/x", "opt/x/b"]
    );
    assert_eq!(text(&layout, "etc/a"), "last a");
    assert_eq!(text(&layout, "opt/x/b"), "in b\n");
    assert_eq!(item(&layout, "opt/x/b").mode, 0o640);
    assert_eq!(item(&layout, "c").body, Body::Symlink("/dev/null".into()));
}

#[test]
fn a_link_without_a_file_call_is_the_template_itself() {
    let layout = world("{{ symlink(target=\"/proc/mounts\") }}")
        .lay(0)
        .unwrap();
    assert_eq!(
        item(&layout, "etc/conf").body,
        Body::Symlink("/proc/mounts".into())
    );
}

#[test]
fn abort_writes_nothing() {
    let layout = world("{{ file(path=\"a\") }}x{{ abort() }}")
        .lay(0)
        .unwrap();
    assert_eq!(paths(&layout), ["etc"]);
}

#[test]
fn server_files_are_included_from_allowed_folders_only() {
    let one = world("{{ include_file(path=\"STATE/files/motd\") }}");
    let state = one.dir.path().to_str().unwrap().to_owned();
    let template = format!("{{{{ include_file(path=\"{state}/files/motd\") }}}}!");
    one.write("overlays/site/rootfs/etc/conf.tera", &template);
    one.write("files/motd", "welcome");
    assert_eq!(text(&one.lay(0).unwrap(), "etc/conf"), "welcome!");

    std::os::unix::fs::symlink("/etc/passwd", one.dir.path().join("files/out")).unwrap();
    for path in [
        "/etc/passwd",
        &format!("{state}/files/../x"),
        &format!("{state}/files/out"),
        "files/motd",
        "/root/.ssh/id_rsa.pub",
    ] {
        let template = format!("{{{{ include_file(path=\"{path}\", optional=true) }}}}");
        one.write("overlays/site/rootfs/etc/conf.tera", &template);
        let faults = one.lay(0).unwrap_err();
        assert!(
            faults[0].what.contains("may not include"),
            "{path}: {}",
            faults[0]
        );
    }
    let template = format!("[{{{{ include_file(path=\"{state}/files/none\", optional=true) }}}}]");
    one.write("overlays/site/rootfs/etc/conf.tera", &template);
    assert_eq!(text(&one.lay(0).unwrap(), "etc/conf"), "[]");
}

#[test]
fn a_secret_that_is_included_stays_one() {
    use std::os::unix::fs::PermissionsExt;
    let one = world("");
    let secret = one.write("files/key", "secret");
    let template = format!("{{{{ include_file(path=\"{}\") }}}}", secret.display());
    one.write("overlays/site/rootfs/etc/conf.tera", &template);
    one.write("overlays/site/rootfs/etc/other.tera", "public");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let layout = one.lay(0).unwrap();
    assert_eq!(item(&layout, "etc/conf").mode, 0o600);
    assert_eq!(item(&layout, "etc/other").mode, 0o644);
}

#[test]
fn a_folder_named_files_is_no_licence_for_pipes() {
    let one = world("");
    let state = one.dir.path().to_str().unwrap().to_owned();
    std::fs::create_dir_all(one.dir.path().join("files")).unwrap();
    nix::unistd::mkfifo(
        &one.dir.path().join("files/pipe"),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    let template = format!("{{{{ include_file(path=\"{state}/files/pipe\") }}}}");
    one.write("overlays/site/rootfs/etc/conf.tera", &template);
    assert!(one.lay(0).unwrap_err()[0].what.contains("no regular file"));
}

#[test]
fn every_fault_has_its_place_and_advice() {
    let cases = [
        ("x\n  {{ nod.name }}", 2, 6, "nod", "did you mean `node`?"),
        ("{{ node.nmae }}", 1, 9, "nmae", "did you mean `name`?"),
        (
            "{{ node.net[0].ipadr }}",
            1,
            0,
            "ipadr",
            "did you mean `ipaddr`?",
        ),
        (
            "\n{{ flie(path=\"x\") }}",
            2,
            0,
            "flie",
            "did you mean `file`?",
        ),
        ("{{ node.tags.none }}", 1, 0, "none", "rack"),
        ("{% if %}", 1, 0, "", ""),
        ("{{ throw(message=\"no rack\") }}", 1, 0, "no rack", ""),
        (
            "{{ file(path=\"../../x\") }}",
            1,
            1,
            "leads out of the overlay",
            "",
        ),
        ("{{ file(path=\"\") }}", 1, 1, "names no file", ""),
        (
            "{{ file(path=\"a\", mode=\"rw\") }}",
            1,
            0,
            "no file mode",
            "",
        ),
        ("{{ get_env(name=\"HOME\") }}", 1, 0, "get_env", ""),
        (
            "{% for a in range(end=200000000) %}x{% endfor %}",
            1,
            0,
            "100000",
            "",
        ),
        ("{% include \"etc/conf.tera\" %}", 1, 0, "include", ""),
        (
            "{% for a in range(end=90000) %}{% for b in range(end=90000) %}0123456789abcdef{% endfor %}{% endfor %}",
            1,
            0,
            "more than 64 MiB",
            "",
        ),
    ];
    for (template, line, column, what, hint) in cases {
        let faults = world(template).lay(0).unwrap_err();
        assert_eq!(faults.len(), 1, "{template}: {faults:?}");
        let (fault, shown) = (&faults[0], faults[0].to_string());
        let spot = fault.spot.clone().unwrap_or_else(|| panic!("{shown}"));
        assert!(
            spot.file.ends_with("overlays/site/rootfs/etc/conf.tera"),
            "{shown}"
        );
        assert_eq!(spot.line, line, "{shown}");
        assert!(column == 0 || spot.column == column, "{shown}");
        assert!(
            fault.what.contains(what) && !fault.what.contains('\n'),
            "{shown}"
        );
        assert!(
            fault.hint.clone().unwrap_or_default().contains(hint),
            "{shown}"
        );
        assert_eq!(fault.about.as_deref(), Some("node n1"));
        assert_eq!(fault.level, Level::Error);
    }
}

#[test]
fn all_broken_templates_are_named_at_once() {
    let world = world("{% if %}");
    world.write("overlays/site/rootfs/etc/second.tera", "{{ x");
    world.write("overlays/site/rootfs/etc/third.tera", "{{ node.name }}");
    assert_eq!(world.lay(0).unwrap_err().len(), 2);
}

#[test]
fn unset_values_print_nothing_and_lists_are_lists() {
    let layout = world("[{{ node.comment }}|{{ node.tags.rack }}|{{ node.tags.x | default(value=\"-\") }}|{% for d in node.net %}{{ d.cidr }}{{ d.gateway }}{% endfor %}]").lay(0).unwrap();
    assert_eq!(text(&layout, "etc/conf"), "[|r7|-|10.0.1.1/16]");
}

/// Two renders of one node are the same bit for bit.
#[test]
fn tags_come_in_the_order_of_their_names() {
    let mut world = world("{% for tag, value in node.tags %}{{ tag }}={{ value }} {% endfor %}");
    world.nodes[0].tags = tags(&[("d", "1"), ("a", "2"), ("c", "3"), ("e", "4"), ("b", "5")]);
    let layout = world.lay(0).unwrap();
    assert_eq!(text(&layout, "etc/conf"), "a=2 b=5 c=3 d=1 e=4 ");
}

#[test]
fn values_of_the_registry_cannot_forge_a_marker() {
    let mut world = world("{{ file(path=\"a\") }}x{{ node.comment }}");
    world.nodes[0].comment = Some("\u{0}7\u{0}".into());
    assert!(world.lay(0).unwrap_err()[0].what.contains("NUL"));
    world.nodes[0].comment = Some("\u{0}".into());
    assert!(world.lay(0).unwrap_err()[0].what.contains("NUL"));
}

#[test]
fn what_names_no_node_is_rendered_once_for_all_of_them() {
    let world = World::new(
        (1..=3)
            .map(|at| node(at, &format!("n{at}"), &["hosts", "hostname"]))
            .collect(),
    );
    let view = world.view();
    let sources = Sources::new(world.dir.path());
    let files = Recorded::new(&Disk);
    let bytes = |view: &View, at: usize, path: &str| {
        let layout = lay(view, &world.nodes[at], Context::System, &sources, &files).unwrap();
        match &item(&layout, path).body {
            Body::File(data) => data.clone(),
            other => panic!("{other:?}"),
        }
    };
    let (first, second) = (bytes(&view, 0, "etc/hosts"), bytes(&view, 1, "etc/hosts"));
    assert_eq!(first.as_ptr(), second.as_ptr());
    assert_ne!(
        bytes(&view, 0, "etc/hostname"),
        bytes(&view, 1, "etc/hostname")
    );
    let mut next = World::new(world.nodes[..2].to_vec());
    next.revision = 2;
    assert_ne!(bytes(&next.view(), 0, "etc/hosts"), first);
}
