//! What steps make of the disk, and what is said of it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use muster::api::{Content, OverlayCommand, OverlayReply, OverlayStep};
use muster::model::Turn;

use super::{Site, change, link, mkdir, mode, owner, paths, relocate, remove, root, texts, write};

#[test]
fn an_overlay_is_made_filled_and_deleted() {
    let site = Site::new();
    let made = site.does("gpu", vec![OverlayStep::Create]);
    assert_eq!(
        (&*made.summary, made.number, made.copied),
        ("create gpu", Some(1), false)
    );
    let outcome = site.does("gpu", vec![write("etc/gpu/a.conf", "one\ntwo\n")]);
    assert_eq!(&*outcome.summary, "add gpu/etc/gpu/a.conf");
    assert_eq!(
        paths(&outcome),
        [
            ("etc", "folder"),
            ("etc/gpu", "folder"),
            ("etc/gpu/a.conf", "2 lines")
        ]
    );
    assert_eq!(texts(&outcome.impact), ["no node lists it"]);
    let outcome = site.does("gpu", vec![write("etc/gpu/a.conf", "one\n2\n3\n")]);
    assert_eq!(&*outcome.summary, "edit gpu/etc/gpu/a.conf");
    let row = &outcome.changed[0];
    assert_eq!((&*row.what, row.turn), ("+2 −1 lines", Turn::Changed));
    assert_eq!(row.before.as_deref(), Some("one\ntwo\n"));
    assert_eq!(row.after.as_deref(), Some("one\n2\n3\n"));
    assert_eq!(site.text("gpu", "etc/gpu/a.conf"), "one\n2\n3\n");
    let script = site.does("gpu", vec![write("usr/sbin/go", "#!/bin/sh\n")]);
    assert!(script.warnings.is_empty());
    let bits = |path: &str| fs::metadata(site.file("gpu", path)).unwrap().mode() & 0o7777;
    assert_eq!(
        (bits("usr/sbin/go"), bits("etc/gpu/a.conf"), bits("etc")),
        (0o755, 0o644, 0o755)
    );
    site.does("gpu", vec![OverlayStep::Delete]);
    assert!(!site.folder().join("gpu").exists());
    assert_eq!(fs::read_dir(site.folder()).unwrap().count(), 0);
}

#[test]
fn modes_owners_links_moves_and_removals_are_done_and_told() {
    let site = Site::new();
    let begin = vec![
        OverlayStep::Create,
        write("etc/a", "a\n"),
        write("etc/d/b", "b\n"),
    ];
    site.does("own", begin);
    let outcome = site.does("own", vec![mode("etc/a", 0o4750)]);
    assert_eq!(&*outcome.summary, "chmod 4750 own/etc/a");
    assert_eq!(paths(&outcome), [("etc/a", "mode 0644 → 4750")]);
    assert_eq!(
        texts(&outcome.impact),
        ["2 nodes change at the next boot (system)"]
    );
    if root() {
        let outcome = site.does("own", vec![owner("etc/a", 64030, 12)]);
        assert_eq!(paths(&outcome), [("etc/a", "owner 0:0 → 64030:12")]);
        let meta = fs::metadata(site.file("own", "etc/a")).unwrap();
        // chown(2) takes the set-user-id bit away; it has to be given again.
        assert_eq!(
            (meta.uid(), meta.gid(), meta.mode() & 0o7777),
            (64030, 12, 0o4750)
        );
        site.does("own", vec![write("etc/a", "new\n")]);
        let meta = fs::metadata(site.file("own", "etc/a")).unwrap();
        assert_eq!(
            (meta.uid(), meta.gid(), meta.mode() & 0o7777),
            (64030, 12, 0o4750)
        );
    }
    let outcome = site.does("own", vec![link("etc/l", "../x/y")]);
    assert_eq!(paths(&outcome), [("etc/l", "link to ../x/y")]);
    site.does("own", vec![link("etc/l", "/z")]);
    assert_eq!(
        fs::read_link(site.file("own", "etc/l")).unwrap().to_str(),
        Some("/z")
    );
    let outcome = site.does("own", vec![relocate("etc/d", "opt/e")]);
    assert_eq!(&*outcome.summary, "move own/etc/d to opt/e");
    assert_eq!(site.text("own", "opt/e/b"), "b\n");
    assert!(!site.file("own", "etc/d").exists());
    let outcome = site.does("own", vec![remove("opt")]);
    assert_eq!(outcome.changed.len(), 3);
    assert!(outcome.changed.iter().all(|row| row.turn == Turn::Removed));
    assert!(!site.file("own", "opt").exists());
    site.does("own", vec![mkdir("var/x"), mode("var/x", 0o1777)]);
    assert_eq!(
        fs::metadata(site.file("own", "var/x")).unwrap().mode() & 0o7777,
        0o1777
    );
}

