//! An overlay that would keep a node from booting is refused with the reason, and what is lost on a node is told.

use std::os::unix::fs::{PermissionsExt, symlink};

use muster::model::{Fault, Level};

use super::world::{World, node, paths};

fn world(files: &[(&str, &str, u32)]) -> World {
    let world = World::new(vec![node(1, "n1", &["site"])]);
    std::fs::create_dir_all(world.dir.path().join("overlays/site/rootfs")).unwrap();
    for (path, text, mode) in files {
        let path = world.write(&format!("overlays/site/rootfs/{path}"), text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(*mode)).unwrap();
    }
    world
}

fn faults(world: &World) -> Vec<Fault> {
    match world.lay(0) {
        Ok(layout) => layout.faults,
        Err(faults) => faults,
    }
}

fn told(world: &World, level: Level, what: &str) {
    let all = faults(world);
    let found = all.iter().find(|fault| fault.what.contains(what));
    let found = found.unwrap_or_else(|| panic!("no `{what}` in {all:#?}"));
    assert_eq!(found.level, level, "{found}");
    assert_eq!(world.lay(0).is_err(), level == Level::Error);
}

#[test]
fn what_starts_a_node_has_to_be_a_program() {
    let cases = [
        (
            vec![("init", "#!/bin/sh\n", 0o644)],
            "/init of overlay site is not executable",
        ),
        (vec![("init", "", 0o755)], "/init of overlay site is empty"),
        (
            vec![("init", "echo hello\n", 0o755)],
            "is neither a script that begins with `#!`",
        ),
        (
            vec![("init/x", "", 0o755)],
            "/init of overlay site is no file",
        ),
        (
            vec![("warewulf/run-init", "#!/bin/sh", 0o600)],
            "/warewulf/run-init of overlay site is not executable",
        ),
        (
            vec![("init", "#!/bin/sh\nexec /warewulf/run-init\n", 0o755)],
            "ends in /warewulf/run-init, which no overlay brings",
        ),
    ];
    for (files, what) in cases {
        told(&world(&files), Level::Error, what);
    }
    let fine = world(&[
        ("init", "#!/bin/sh\nexec /warewulf/run-init\n", 0o755),
        ("warewulf/run-init", "\x7fELF", 0o755),
    ]);
    assert_eq!(faults(&fine), []);
    // Another overlay may bring one half: the shipped one is whole.
    let mut mixed = world(&[("init", "#!/bin/sh\nexec /warewulf/run-init\n", 0o755)]);
    mixed.nodes[0].system_overlay = vec!["wwinit".into(), "site".into()];
    assert_eq!(faults(&mixed), []);
}

#[test]
fn folders_of_the_system_stay_folders_and_its_links_lead_where_they_lead() {
    for path in ["etc", "usr", "var", "run", "warewulf", "usr/bin"] {
        let what = format!("/{path} of overlay site is no folder");
        told(&world(&[(path, "x", 0o644)]), Level::Error, &what);
    }
    let linked = |path: &str, target: &str| {
        let world = world(&[]);
        symlink(
            target,
            world.dir.path().join("overlays/site/rootfs").join(path),
        )
        .unwrap();
        world
    };
    told(
        &linked("lib64", "/opt/lib"),
        Level::Error,
        "/lib64 of overlay site leads to /opt/lib",
    );
    told(
        &linked("etc", "usr/etc"),
        Level::Error,
        "/etc of overlay site is no folder",
    );
    for target in ["usr/lib", "/usr/lib/"] {
        assert_eq!(faults(&linked("lib", target)), []);
    }
}

#[test]
fn accounts_without_root_are_refused() {
    for text in [
        "",
        "daemon:x:1:1::/:/bin/false\n",
        "root:x:1000:0::/:/bin/sh\n",
    ] {
        let what = "/etc/passwd of overlay site has no root with the number 0";
        told(&world(&[("etc/passwd", text, 0o644)]), Level::Error, what);
    }
    let fine = [
        (
            "etc/passwd",
            "a:x:1:1::/:\nroot:x:0:0::/root:/bin/sh\n",
            0o644,
        ),
        ("etc/group", "root:x:0:\n", 0o644),
    ];
    assert_eq!(faults(&world(&fine)), []);
    told(
        &world(&[("etc/group", "wheel:x:10:\n", 0o644)]),
        Level::Error,
        "/etc/group of overlay site has no root",
    );
}

#[test]
fn what_something_is_mounted_over_is_told_once() {
    let world = world(&[
        ("dev/shm/a", "", 0o644),
        ("dev/shm/b", "", 0o644),
        ("run/x", "", 0o644),
    ]);
    told(
        &world,
        Level::Warning,
        "is not seen on the node: something is mounted over /dev",
    );
    assert_eq!(faults(&world).len(), 2);
}

#[test]
fn the_tree_of_the_image_is_not_trampled_on() {
    let world = world(&[
        ("etc/conf", "x", 0o644),
        ("srv/x", "", 0o644),
        ("var/run/y", "", 0o644),
        ("opt/z/w", "", 0o644),
    ]);
    let image = world.dir.path().join("images/rocky/rootfs");
    let folder = |path: &str| std::fs::create_dir_all(image.join(path)).unwrap();
    // Nothing is known of the image.
    assert_eq!(faults(&world), []);
    folder("etc/conf");
    std::fs::write(image.join("init"), "").unwrap();
    assert_eq!(faults(&world), []);
    std::fs::write(image.join("etc/conf/inside"), "").unwrap();
    // A package that comes or goes touches one of the folders that stand for the whole; here nothing did.
    std::fs::write(image.join("etc/touched"), "").unwrap();
    told(
        &world,
        Level::Error,
        "/etc/conf is a folder with something in it in image rocky",
    );
    std::fs::remove_dir_all(image.join("etc/conf")).unwrap();
    folder("var");
    symlink("/run", image.join("var/run")).unwrap();
    told(
        &world,
        Level::Error,
        "/var/run is a link to /run in image rocky; the folder of overlay site would take its place",
    );
    std::fs::remove_file(image.join("var/run")).unwrap();
    folder("opt");
    symlink("/data", image.join("opt/z")).unwrap();
    folder("usr");
    told(&world, Level::Warning, "/opt/z is a link to /data");
}

#[test]
fn an_image_of_the_old_kind_may_have_its_own_bin() {
    let mut world = world(&[("bin/tool", "#!/bin/sh", 0o755)]);
    told(
        &world,
        Level::Error,
        "/bin would replace the link into /usr",
    );
    let image = world.dir.path().join("images/rocky/rootfs");
    std::fs::create_dir_all(image.join("bin")).unwrap();
    told(
        &world,
        Level::Warning,
        "no system overlay of this node brings /init, and image rocky has none",
    );
    assert!(paths(&world.lay(0).unwrap()).contains(&"bin/tool".to_owned()));
    world.nodes[0].system_overlay.push("wwinit".into());
    assert_eq!(faults(&world), []);
    std::fs::remove_dir(image.join("bin")).unwrap();
    symlink("usr/bin", image.join("bin")).unwrap();
    assert!(world.lay(0).is_err());
}
