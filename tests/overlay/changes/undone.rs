//! The way back: every change is taken back to the bit, unless somebody went on from there.

use std::fs;
use std::os::unix::fs::symlink;

use muster::api::{Content, OverlayReply, OverlayStep};

use super::{Site, link, mkdir, mode, owner, relocate, remove, root, write};

#[test]
fn every_kind_of_change_is_taken_back_to_the_bit() {
    let site = Site::new();
    let mut begin = vec![
        OverlayStep::Create,
        write("etc/a", "a\n"),
        write("etc/d/b", "#!/bin/sh\n"),
        link("etc/l", "../x"),
        mkdir("var/empty"),
        mode("var/empty", 0o1711),
    ];
    if root() {
        begin.push(owner("etc/d/b", 7, 8));
        begin.push(owner("etc/l", 9, 10));
        begin.push(owner("var/empty", 11, 12));
    }
    site.does("own", begin);
    if root() {
        let b = site.file("own", "etc/d/b");
        muster::daemon::xattrs::write(&b, &[("user.note".into(), b"kept".to_vec())]).unwrap();
    }
    let changes = [
        vec![write("etc/a", "other\n")],
        vec![write("etc/new/deep/file", "x")],
        vec![mode("etc/d", 0o500)],
        vec![link("etc/l", "elsewhere")],
        vec![remove("etc/d")],
        vec![remove("etc/l"), write("etc/l", "a file now")],
        vec![remove("etc/d"), write("etc/d", "a file now")],
        vec![remove("etc/a"), mkdir("etc/a"), write("etc/a/b", "b")],
        vec![relocate("etc", "usr/etc")],
        vec![remove("var"), remove("etc"), write("only", "this")],
        vec![write("etc/d/b", "written over")],
    ];
    let before = site.tree();
    for steps in changes {
        let story = format!("{steps:?}");
        site.does("own", steps);
        assert_ne!(site.tree(), before, "{story}");
        let after = site.tree();
        let undone = site.undoes(None);
        assert_eq!(site.tree(), before, "{story}");
        // Taking that back is doing it again.
        site.undoes(undone.number);
        let same = |tree: std::collections::BTreeMap<String, String>| {
            let mut tree = tree;
            tree.retain(|_, what| !what.contains("file"));
            tree
        };
        assert_eq!(same(site.tree()), same(after), "{story}");
        site.undoes(None);
        assert_eq!(site.tree(), before, "{story}");
    }
}

#[test]
fn overlays_come_and_go_and_come_back() {
    let site = Site::new();
    fs::create_dir_all(site.folder()).unwrap();
    let empty = site.tree();
    site.does(
        "hosts",
        vec![write("etc/hosts.tera", "127.0.0.1 localhost\n")],
    );
    let copied = site.tree();
    site.does("hosts", vec![OverlayStep::Delete]);
    assert_eq!(site.tree().len(), 1);
    site.undoes(None);
    assert_eq!(site.tree(), copied);
    site.undoes(None);
    assert_eq!(site.tree(), empty);
    let rows = site.log();
    assert_eq!(&*rows[0].summary, "undo #1: edit hosts/etc/hosts.tera");
    assert_eq!((rows[0].undoes, rows[3].undone_by), (Some(1), Some(4)));
}

#[test]
fn undo_walks_back_through_what_stands() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a", "1")]);
    site.does("own", vec![write("a", "2")]);
    site.does("own", vec![write("a", "3")]);
    site.undoes(None);
    assert_eq!(site.text("own", "a"), "2");
    let second = site.undoes(None);
    assert_eq!(site.text("own", "a"), "1");
    // Taking an undo back is a change that stands again, and is the next to be taken back.
    site.undoes(second.number);
    assert_eq!(site.text("own", "a"), "2");
    site.undoes(None);
    assert_eq!(site.text("own", "a"), "1");
    let OverlayReply::Faulty(faults) = site.undo(Some(3)) else {
        panic!()
    };
    assert!(
        faults[0].to_string().contains("taken back by #4 already"),
        "{faults:?}"
    );
    let OverlayReply::Faulty(faults) = site.undo(Some(99)) else {
        panic!()
    };
    assert!(
        faults[0].to_string().contains("there is no change #99"),
        "{faults:?}"
    );
}

