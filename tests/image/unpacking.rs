//! Layers as tar archives, and the tree that they become.

use std::fs;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use muster::daemon::images::layers::{Layer, Planted, Unpack};
use muster::daemon::images::quiet;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_700_000_000);
    header.set_size(0);
    header
}

/// A tar archive of what `fill` puts in.
fn archive(fill: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    fill(&mut builder);
    builder.into_inner().unwrap()
}

fn add(builder: &mut Builder<Vec<u8>>, path: &str, mode: u32, text: &str) {
    let mut header = header(EntryType::Regular, mode);
    header.set_size(text.len() as u64);
    builder
        .append_data(&mut header, path, text.as_bytes())
        .unwrap();
}

/// A path that the library would not write.
fn add_raw(builder: &mut Builder<Vec<u8>>, path: &[u8], kind: EntryType, target: &[u8]) {
    let mut header = header(kind, 0o644);
    let raw = header.as_mut_bytes();
    raw[..path.len()].copy_from_slice(path);
    raw[157..157 + target.len()].copy_from_slice(target);
    header.set_cksum();
    builder.append(&header, std::io::empty()).unwrap();
}

fn unpack(layers: &[Vec<u8>], to: &Path) -> Result<(Vec<Layer>, Planted), String> {
    let mut unpack = Unpack::into(&to.join("contents")).unwrap();
    let mut told = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let name = format!("layer {}", number + 1);
        let layer = unpack.layer(&name, &layer[..], &mut quiet);
        told.push(layer.map_err(|error| error.to_string())?);
    }
    let planted = unpack
        .plant(&to.join("root"), &mut quiet)
        .map_err(|error| error.to_string())?;
    Ok((told, planted))
}

fn root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

#[test]
fn modes_owners_times_links_and_attributes_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let layer = archive(|builder| {
        let mut head = header(EntryType::Directory, 0o1777);
        builder
            .append_data(&mut head, "tmp/", std::io::empty())
            .unwrap();
        add(builder, "bin/su", 0o4755, "#!");
        builder
            .append_pax_extensions([
                ("SCHILY.xattr.user.muster", &b"a\0b"[..]),
                ("mtime", b"1600000000.25"),
                ("uid", b"123456789"),
            ])
            .unwrap();
        add(builder, "bin/ping", 0o755, "ping");
        let mut head = header(EntryType::Link, 0o755);
        builder
            .append_link(&mut head, "bin/ping6", "bin/ping")
            .unwrap();
        let mut head = header(EntryType::Symlink, 0o777);
        builder.append_link(&mut head, "sbin", "bin").unwrap();
        let mut head = header(EntryType::Fifo, 0o600);
        builder
            .append_data(&mut head, "pipe", std::io::empty())
            .unwrap();
        let mut head = header(EntryType::Char, 0o666);
        head.set_device_major(1).unwrap();
        head.set_device_minor(3).unwrap();
        builder
            .append_data(&mut head, "dev/null", std::io::empty())
            .unwrap();
        add(
            builder,
            &format!("{}/deep", "long-name-".repeat(20)),
            0o644,
            "x",
        );
    });
    let (told, planted) = unpack(std::slice::from_ref(&layer), folder.path()).unwrap();
    let at = folder.path().join("root");
    let meta = |path: &str| fs::symlink_metadata(at.join(path)).unwrap();
    assert_eq!(meta("tmp").mode() & 0o7777, 0o1777);
    assert_eq!(meta("bin/su").mode() & 0o7777, 0o4755);
    assert_eq!(meta("bin/su").mtime(), 1_700_000_000);
    assert_eq!(
        (meta("bin/ping").mtime(), meta("bin/ping").mtime_nsec()),
        (1_600_000_000, 250_000_000)
    );
    assert_eq!(meta("bin/ping").ino(), meta("bin/ping6").ino());
    assert_eq!(fs::read_link(at.join("sbin")).unwrap(), Path::new("bin"));
    assert!(meta("pipe").file_type().is_fifo());
    assert_eq!(
        fs::read_to_string(at.join("long-name-".repeat(20)).join("deep")).unwrap(),
        "x"
    );
    let mut value = [0; 16];
    let held = rustix::fs::lgetxattr(at.join("bin/ping"), "user.muster", &mut value[..]).unwrap();
    assert_eq!(&value[..held], b"a\0b");
    if root() {
        assert_eq!(meta("bin/ping").uid(), 123_456_789);
        assert!(meta("dev/null").file_type().is_char_device());
        assert_eq!(meta("dev/null").rdev(), nix::sys::stat::makedev(1, 3));
        assert_eq!((planted.owners, planted.warnings.len()), (0, 0));
    } else {
        assert_eq!(planted.warnings.len(), 1);
    }
    let digest: String = Sha256::digest(&layer)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        (&told[0].digest, told[0].bytes),
        (&digest, layer.len() as u64)
    );
    assert!(!folder.path().join("contents").exists());
}

