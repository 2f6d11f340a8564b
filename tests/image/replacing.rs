//! The same tree gives the same bytes, an image is replaced whole or not at all, and a cancelled job leaves no trace.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use muster::daemon::images::{Progress, build, import, quiet, scan};

fn write(root: &Path, path: &str, text: &[u8]) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A tree with a link, a hard link and files enough that progress is told while it is copied.
fn system(root: &Path) {
    for path in ["bin/sh", "sbin/init", "boot/vmlinuz-6.1.0"] {
        write(root, path, path.as_bytes());
    }
    for at in 0..600 {
        write(root, &format!("usr/share/{at}"), b"text");
    }
    symlink("sh", root.join("bin/ash")).unwrap();
    fs::hard_link(root.join("bin/sh"), root.join("bin/bash")).unwrap();
    // Links have times too.
    let old = nix::sys::time::TimeSpec::new(1_000_000_000, 5);
    let flags = nix::sys::stat::UtimensatFlags::NoFollowSymlink;
    nix::sys::stat::utimensat(
        nix::fcntl::AT_FDCWD,
        &root.join("bin/ash"),
        &old,
        &old,
        flags,
    )
    .unwrap();
}

fn digest(state: &Path, name: &str) -> String {
    let catalog = scan(state).unwrap();
    let image = &catalog.images[name];
    assert_eq!(image.faults, [], "{name}");
    image.archive.as_ref().unwrap().digest.to_string()
}

/// Everything below `images`, without the locks, which stay.
fn listing(state: &Path) -> Vec<PathBuf> {
    fn walk(at: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                walk(&path, found);
            }
            if !path.to_string_lossy().ends_with(".lock") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&state.join("images"), &mut found);
    found.sort();
    found
}

#[test]
fn copies_of_a_tree_give_the_same_archive() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, state) = (dir.path().join("tree"), dir.path().join("state"));
    system(&tree);
    import(&tree, "one", &state, false, &mut quiet).unwrap();
    // A snapshot by hard links gives every file a second name, elsewhere.
    fs::create_dir(dir.path().join("snapshot")).unwrap();
    for at in 0..600 {
        let name = at.to_string();
        fs::hard_link(
            tree.join("usr/share").join(&name),
            dir.path().join("snapshot").join(&name),
        )
        .unwrap();
    }
    import(&tree, "two", &state, false, &mut quiet).unwrap();
    import(
        &state.join("images/one/rootfs"),
        "three",
        &state,
        false,
        &mut quiet,
    )
    .unwrap();
    assert_eq!(digest(&state, "one"), digest(&state, "two"));
    assert_eq!(digest(&state, "one"), digest(&state, "three"));
    // Forgetting what was built does not change what is built.
    fs::remove_file(state.join("images/one/current.json")).unwrap();
    let again = build("one", &state, &mut quiet).unwrap();
    assert!(!again.unchanged);
    assert_eq!(*again.archive.digest, *digest(&state, "two"));
}

#[test]
fn a_build_sees_every_change_and_does_nothing_without_one() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, state) = (dir.path().join("tree"), dir.path().join("state"));
    system(&tree);
    import(&tree, "i", &state, false, &mut quiet).unwrap();
    let root = state.join("images/i/rootfs");
    let unchanged = || build("i", &state, &mut quiet).unwrap().unchanged;
    assert!(unchanged());
    let changes: [(&str, &dyn Fn()); 5] = [
        ("a file", &|| {
            fs::write(root.join("usr/share/7"), "more").unwrap();
        }),
        ("a mode", &|| {
            let mode = fs::Permissions::from_mode(0o700);
            fs::set_permissions(root.join("sbin/init"), mode).unwrap();
        }),
        ("a name", &|| {
            fs::rename(root.join("usr/share/8"), root.join("usr/share/eight")).unwrap();
        }),
        ("a link", &|| {
            fs::remove_file(root.join("bin/ash")).unwrap();
            symlink("bash", root.join("bin/ash")).unwrap();
        }),
        ("an exclude", &|| {
            write(&root, "etc/warewulf/excludes", b"usr/share/9\n");
        }),
    ];
    for (what, change) in changes {
        change();
        assert!(!unchanged(), "{what}");
        assert!(unchanged(), "{what}");
    }
    // What is left out may change.
    fs::write(root.join("usr/share/9"), "other").unwrap();
    assert!(unchanged());
    // An archive that is gone is made again.
    let path = build("i", &state, &mut quiet).unwrap().archive.path;
    fs::remove_file(&path).unwrap();
    assert!(!unchanged() && path.exists());
}

#[test]
fn an_image_is_replaced_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, state) = (dir.path().join("tree"), dir.path().join("state"));
    system(&tree);
    import(&tree, "i", &state, false, &mut quiet).unwrap();
    let first = digest(&state, "i");
    let error = import(&tree, "i", &state, false, &mut quiet).unwrap_err();
    assert!(
        error.to_string().contains("image import --force"),
        "{error}"
    );
    write(&tree, "etc/version", b"2");
    fs::remove_file(tree.join("usr/share/1")).unwrap();
    import(&tree, "i", &state, true, &mut quiet).unwrap();
    let root = state.join("images/i/rootfs");
    assert_ne!(digest(&state, "i"), first);
    assert_eq!(fs::read(root.join("etc/version")).unwrap(), b"2");
    assert!(!root.join("usr/share/1").exists());
    // Nodes that load the archive before can still finish.
    let before = state.join(format!("images/i/versions/{first}.img.gz"));
    assert!(before.exists());
    assert!(!state.join("images/.i.import").exists());
    assert!(build("i", &state, &mut quiet).unwrap().unchanged);
}

#[test]
fn a_cancelled_job_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, state) = (dir.path().join("tree"), dir.path().join("state"));
    system(&tree);
    let mut told = 0;
    let all = import(&tree, "whole", &state, false, &mut |_| {
        told += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(all.unwrap().warnings, [""; 0]);
    assert!(told > 3, "{told}");
    let before = listing(&state);
    for limit in 0..told {
        for (name, replace) in [("new", false), ("whole", true)] {
            let mut left = limit;
            let mut tell = |_: Progress| match left {
                0 => ControlFlow::Break(()),
                _ => {
                    left -= 1;
                    ControlFlow::Continue(())
                }
            };
            let error = import(&tree, name, &state, replace, &mut tell).unwrap_err();
            assert!(error.to_string().contains("cancelled"), "{error}");
            assert_eq!(listing(&state), before, "{name} after {limit}");
        }
    }
    fs::write(state.join("images/whole/rootfs/etc"), "changed").unwrap();
    let before = listing(&state);
    let mut tell = |_| ControlFlow::Break(());
    assert!(build("whole", &state, &mut tell).is_err());
    assert_eq!(listing(&state), before);
}
