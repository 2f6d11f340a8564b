//! What the writer writes, the `cpio` crate and GNU cpio read.

use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::process::{Command, Stdio};

use muster::wire::cpio::{BLOCK, CHAR, FIFO, FOLDER, Head, REGULAR, SYMLINK, Writer, entries};

fn head(name: &[u8], mode: u32) -> Head {
    Head {
        name: name.to_vec(),
        mode,
        mtime: 1_000_000_000,
        nlink: 1,
        ..Head::default()
    }
}

fn sample() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    writer.bytes(&head(b"dir", FOLDER | 0o750), b"").unwrap();
    writer
        .bytes(&head(b"dir/su", REGULAR | 0o4755), b"#!/bin/sh\n")
        .unwrap();
    let mut owned = head(b"dir/\xff\xfe name", REGULAR | 0o600);
    (owned.uid, owned.gid) = (1000, 70_000);
    writer.bytes(&owned, b"x").unwrap();
    for name in [b"dir/a", b"dir/b", b"dir/c"] {
        let mut link = head(name, REGULAR | 0o644);
        link.nlink = 3;
        link.group = Some((1 << 40, 1 << 33));
        writer.bytes(&link, b"one file").unwrap();
    }
    writer
        .bytes(&head(b"link", SYMLINK | 0o777), b"../etc/passwd")
        .unwrap();
    let mut null = head(b"null", CHAR | 0o666);
    null.rdev = (1, 3);
    writer.bytes(&null, b"").unwrap();
    let mut loop0 = head(b"loop0", BLOCK | 0o660);
    loop0.rdev = (7, 0);
    writer.bytes(&loop0, b"").unwrap();
    writer.bytes(&head(b"pipe", FIFO | 0o600), b"").unwrap();
    writer.finish(512).unwrap().0
}

#[test]
fn the_same_entries_give_the_same_bytes_padded() {
    let bytes = sample();
    assert_eq!(bytes, sample());
    assert_eq!(bytes.len() % 512, 0);
}

#[test]
fn the_crate_reads_it_back() {
    let mut writer = Writer::new(Vec::new());
    for size in 0..9usize {
        let name = format!("f{size}");
        let data = vec![b'z'; size];
        writer
            .bytes(&head(name.as_bytes(), REGULAR | 0o640), &data)
            .unwrap();
    }
    let (bytes, size) = writer.finish(4).unwrap();
    assert_eq!(size, bytes.len() as u64);
    let mut from = &bytes[..];
    for size in 0..9u32 {
        let mut reader = cpio::newc::Reader::new(from).unwrap();
        let entry = reader.entry();
        assert_eq!(entry.name(), format!("f{size}"));
        assert_eq!((entry.file_size(), entry.ino()), (size, size + 1));
        assert_eq!(entry.mode(), REGULAR | 0o640);
        let mut data = Vec::new();
        reader.read_to_end(&mut data).unwrap();
        assert_eq!(data, vec![b'z'; size as usize]);
        from = reader.finish().unwrap();
    }
    let last = cpio::newc::Reader::new(from).unwrap();
    assert!(last.entry().is_trailer());
}

#[test]
fn hard_links_share_an_inode_and_carry_data_once() {
    let bytes = sample();
    let found = bytes.windows(8).filter(|w| *w == b"one file").count();
    assert_eq!(found, 1);
}

#[test]
fn what_the_format_cannot_hold_is_refused_with_a_sentence() {
    let long = vec![b'a'; 4096];
    let cases: [(&[u8], &str); 5] = [
        (b"", "empty name"),
        (b"/etc/passwd", "begins with a slash"),
        (b"a\0b", "NUL"),
        (&long, "4095 bytes"),
        (b"TRAILER!!!", "ends an archive"),
    ];
    for (name, expected) in cases {
        let mut writer = Writer::new(Vec::new());
        let error = writer.bytes(&head(name, REGULAR), b"").unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut writer = Writer::new(Vec::new());
    let error = writer
        .stream(&head(b"big", REGULAR), 1 << 32, &mut std::io::empty())
        .unwrap_err();
    assert!(
        error.to_string().contains("big has 4294967296 bytes"),
        "{error}"
    );
    let error = Writer::new(Vec::new())
        .stream(&head(b"log", REGULAR), 10, &mut &b"short"[..])
        .unwrap_err();
    assert!(
        error.to_string().contains("log shrank from 10 to 5"),
        "{error}"
    );
}

// A skipped check says so.
#[allow(clippy::print_stderr)]
#[test]
fn gnu_cpio_extracts_everything() {
    let root = nix::unistd::geteuid().is_root();
    if !root || Command::new("cpio").arg("--version").output().is_err() {
        eprintln!("SKIPPED: needs root and GNU cpio");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new("cpio")
        .args(["-idm", "--quiet", "--no-absolute-filenames"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &sample()).unwrap();
    assert!(child.wait().unwrap().success());
    let stat = |name: &str| std::fs::symlink_metadata(dir.path().join(name)).unwrap();
    assert_eq!(stat("dir").mode() & 0o7777, 0o750);
    assert_eq!(stat("dir/su").mode() & 0o7777, 0o4755);
    assert_eq!(stat("dir/su").mtime(), 1_000_000_000);
    assert_eq!(stat("dir/a").nlink(), 3);
    assert_eq!(stat("dir/a").ino(), stat("dir/c").ino());
    assert_eq!(
        std::fs::read(dir.path().join("dir/c")).unwrap(),
        b"one file"
    );
    assert!(stat("null").file_type().is_char_device());
    assert_eq!(stat("null").rdev(), nix::sys::stat::makedev(1, 3));
    assert!(stat("loop0").file_type().is_block_device());
    assert!(stat("pipe").file_type().is_fifo());
    let target = std::fs::read_link(dir.path().join("link")).unwrap();
    assert_eq!(target.to_str(), Some("../etc/passwd"));
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"dir/\xff\xfe name");
    let odd = std::fs::symlink_metadata(dir.path().join(odd)).unwrap();
    assert_eq!(
        (odd.uid(), odd.gid(), odd.mode() & 0o777),
        (1000, 70_000, 0o600)
    );
}

#[test]
fn what_is_written_is_read_back_in_memory() {
    let archive = sample();
    let found = entries(&archive).unwrap();
    let at = |name: &[u8]| found.iter().find(|(head, _)| head.name == name).unwrap();
    let (su, data) = at(b"dir/su");
    assert_eq!(su.mode, REGULAR | 0o4755);
    assert_eq!(&archive[data.clone()], b"#!/bin/sh\n");
    let (owned, data) = at(b"dir/\xff\xfe name");
    assert_eq!((owned.uid, owned.gid), (1000, 70_000));
    assert_eq!(&archive[data.clone()], b"x");
    assert_eq!(at(b"null").0.rdev, (1, 3));
    let (_, target) = at(b"link");
    assert_eq!(&archive[target.clone()], b"../etc/passwd");
    let trailer = archive.windows(10).position(|part| part == b"TRAILER!!!");
    for end in 0..trailer.unwrap() {
        assert!(entries(&archive[..end]).is_err(), "cut at {end}");
    }
    let mut bad = archive.clone();
    bad[7] = b'g';
    assert!(entries(&bad).is_err());
}