#[test]
fn what_changes_nothing_is_no_change() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a", "x")]);
    for steps in [
        vec![write("a", "x")],
        vec![mode("a", 0o644)],
        vec![write("b", "y"), remove("b")],
    ] {
        let outcome = site.does("own", steps);
        assert_eq!((outcome.number, outcome.changed.len()), (None, 0));
    }
    // Of a shipped overlay no copy is made for that.
    let outcome = site.does("hosts", vec![mode("etc", 0o755)]);
    assert_eq!((outcome.number, outcome.copied), (None, false));
    assert!(!site.folder().join("hosts").exists());
    assert_eq!(site.log().len(), 1);
}

#[test]
fn a_trial_touches_nothing_and_says_the_same() {
    let site = Site::new();
    let before = site.tree();
    let OverlayCommand::Change {
        name,
        steps,
        base,
        force,
        note,
        by,
        ..
    } = change(
        "hosts",
        vec![write("etc/hosts.tera", "127.0.0.1 localhost\n")],
    )
    else {
        unreachable!()
    };
    let dry = OverlayCommand::Change {
        name,
        steps: steps.clone(),
        base,
        force,
        note,
        dry: true,
        by,
    };
    let OverlayReply::Change(tried) = site.ask(dry) else {
        panic!()
    };
    assert_eq!((tried.number, tried.copied), (None, true));
    assert_eq!(site.tree(), before);
    let mut done = site.does("hosts", steps);
    assert_eq!(done.number.take(), Some(1));
    assert_eq!(done, *tried);
}

#[test]
fn the_first_change_of_a_shipped_overlay_makes_the_sites_copy() {
    let site = Site::new();
    let outcome = site.does("ssh.authorized_keys", vec![write("etc/motd", "hello\n")]);
    assert!(outcome.copied);
    assert_eq!(&*outcome.summary, "add ssh.authorized_keys/etc/motd");
    // Only what differs from the shipped one is told.
    let told: Vec<_> = paths(&outcome).into_iter().map(|(path, _)| path).collect();
    assert!(
        told.contains(&"etc/motd") && !told.iter().any(|path| path.contains("keys")),
        "{told:?}"
    );
    let keys = site.file("ssh.authorized_keys", "root/.ssh/authorized_keys.tera");
    assert_eq!(fs::metadata(&keys).unwrap().mode() & 0o7777, 0o600);
    let folder = keys.parent().unwrap();
    assert_eq!(fs::metadata(folder).unwrap().mode() & 0o7777, 0o700);
    assert!(site.folder().join("ssh.authorized_keys/.shipped").exists());
    // The copy is a whole: the next change is an ordinary one.
    let outcome = site.does("ssh.authorized_keys", vec![remove("etc/motd")]);
    assert!(!outcome.copied);
    // Deleting it brings the shipped one back.
    let outcome = site.does("ssh.authorized_keys", vec![OverlayStep::Delete]);
    assert!(!site.folder().join("ssh.authorized_keys").exists());
    assert_eq!(paths(&outcome), [("etc", "folder")]);
}

