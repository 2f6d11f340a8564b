//! Overlays laid over one another, and their archive.

use std::os::unix::fs::PermissionsExt;

use muster::daemon::files::Disk;
use muster::model::Level;
use muster::overlay::{Body, Context, Recorded, Sources, lay};

use super::world::{World, item, node, paths, text};

fn chmod(world: &World, path: &str, mode: u32) {
    let path = world.dir.path().join(path);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn later_overlays_win_and_modes_are_kept() {
    let world = World::new(vec![node(1, "n1", &["one", "two"])]);
    world.write("overlays/one/rootfs/etc/a", "one");
    world.write("overlays/one/rootfs/etc/keep", "kept");
    world.write("overlays/two/etc/a.tera", "two for {{ node.name }}");
    chmod(&world, "overlays/one/rootfs/etc", 0o751);
    chmod(&world, "overlays/two/etc/a.tera", 0o4750);
    let layout = world.lay(0).unwrap();
    assert_eq!(paths(&layout), ["etc", "etc/a", "etc/keep"]);
    assert_eq!(text(&layout, "etc/a"), "two for n1");
    assert_eq!(item(&layout, "etc/a").mode, 0o4750);
    assert_eq!(&*item(&layout, "etc/a").overlay, "two");
    // An existing folder keeps its mode; one that locks people out of /etc is worth a warning.
    assert_eq!(item(&layout, "etc").mode, 0o751);
    assert_eq!(layout.faults[0].level, Level::Warning);
    assert!(
        layout.faults[0].what.contains("mode 0751"),
        "{}",
        layout.faults[0]
    );
}

#[test]
fn a_site_overlay_hides_the_shipped_one() {
    let world = World::new(vec![node(1, "n1", &["hostname"])]);
    world.write("overlays/hostname/rootfs/etc/other", "x");
    assert_eq!(paths(&world.lay(0).unwrap()), ["etc", "etc/other"]);
}

#[test]
fn what_cannot_be_laid_is_refused_with_the_reason() {
    let cases = [
        (
            vec![("a", "bin/tool")],
            "/bin would replace the link into /usr",
        ),
        (vec![("a", "lib64/x.so")], "/lib64 would replace"),
        (
            vec![("a", "etc/x"), ("b", "etc/x/y")],
            "/etc/x is no folder in overlay a and a folder here",
        ),
        (
            vec![("a", "etc/x/y"), ("b", "etc/x")],
            "/etc/x is a folder in overlay a and no folder here",
        ),
    ];
    for (files, what) in cases {
        let world = World::new(vec![node(1, "n1", &["a", "b"])]);
        std::fs::create_dir_all(world.dir.path().join("overlays/b/rootfs")).unwrap();
        for (overlay, path) in files {
            world.write(&format!("overlays/{overlay}/rootfs/{path}"), "x");
        }
        let faults = world.lay(0).unwrap_err();
        assert!(faults[0].what.starts_with(what), "{}", faults[0]);
    }
}

#[test]
fn unknown_overlays_are_faults_and_foreign_ones_warnings() {
    let cases = [
        (
            "hots",
            Level::Error,
            "there is no overlay hots",
            "did you mean `hosts`?",
        ),
        ("../etc", Level::Error, "cannot be the name", ""),
        ("-rf", Level::Error, "cannot be the name", ""),
        ("a\u{202e}b", Level::Error, "cannot be the name", ""),
        (
            "zzzz",
            Level::Error,
            "there is no overlay zzzz",
            "overlays/zzzz",
        ),
    ];
    for (name, level, what, hint) in cases {
        let faults = World::new(vec![node(1, "n1", &[name])]).lay(0).unwrap_err();
        assert_eq!(faults[0].level, level);
        assert!(faults[0].what.contains(what), "{}", faults[0]);
        assert!(
            faults[0].hint.clone().unwrap_or_default().contains(hint),
            "{}",
            faults[0]
        );
    }
    let layout = World::new(vec![node(1, "n1", &["host", "hostname"])])
        .lay(0)
        .unwrap();
    assert_eq!(layout.faults[0].level, Level::Warning);
    assert_eq!(paths(&layout), ["etc", "etc/hostname"]);
}

/// Registries of older releases list `generic`.
#[test]
fn an_older_overlay_stands_for_those_that_took_its_place() {
    let world = World::new(vec![node(1, "n1", &["hostname", "generic"])]);
    let layout = world.lay(0).unwrap();
    let paths = paths(&layout).join(" ");
    assert!(
        paths.contains("etc/hosts") && paths.contains("root/.ssh"),
        "{paths}"
    );
    let told = layout.faults[0].to_string();
    assert!(
        told.contains("hosts and ssh.authorized_keys are taken"),
        "{told}"
    );
    // A site's own of that name is meant as it is.
    world.write("overlays/generic/rootfs/etc/mine", "x");
    let layout = world.lay(0).unwrap();
    assert!(layout.faults.is_empty() && text(&layout, "etc/mine") == "x");
}

#[test]
fn links_pipes_and_odd_names_come_through() {
    let world = World::new(vec![node(1, "n1", &["a"])]);
    let root = world.dir.path().join("overlays/a/rootfs");
    std::fs::create_dir_all(&root).unwrap();
    std::os::unix::fs::symlink("/nowhere/../x", root.join("link")).unwrap();
    std::os::unix::fs::symlink(".", root.join("loop")).unwrap();
    nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff ;$(x)\n");
    std::fs::write(root.join(odd), "odd").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let layout = world.lay(0).unwrap();
    assert_eq!(layout.items.len(), 4);
    assert_eq!(
        item(&layout, "link").body,
        Body::Symlink("/nowhere/../x".into())
    );
    assert_eq!(item(&layout, "pipe").body, Body::Fifo);
    assert!(layout.items.contains_key(b"\xff ;$(x)\n".as_slice()));
}

#[test]
fn the_archive_is_the_same_bit_for_bit_and_one_gzip_member() {
    let world = World::new(vec![node(1, "n1", &["wwinit", "hosts", "hostname"])]);
    let sources = Sources::new(world.dir.path());
    let first = world.lay(0).unwrap().pack(&sources).unwrap();
    let second = world.lay(0).unwrap().pack(&sources).unwrap();
    assert_eq!(first, second);
    assert_eq!(first.plain.len() % 4, 0);
    assert_eq!(first.gzip.len() % 4, 0);
    let gzip = first.gzip.joined();
    let mut from = &gzip[..];
    let mut plain = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(&mut from);
    std::io::Read::read_to_end(&mut decoder, &mut plain).unwrap();
    assert_eq!(plain, first.plain.joined());
    assert!(from.len() < 4 && from.iter().all(|byte| *byte == 0));
    let empty = World::new(vec![node(1, "n1", &[])])
        .lay(0)
        .unwrap()
        .pack(&sources)
        .unwrap();
    assert!(empty.plain.joined().ends_with(b"TRAILER!!!\0\0\0\0"));
}

/// Every node lists every node. The list is written and compressed once; the archives still are one member each, and differ in
/// what is a node's own.
#[test]
fn what_nodes_share_is_compressed_once_and_unpacks_the_same() {
    let nodes = (1..=900).map(|at| node(at, &format!("node{at}"), &["hostname", "hosts", "issue"]));
    let world = World::new(nodes.collect());
    let (view, sources) = (world.view(), Sources::new(world.dir.path()));
    let lists: Vec<bytes::Bytes> = [0, 1, 899]
        .map(|at| {
            let files = Recorded::new(&Disk);
            let layout = lay(&view, &view.nodes[at], Context::System, &sources, &files).unwrap();
            let Body::File(list) = item(&layout, "etc/hosts").body.clone() else {
                panic!("no list");
            };
            let archive = layout.pack(&sources).unwrap();
            let gzip = archive.gzip.joined();
            let mut from = &gzip[..];
            let mut plain = Vec::new();
            let mut decoder = flate2::bufread::GzDecoder::new(&mut from);
            std::io::Read::read_to_end(&mut decoder, &mut plain).unwrap();
            assert_eq!(plain, archive.plain.joined());
            assert!(from.len() < 4 && from.iter().all(|byte| *byte == 0));
            let name = format!("node{}\n", at + 1);
            assert!(
                plain
                    .windows(name.len())
                    .any(|part| part == name.as_bytes())
            );
            list
        })
        .into();
    assert!(lists[0].len() > 32 << 10, "{}", lists[0].len());
    for list in &lists {
        assert_eq!(list.as_ptr(), lists[0].as_ptr(), "one list for all");
    }
}

/// wwclient replaces a file of a running node only if its size, time or mode is another one.
#[test]
fn another_content_of_the_same_size_or_another_owner_has_another_time() {
    let world = World::new(vec![node(1, "n1", &["one"])]);
    let sources = Sources::new(world.dir.path());
    let times = || {
        let archive = world.lay(0).unwrap().pack(&sources).unwrap();
        let mut times = std::collections::BTreeMap::new();
        let plain = archive.plain.joined();
        let mut rest = &plain[..];
        loop {
            let reader = cpio::newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                return times;
            }
            times.insert(reader.entry().name().to_owned(), reader.entry().mtime());
            rest = reader.finish().unwrap();
        }
    };
    let file = world.write("overlays/one/rootfs/etc/a", "10.0.0.1");
    world.write("overlays/one/rootfs/etc/b", "10.0.0.1");
    let first = times();
    world.write("overlays/one/rootfs/etc/a", "10.0.0.2");
    let second = times();
    assert_ne!(first["etc/a"], second["etc/a"]);
    assert_eq!(
        first["etc/b"], second["etc/b"],
        "what is as it was keeps its time"
    );
    assert_eq!(first["etc"], second["etc"]);
    assert!(second.values().all(|time| *time <= muster::overlay::MTIME));
    if std::os::unix::fs::chown(&file, Some(7), Some(9)).is_ok() {
        assert_ne!(times()["etc/a"], second["etc/a"]);
    }
    // And it is a function of content: back again, as before.
    let _ = std::os::unix::fs::chown(&file, Some(0), Some(0));
    world.write("overlays/one/rootfs/etc/a", "10.0.0.1");
    if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&file).unwrap()) == 0 {
        assert_eq!(times(), first);
    }
}