#[test]
fn what_somebody_changed_since_is_not_written_over() {
    let site = Site::new();
    site.does(
        "own",
        vec![
            OverlayStep::Create,
            write("etc/a", "1"),
            write("etc/b", "1"),
        ],
    );
    site.does("own", vec![write("etc/a", "2"), write("etc/b", "2")]);
    fs::write(site.file("own", "etc/b"), "by hand").unwrap();
    let clash = site.clashes(None);
    assert_eq!(
        (&*clash.path, clash.theirs),
        ("etc/b", Some(Content::Text("by hand".into())))
    );
    fs::remove_file(site.file("own", "etc/b")).unwrap();
    assert_eq!(site.clashes(None).theirs, None);
    fs::write(site.file("own", "etc/b"), "2").unwrap();
    site.undoes(None);
    // A folder that was made holds something else now.
    site.does("own", vec![mkdir("opt/x")]);
    fs::write(site.file("own", "opt/x/mine"), "m").unwrap();
    assert_eq!(&*site.clashes(None).path, "opt/x/mine");
    fs::remove_file(site.file("own", "opt/x/mine")).unwrap();
    // The folder above is a link by now.
    site.undoes(None);
    site.does("own", vec![remove("etc/a")]);
    fs::rename(site.file("own", "etc"), site.paths.state.join("moved")).unwrap();
    symlink(site.paths.state.join("moved"), site.file("own", "etc")).unwrap();
    let OverlayReply::Faulty(faults) = site.undo(None) else {
        panic!()
    };
    assert!(
        faults[0].to_string().contains("no folder any more"),
        "{faults:?}"
    );
    assert!(!site.paths.state.join("moved/a").exists());
}

#[test]
fn an_overlay_that_was_made_and_filled_by_hand_does_not_go() {
    let site = Site::new();
    site.does("gpu", vec![OverlayStep::Create]);
    fs::write(site.file("gpu", "mine"), "m").unwrap();
    assert_eq!(&*site.clashes(None).path, "mine");
    fs::remove_file(site.file("gpu", "mine")).unwrap();
    site.undoes(None);
    assert!(!site.folder().join("gpu").exists());
    // One that is listed does not go by an undo either.
    site.does("own", vec![OverlayStep::Create]);
    let OverlayReply::Faulty(faults) = site.undo(None) else {
        panic!()
    };
    assert!(
        faults[0].to_string().contains("profile default list it"),
        "{faults:?}"
    );
}

#[test]
fn an_edit_by_hand_is_what_the_next_change_begins_with() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a", "1\n")]);
    fs::write(site.file("own", "a"), "by hand\n").unwrap();
    let outcome = site.does("own", vec![write("a", "2\n")]);
    assert_eq!(outcome.changed[0].before.as_deref(), Some("by hand\n"));
    site.undoes(None);
    assert_eq!(site.text("own", "a"), "by hand\n");
}

#[test]
fn what_was_in_files_goes_when_there_is_too_much_and_undo_says_so() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("first", "1")]);
    site.does("own", vec![write("first", "2")]);
    // Noise, so that it is as long when it is packed.
    let mut seed = 1u64;
    let mut noise = |bytes: usize| -> Vec<u8> {
        let next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as u8
        };
        std::iter::repeat_with(next).take(bytes).collect()
    };
    for _ in 0..3 {
        let step = OverlayStep::Write {
            path: "big".into(),
            content: Content::of(&noise(30 << 20)),
            mode: None,
        };
        site.does("own", vec![step]);
    }
    site.undoes(None);
    let OverlayReply::Faulty(faults) = site.undo(Some(2)) else {
        panic!()
    };
    assert!(
        faults[0].to_string().contains("not kept any more"),
        "{faults:?}"
    );
}
