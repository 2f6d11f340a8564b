//! Whether a reboot would change nodes: a column, a filter, a pane that shows by what, a node's overlays.

use muster::api::{
    Command, DriftFile, DriftPart, DriftReport, DriftRow, DriftSetting, FileDrift, Refusal, Reply,
};
use muster::api::{Delta, Update};
use muster::fleet::{Differs, Drift, Status};
use muster::model::NodeId;

use super::world::{Desk, NOW, detail, snapshot, up};
use crate::support::screen::{print, same_as_file};

fn file(path: &str, overlay: &str, what: &[&str]) -> DriftFile {
    DriftFile {
        path: path.into(),
        overlay: overlay.into(),
        what: what.iter().map(|word| (*word).into()).collect(),
    }
}

fn part(part: &str, runs: Option<&str>, next: Option<&str>) -> DriftPart {
    DriftPart {
        part: part.into(),
        runs: runs.map(Into::into),
        next: next.map(Into::into),
    }
}

fn row() -> DriftRow {
    DriftRow {
        nodes: "n[0416-0418]".into(),
        count: 3,
        drift: "yes".into(),
        why: None,
        parts: vec![
            part(
                "kernel",
                Some("6.12.1 (0011aabb2233)"),
                Some("6.12.9 (99ff00ee88dd)"),
            ),
            part("args", Some("quiet"), Some("debug console=ttyS0")),
        ],
        files: vec![
            file("/etc/hostname", "hostname", &["content"]),
            file(
                "/etc/ssh/ssh_host_key",
                "ssh",
                &["content", "mode 0644 → 0600"],
            ),
        ],
        settings: vec![DriftSetting {
            key: "kernel.args".into(),
            runs: Some("quiet".into()),
            next: Some("debug console=ttyS0".into()),
        }],
    }
}

fn report() -> DriftReport {
    let unknown = DriftRow {
        nodes: "n0500".into(),
        count: 1,
        drift: "unknown".into(),
        why: Some("what they were given in their boot is not known".into()),
        ..DriftRow::default()
    };
    DriftReport {
        rows: vec![row(), unknown],
        idle: 2,
    }
}

/// On a node, with the pane open and its answer there.
fn opened(size: (u16, u16)) -> Desk {
    let mut desk = Desk::with(size, snapshot(1000));
    desk.press("2 w");
    assert!(matches!(desk.asked().1, Command::Drift { names: Some(_) }));
    desk.answer(Reply::Drift(Box::new(report())));
    desk
}

fn drifting(ids: std::ops::Range<u32>, drift: Drift) -> Update {
    let status = |id| Status { drift, ..up(id) };
    Update::Delta(Box::new(Delta {
        now: NOW,
        status: ids.map(|id| (NodeId(id), status(id))).collect(),
        ..Delta::default()
    }))
}

#[test]
fn the_pane_shows_what_a_reboot_would_change() {
    for (name, size) in [("drift-120x36", (120, 36)), ("drift-80x24", (80, 24))] {
        let mut desk = opened(size);
        same_as_file(name, &print(&desk.draw().0));
    }
    let mut desk = opened((120, 36));
    desk.press("y");
    desk.press("r");
    let text = desk.text();
    assert!(text.contains("copied"), "{text}");
    desk.press("esc");
    assert!(!desk.text().contains("would a reboot change"));
}

#[test]
fn the_lines_of_a_file_are_shown_and_hidden_again() {
    let mut desk = opened((120, 36));
    let before = desk.text();
    desk.press("j j j j j enter");
    let Command::DriftOf {
        name,
        path,
        secrets,
    } = desk.asked().1
    else {
        panic!("{:?}", desk.asked());
    };
    assert_eq!((&*name, &*path, secrets), ("n0416", "/etc/hostname", false));
    desk.answer(Reply::DriftOf(Box::new(FileDrift {
        node: name,
        path,
        overlay: "hostname".into(),
        what: vec!["content".into()],
        diff: "@@ -1 +1 @@\n-old name\n+new name\n".into(),
        hidden: None,
    })));
    let text = desk.text();
    assert!(
        text.contains("-old name") && text.contains("+new name"),
        "{text}"
    );
    // Enter on one of the lines closes them, and the cursor is on the file again.
    desk.press("j j enter");
    assert!(!desk.text().contains("-old name"));
    desk.press("enter");
    desk.answer(Reply::Refused(Refusal {
        what: "the database is away".into(),
        fix: None,
    }));
    assert!(desk.text().contains("the database is away"));
    desk.press("enter g");
    assert_eq!(desk.text(), before);
}

#[test]
fn a_refusal_and_a_line_without_a_file_are_said() {
    let mut desk = Desk::with((120, 36), snapshot(1000));
    desk.press("2 w");
    desk.answer(Reply::Refused(Refusal {
        what: "only running servers know".into(),
        fix: None,
    }));
    assert!(desk.text().contains("only running servers know"));
    desk.effects.clear();
    desk.press("enter");
    assert!(desk.effects.is_empty());
}

#[test]
fn nodes_that_a_reboot_would_change_are_found() {
    let mut desk = Desk::with((120, 36), snapshot(1000));
    let differs = Differs {
        args: true,
        files: 2,
        ..Differs::default()
    };
    desk.news(drifting(10..13, Drift::Yes(differs)));
    desk.news(drifting(13..20, Drift::No));
    desk.press("2 / d r i f t : y e s enter");
    let text = desk.text();
    assert!(
        text.contains("3 of 1,000") || text.contains("3 of 1000"),
        "{text}"
    );
    let mut desk = Desk::with((120, 36), snapshot(1000));
    desk.news(drifting(10..13, Drift::Yes(differs)));
    desk.press("2 / d r i f t : f i l e s enter");
    let text = desk.text();
    assert!(
        text.contains("3 of 1,000") || text.contains("3 of 1000"),
        "{text}"
    );
}

#[test]
fn a_node_shows_its_drift_beside_its_overlays() {
    let mut desk = Desk::with((120, 36), snapshot(1000));
    desk.press("2 / n 0 4 1 6 enter enter enter");
    let mut node = detail();
    let overlays = |key: &str, value: &str| {
        let mut row = node.fields[0].clone();
        (row.key, row.value) = (key.into(), value.into());
        row.source = "profile gpu".into();
        row
    };
    let lists = [
        overlays("system_overlay", "hostname ssh"),
        overlays("runtime_overlay", "hosts"),
    ];
    node.fields.extend(lists);
    node.drift = Some(row());
    node.status.drift = Drift::Yes(Differs {
        kernel: true,
        args: true,
        files: 2,
        ..Differs::default()
    });
    let id = node.row.id.0;
    desk.news(drifting(id..id + 1, node.status.drift));
    desk.answer(Reply::Node(Box::new(node)));
    desk.press("tab tab");
    let (buffer, _) = desk.draw();
    assert!(
        desk.text().contains("a reboot changes kernel args 2 files"),
        "{}",
        desk.text()
    );
    same_as_file("node-overlays-drift", &print(&buffer));
}