#[test]
fn a_copy_that_is_asked_for_is_made_as_it_is() {
    let site = Site::new();
    let outcome = site.does("hosts", vec![OverlayStep::Copy]);
    assert!(outcome.copied && outcome.changed.is_empty());
    assert_eq!(outcome.number, Some(1));
    assert!(site.file("hosts", "etc/hosts.tera").exists());
}

#[test]
fn an_overlay_without_rootfs_is_changed_where_it_is() {
    let site = Site::new();
    let old = site.folder().join("old/etc");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("a"), "a\n").unwrap();
    site.does("old", vec![write("etc/a", "b\n"), write("etc/c", "c\n")]);
    assert_eq!(fs::read_to_string(old.join("a")).unwrap(), "b\n");
    assert_eq!(fs::read_to_string(old.join("c")).unwrap(), "c\n");
    site.undoes(None);
    assert_eq!(fs::read_to_string(old.join("a")).unwrap(), "a\n");
    assert!(!old.join("c").exists());
}

#[test]
fn bytes_that_are_no_text_arrive_as_they_are() {
    let site = Site::new();
    let bytes: Vec<u8> = (0..=255).collect();
    let step = OverlayStep::Write {
        path: "usr/bin/x".into(),
        content: Content::of(&bytes),
        mode: Some(0o711),
    };
    let outcome = site.does("own", vec![OverlayStep::Create, step]);
    assert_eq!(fs::read(site.file("own", "usr/bin/x")).unwrap(), bytes);
    assert_eq!(
        fs::metadata(site.file("own", "usr/bin/x"))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777,
        0o711
    );
    let row = outcome
        .changed
        .iter()
        .find(|row| &*row.path == "usr/bin/x")
        .unwrap();
    assert_eq!((&*row.what, &row.after), ("256 B", &None));
}

#[test]
fn the_log_knows_who_did_what_and_what_was_there() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a.conf", "1\n")]);
    let mut command = change("own", vec![write("a.conf", "2\n")]);
    if let OverlayCommand::Change { note, .. } = &mut command {
        *note = Some("because".into());
    }
    site.ask(command);
    let rows = site.log();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].number, &*rows[0].by, &*rows[0].name),
        (2, "ana", "own")
    );
    assert_eq!(
        (rows[0].note.as_deref(), &*rows[0].summary),
        (Some("because"), "edit own/a.conf")
    );
    assert_eq!(texts(&rows[0].paths), ["a.conf"]);
    let text = |number, before| site.past(number, "a.conf", before).content;
    assert_eq!(text(2, true), Some(Content::Text("1\n".into())));
    assert_eq!(text(2, false), Some(Content::Text("2\n".into())));
    assert_eq!(text(1, true), None);
    assert_eq!(site.past(2, "a.conf", false).row.mode, 0o644);
    let none = site.ask(OverlayCommand::Log {
        name: Some("other".into()),
        limit: 9,
    });
    assert_eq!(none, OverlayReply::Log(Vec::new()));
}

#[test]
fn whoever_looked_at_another_text_is_told_who_was_faster() {
    let site = Site::new();
    site.does("own", vec![OverlayStep::Create, write("a", "1\n")]);
    let seen = site.past(1, "a", false).digest;
    site.does("own", vec![write("a", "2\n")]);
    let with = |base: &str, text: &str| {
        let mut command = change("own", vec![write("a", text)]);
        if let OverlayCommand::Change { base: of, .. } = &mut command {
            *of = Some(base.into());
        }
        site.ask(command)
    };
    let OverlayReply::Clash(clash) = with(&seen, "3\n") else {
        panic!()
    };
    assert_eq!(clash.theirs, Some(Content::Text("2\n".into())));
    assert_eq!(clash.by.as_deref(), Some("ana"));
    assert!(clash.at.is_some());
    assert_eq!(site.text("own", "a"), "2\n");
    let OverlayReply::Change(_) = with(&clash.digest, "3\n") else {
        panic!()
    };
    // A file that is to be new, and is not.
    let OverlayReply::Clash(_) = with("", "4\n") else {
        panic!()
    };
}
