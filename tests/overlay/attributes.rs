//! Extended attributes of site files reach the node as a list that setfattr takes.

use std::process::Command;

use muster::daemon::files::Disk;
use muster::overlay::{Body, Context, Sources, lay};
use rustix::fs::{XattrFlags, lsetxattr};

use super::world::{World, item, node, paths, text};

#[test]
fn attributes_are_listed_as_setfattr_restores_them() {
    let mut world = World::new(vec![node(1, "n1", &["site", "hostname"])]);
    let odd = "etc/odd name\\\n=é";
    let files = [odd, "etc/made.tera", "etc/plain"]
        .map(|path| world.write(&format!("overlays/site/rootfs/{path}"), "text"));
    assert!(
        !paths(&world.lay(0).unwrap())
            .iter()
            .any(|path| path.starts_with("warewulf"))
    );
    let set = |at: usize, name: &str, value: &[u8]| {
        lsetxattr(&files[at], name, value, XattrFlags::empty())
    };
    if set(0, "user.a", b"1\x002").is_err() {
        return eprintln!(
            "skipped: no extended attributes in {}",
            world.dir.path().display()
        );
    }
    set(1, "user.b", b"").unwrap();
    set(1, "user.c=d", b"x").unwrap();
    let layout = world.lay(0).unwrap();
    let list = item(&layout, "warewulf/xattrs");
    assert_eq!((list.mode, list.uid), (0o600, 0));
    let expected = "# file: etc/made\nuser.b=0x\nuser.c\\075d=0x78\n\n\
                    # file: etc/odd name\\134\\012=\\303\\251\nuser.a=0x310032\n\n";
    assert_eq!(text(&layout, "warewulf/xattrs"), expected);
    // The archive of the running node has a list of its own, since both are unpacked when it boots.
    world.nodes[0].runtime_overlay = vec!["site".into()];
    let (view, sources) = (world.view(), Sources::new(world.dir.path()));
    let layout = lay(&view, &view.nodes[0], Context::Runtime, &sources, &Disk).unwrap();
    assert!(matches!(
        item(&layout, "warewulf/xattrs.runtime").body,
        Body::File(_)
    ));
    // The real tool.
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    for path in [odd, "etc/made"] {
        std::fs::write(root.path().join(path), "").unwrap();
    }
    let list = root.path().join("list");
    std::fs::write(&list, expected).unwrap();
    let mut restore = Command::new("setfattr");
    restore
        .arg("-h")
        .arg(format!("--restore={}", list.display()));
    match restore.current_dir(root.path()).output() {
        Err(_) => eprintln!("skipped: setfattr is not installed"),
        Ok(output) => {
            assert!(output.status.success(), "{output:?}");
            let mut room = [0; 16];
            let got =
                rustix::fs::lgetxattr(root.path().join(odd), "user.a", &mut room[..]).unwrap();
            assert_eq!(&room[..got], b"1\x002");
            let got =
                rustix::fs::lgetxattr(root.path().join("etc/made"), "user.c=d", &mut room[..])
                    .unwrap();
            assert_eq!(&room[..got], b"x");
        }
    }
}
