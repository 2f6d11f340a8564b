//! Archives as they come: the server's own, and those of other programs.

use std::process::{Command, Stdio};

use muster::agent::{Body, read, unpack};
use muster::wire::cpio::{self, Head, Writer};

use super::world::{FILE, archive, gzip};

#[test]
fn what_the_server_packs_is_what_the_node_reads() {
    let plain = archive(&[
        ("etc", cpio::FOLDER | 0o750, b""),
        ("etc/motd", FILE, b"hello"),
        ("etc/odd \u{fc}", cpio::REGULAR | 0o4755, b""),
        ("etc/link", cpio::SYMLINK | 0o777, b"motd"),
        ("pipe", cpio::FIFO | 0o600, b""),
    ]);
    let read_back = read(&unpack(&gzip(&plain)).unwrap()).unwrap();
    assert_eq!(read_back, read(&plain).unwrap());
    let of = |path: &str| &read_back[path.as_bytes()];
    assert_eq!((of("etc").mode, &of("etc").body), (0o750, &Body::Folder));
    assert_eq!(of("etc/motd").body, Body::File(b"hello".to_vec()));
    assert_eq!(of("etc/odd \u{fc}").mode, 0o4755);
    assert_eq!(of("etc/link").body, Body::Link(b"motd".to_vec()));
    assert_eq!(of("pipe").body, Body::Fifo);
    assert_eq!(read(&archive(&[])).unwrap().len(), 0);
}

#[test]
fn owners_devices_and_attributes_arrive() {
    let mut writer = Writer::new(Vec::new());
    let head = Head {
        name: b"./dev//x".to_vec(),
        mode: cpio::CHAR | 0o660,
        uid: 7,
        gid: 8,
        rdev: (10, 200),
        nlink: 1,
        ..Head::default()
    };
    writer.bytes(&head, b"").unwrap();
    let labels = b"# file: dev/x\nsecurity.selinux=\"a\\\\b\\\"c\\012\"\nuser.hex=0x00ff\nuser.base=0sAAECAw==\n\n# file: /not/there\nuser.x=\"\"\n";
    let head = Head {
        name: b"warewulf/xattrs.runtime".to_vec(),
        mode: FILE,
        nlink: 1,
        ..Head::default()
    };
    writer.bytes(&head, labels).unwrap();
    let items = read(&writer.finish(4).unwrap().0).unwrap();
    assert_eq!(items.len(), 1);
    let item = &items[b"dev/x".as_slice()];
    assert_eq!(
        (item.uid, item.gid, &item.body),
        (7, 8, &Body::Char(10, 200))
    );
    let xattr = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
    let wanted = [
        xattr("security.selinux", b"a\\b\"c\n"),
        xattr("user.hex", &[0, 255]),
        xattr("user.base", &[0, 1, 2, 3]),
    ];
    assert_eq!(item.xattrs, wanted);
}

#[test]
fn an_archive_of_gnu_cpio_is_read_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("d")).unwrap();
    std::fs::write(dir.path().join("d/one"), "same").unwrap();
    std::fs::hard_link(dir.path().join("d/one"), dir.path().join("d/two")).unwrap();
    let script = "find . -mindepth 1 | sort | cpio --quiet -o -H newc";
    let made = Command::new("sh")
        .args(["-c", script])
        .current_dir(dir.path())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    if !made.status.success() {
        eprintln!("SKIPPED: no cpio here");
        return;
    }
    let items = read(&made.stdout).unwrap();
    // Of names that share a file only the last brings its content.
    for path in ["d/one", "d/two"] {
        assert_eq!(
            items[path.as_bytes()].body,
            Body::File(b"same".to_vec()),
            "{path}"
        );
    }
}

#[test]
fn the_servers_own_list_of_attributes_is_understood() {
    // As `overlay::attributes` proves that it is written.
    let list = "# file: etc/made\nuser.b=0x\nuser.c\\075d=0x78\n\n\
                # file: etc/odd name\\134\\012=\\303\\251\nuser.a=0x310032\n\n";
    let odd = "etc/odd name\\\n=é";
    let plain = archive(&[
        ("etc/made", FILE, b"x"),
        (odd, FILE, b"x"),
        ("warewulf/xattrs.runtime", FILE, list.as_bytes()),
    ]);
    let items = read(&plain).unwrap();
    let xattrs = |path: &str| items[path.as_bytes()].xattrs.clone();
    let pair = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
    assert_eq!(
        xattrs("etc/made"),
        [pair("user.b", b""), pair("user.c=d", b"x")]
    );
    assert_eq!(xattrs(odd), [pair("user.a", b"1\x002")]);
}