#[test]
fn every_compression_gives_the_same_layer() {
    let layer = archive(|builder| add(builder, "etc/a", 0o644, &"text ".repeat(10_000)));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&layer).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&layer).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(&layer).unwrap();
    let packed = [
        layer.clone(),
        gzip.finish().unwrap(),
        bzip2.finish().unwrap(),
        xz.finish().unwrap(),
        zstd::encode_all(&layer[..], 1).unwrap(),
    ];
    let mut digests = Vec::new();
    for layer in packed {
        let folder = tempfile::tempdir().unwrap();
        let (told, _) = unpack(&[layer], folder.path()).unwrap();
        let mut text = String::new();
        let mut file = fs::File::open(folder.path().join("root/etc/a")).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text.len(), 50_000);
        digests.push(told[0].clone());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

#[test]
fn a_hostile_layer_is_refused_and_nothing_is_written_outside() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("target");
    fs::write(&target, "before").unwrap();
    let target = target.to_str().unwrap().as_bytes();
    let away = outside.path().to_str().unwrap().as_bytes();
    type Fill<'f> = Box<dyn FnOnce(&mut Builder<Vec<u8>>) + 'f>;
    let cases: [(Fill<'_>, Option<&str>); 6] = [
        (
            Box::new(|builder| add_raw(builder, b"../escape", EntryType::Regular, b"")),
            Some("layer 1 is refused: the path ../escape leads out of the image"),
        ),
        (
            Box::new(|builder| add_raw(builder, b"link", EntryType::Link, target)),
            Some("layer 1 is refused: the hard link link points to "),
        ),
        // A link that leads out is a link of the image: what lies below it stays inside.
        (
            Box::new(|builder| {
                add_raw(builder, b"d", EntryType::Symlink, away);
                add_raw(builder, b"d/target", EntryType::Regular, b"");
            }),
            Some("layer 1 is refused: d/target lies below the link d, which leads nowhere"),
        ),
        (
            Box::new(|builder| add_raw(builder, b"s", EntryType::new(b'Z'), b"")),
            Some("layer 1 is refused: s is of the unknown type 90"),
        ),
        (
            Box::new(|builder| add_raw(builder, b"s", EntryType::Symlink, b"")),
            Some("layer 1 is refused: the link s has no target"),
        ),
        (
            Box::new(|builder| add_raw(builder, b"/abs", EntryType::Regular, b"")),
            None,
        ),
    ];
    for (fill, says) in cases {
        let folder = tempfile::tempdir().unwrap();
        let told = unpack(&[archive(fill)], folder.path());
        match says {
            Some(says) => {
                let error = told.unwrap_err();
                assert!(error.starts_with(says), "{error}");
                assert!(!folder.path().join("root").exists());
            }
            None => assert!(folder.path().join("root/abs").exists()),
        }
    }
    assert_eq!(
        fs::read_to_string(outside.path().join("target")).unwrap(),
        "before"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn a_layer_that_is_cut_off_anywhere_is_no_layer() {
    let layer = archive(|builder| add(builder, "etc/a", 0o644, &"text ".repeat(1_000)));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&layer).unwrap();
    let gzip = gzip.finish().unwrap();
    for end in (1..gzip.len()).step_by(7) {
        let folder = tempfile::tempdir().unwrap();
        let mut unpack = Unpack::into(&folder.path().join("contents")).unwrap();
        let told = unpack.layer("layer 1", &gzip[..end], &mut quiet);
        assert!(told.is_err(), "cut at {end} of {}", gzip.len());
    }
}

#[test]
fn the_job_can_be_cancelled_between_files_and_within_one() {
    let layer = archive(|builder| {
        for number in 0..10 {
            add(builder, &format!("f{number}"), 0o644, "x");
        }
        add(builder, "large", 0o644, &"y".repeat(8 << 20));
    });
    for stop_at in [3, 11, 14] {
        let folder = tempfile::tempdir().unwrap();
        let mut unpack = Unpack::into(&folder.path().join("contents")).unwrap();
        let mut calls = 0;
        let told = unpack.layer("layer 1", &layer[..], &mut |_| {
            calls += 1;
            if calls < stop_at {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert!(told.unwrap_err().is_cancelled());
        assert_eq!(calls, stop_at);
    }
}
