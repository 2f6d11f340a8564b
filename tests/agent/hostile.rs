//! What a hostile archive, or a hostile user of the node, cannot do.

use std::fs;
use std::os::unix::fs::{lchown, symlink};

use muster::agent::{Head, Ledger, Root, read, unpack};
use muster::wire::cpio;

use super::world::{FILE, Items, Node, archive, gzip};
use crate::support::noise::{bent, dice, rounds};

/// An entry of an archive: path, mode, content.
type Entry = (&'static str, u32, &'static [u8]);

#[test]
fn archives_that_lead_elsewhere_are_refused_whole() {
    let folder = cpio::FOLDER | 0o755;
    let link = cpio::SYMLINK | 0o777;
    let table: [(&[Entry], &str); 7] = [
        (
            &[("ok", FILE, b"1"), ("../etc/passwd", FILE, b"x")],
            "leads out",
        ),
        (&[("a/../../b", FILE, b"x")], "leads out"),
        (
            &[("a", link, b"/etc"), ("a/passwd", FILE, b"x")],
            "lies below",
        ),
        (
            &[
                ("a", FILE, b""),
                ("a/b", folder, b""),
                ("a/b/c", FILE, b"x"),
            ],
            "lies below",
        ),
        (&[("a", link, b"")], "target"),
        (&[("a", 0o140_755, b"")], "kind"),
        (
            &[("warewulf/xattrs.runtime", FILE, b"user.x=\"y\"\n")],
            "line 1",
        ),
    ];
    for (entries, why) in table {
        let error = read(&archive(entries)).unwrap_err();
        assert!(error.contains(why), "{entries:?}: {error}");
    }
    let long = "n".repeat(300);
    assert!(
        read(&archive(&[(&long, FILE, b"")]))
            .unwrap_err()
            .contains("too long")
    );
}

#[test]
fn broken_and_swollen_archives_are_refused() {
    let whole = archive(&[("a", FILE, b"12345")]);
    assert!(read(&whole).is_ok());
    // What is left of the padding at its end does not matter; anything before it does.
    for cut in 0..whole.len() - 8 {
        assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
    }
    assert!(read(b"hello").is_err());
    assert!(unpack(b"hello").unwrap_err().contains("cannot be unpacked"));
    let packed = gzip(&whole);
    assert!(unpack(&packed[..packed.len() - 3]).is_err());
    let mut flipped = packed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert!(unpack(&flipped).is_err());
    // A few hundred kilobytes that unpack to more than the limit.
    let bomb = gzip(&vec![0; usize::try_from(muster::agent::LIMIT).unwrap() + 1]);
    assert!(unpack(&bomb).unwrap_err().contains("more than"));
}

#[test]
fn links_that_users_plant_lead_nowhere() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give files away");
        return;
    }
    let mut node = Node::new();
    let outside = node.beside().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::create_dir_all(node.path("home/eve")).unwrap();
    fs::create_dir_all(node.path("etc")).unwrap();
    // Her own folder of keys is a link to where only root may write.
    symlink("/etc", node.path("home/eve/.ssh")).unwrap();
    lchown(node.path("home/eve/.ssh"), Some(12_345), Some(12_345)).unwrap();
    let items = Items::new().file("home/eve/.ssh/authorized_keys", "key");
    let out = node.apply(&items);
    assert_eq!(out.faults.len(), 1, "{out:?}");
    assert!(out.faults[0].contains("/home/eve/.ssh/authorized_keys"));
    assert!(!node.has("etc/authorized_keys"));

    // Root's links are honoured, and end at the root.
    symlink("../../../../../outside", node.path("up")).unwrap();
    symlink(&outside, node.path("away")).unwrap();
    let out = node.apply(&Items::new().file("up/x", "1").file("away/x", "1"));
    assert_eq!(out.faults.len(), 2, "{out:?}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);

    // The last name is never followed: a link there is replaced.
    let victim = node.beside().join("victim");
    fs::write(&victim, "untouched").unwrap();
    symlink(&victim, node.path("etc/motd")).unwrap();
    node.fine(&Items::new().file("etc/motd", "ours"));
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert_eq!(node.text("etc/motd"), "ours");
    // And a loop has an end.
    symlink("loop", node.path("loop")).unwrap();
    assert!(Root::open(&node.root()).unwrap().folder(b"loop/x").is_err());
}

#[test]
fn noise_neither_breaks_the_reader_nor_the_words() {
    let labels = b"# file: etc/a\nuser.x=0sAA==\nuser.y=\"a\\012\"\n";
    let plain = archive(&[
        ("etc/a", FILE, b"x"),
        ("warewulf/xattrs.runtime", FILE, labels),
    ]);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"a-gz\"\r\n\r\nhello".to_vec();
    let ledger = b"muster-agent ledger 1\n\"a\" -\nf ab - 1 2 3 4 etc/a\\x00\n".to_vec();
    let seeds = [plain.clone(), gzip(&plain), head, ledger];
    let mut dice = dice(0xa6);
    let mut sound = 0;
    for _ in 0..rounds(20_000) {
        let bytes = bent(&mut dice, &seeds);
        sound += usize::from(read(&bytes).is_ok());
        let _ = unpack(&bytes);
        let _ = Head::read(&bytes);
        let _ = Ledger::parse(&String::from_utf8_lossy(&bytes));
    }
    assert!(sound > 0, "every archive was too broken to be read");
}
