//! Changes from the wish to the log, and back again.

use std::time::Duration;

use muster::api::{Command, LogRow, Outcome, Reply};
use muster::engine::{SaveError, Text};
use muster::model::{Edit, Fault, Place, Table, Turn, Value};

use super::desk::Desk;
use crate::support::BY_HAND as NODES;

fn set(place: Place, key: &str, value: &str) -> Edit {
    Edit::Set {
        place,
        key: key.into(),
        value: Value::Text(value.into()),
    }
}

fn node(name: &str, key: &str, value: &str) -> Edit {
    set(Place::node(name), key, value)
}

fn command(edits: Vec<Edit>, base: Option<u64>, dry: bool) -> Command {
    Command::Change {
        edits,
        base,
        note: Some("because".into()),
        dry,
        by: "ana".into(),
    }
}

fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Change(outcome) => *outcome,
        other => panic!("not done: {other:?}"),
    }
}

fn faults(reply: Reply) -> Vec<Fault> {
    match reply {
        Reply::Faulty(faults) => faults,
        other => panic!("not refused: {other:?}"),
    }
}

fn log(desk: &mut Desk) -> Vec<LogRow> {
    match desk.ask(Command::Log {
        before: None,
        limit: 100,
    }) {
        Reply::Log(rows) => rows,
        other => panic!("no log: {other:?}"),
    }
}

fn undo(desk: &mut Desk, revision: Option<u64>) -> Reply {
    desk.ask(Command::Undo {
        revision,
        dry: false,
        by: "bob".into(),
    })
}

fn redo(desk: &mut Desk) -> Reply {
    desk.ask(Command::Redo {
        dry: false,
        by: "bob".into(),
    })
}

fn text(desk: &Desk) -> String {
    desk.disk.content().unwrap().to_owned()
}

#[test]
fn a_change_is_shown_before_it_is_made() {
    let mut desk = Desk::new(NODES);
    let edits = vec![
        set(Place::profile("default"), "image", "rocky10"),
        node("n001", "comment", "second"),
        node("n002", "comment", "second"),
        node("n003", "asset_key", "secret"),
    ];
    let shown = outcome(desk.ask(command(edits.clone(), None, true)));
    assert_eq!((shown.revision, desk.saves), (None, 0));
    assert_eq!(text(&desk), NODES);
    let rows: Vec<_> = shown
        .diff
        .iter()
        .map(|row| {
            let text =
                |value: &Option<std::sync::Arc<str>>| value.as_deref().unwrap_or("–").to_owned();
            format!(
                "{} {} {}: {} → {}",
                row.table.one(),
                row.names,
                row.key,
                text(&row.before),
                text(&row.after)
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "profile default image: rocky9 → rocky10",
            "node n001 comment: first → second",
            "node n002 comment: – → second",
            "node n003 asset_key: •••• → ••••",
        ]
    );
    assert_eq!(
        shown.impact.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        [
            "2 nodes change at next boot, 1 override it",
            "1 node changes at once"
        ]
    );
    assert!(
        shown
            .warnings
            .iter()
            .any(|fault| fault.what.contains("no image `rocky10`")),
        "{:?}",
        shown.warnings
    );
    assert!(
        shown.summary.contains("set image on profile default"),
        "{}",
        shown.summary
    );

    let before = desk.view.revision;
    let done = outcome(desk.ask(command(edits, None, false)));
    assert_eq!(done.revision, Some(before + 1));
    assert_eq!(
        Outcome {
            revision: None,
            ..done
        },
        shown
    );
    assert_eq!(
        desk.view.by_name("n001").unwrap().image.as_deref(),
        Some("rocky10")
    );
    let rows = log(&mut desk);
    assert_eq!(
        (&*rows[0].by, rows[0].note.as_deref(), rows[0].revision),
        ("ana", Some("because"), before + 1)
    );
}

#[test]
fn a_refusal_names_everything_and_changes_nothing() {
    let mut desk = Desk::new(NODES);
    let edits = vec![
        node("n001", "comment", "x"),
        node("n9", "comment", "x"),
        node("n002", "net.e.ipaddr", "junk"),
    ];
    let told = faults(desk.ask(command(edits, None, false)));
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((text(&desk).as_str(), desk.saves), (NODES, 0));
    desk.trouble = Some(SaveError::Io("No space left on device".into()));
    let Reply::Refused(refusal) =
        desk.ask(command(vec![node("n001", "comment", "x")], None, false))
    else {
        panic!("not refused")
    };
    assert!(refusal.what.contains("No space left"));
    assert_eq!(
        desk.view.by_name("n001").unwrap().comment.as_deref(),
        Some("first")
    );
    assert!(log(&mut desk).is_empty());
}

#[test]
fn what_is_so_already_is_no_revision() {
    let mut desk = Desk::new(NODES);
    let before = desk.view.revision;
    let done = outcome(desk.ask(command(vec![node("n001", "comment", "first")], None, false)));
    assert_eq!(
        (done.revision, done.diff.len(), desk.saves),
        (Some(before), 0, 0)
    );
}

#[test]
fn undo_gives_back_the_lines_with_their_comments_and_redo_takes_them_again() {
    let mut desk = Desk::new(NODES);
    let unset = Edit::Unset {
        place: Place::node("n001"),
        key: "comment".into(),
    };
    outcome(desk.ask(command(vec![unset], None, false)));
    assert!(!text(&desk).contains("in the corner"));
    outcome(desk.ask(command(vec![node("n003", "image", "other")], None, false)));
    let first = desk.view.revision - 1;
    // The newest first, then the one before it; both are back to the byte.
    outcome(undo(&mut desk, None));
    outcome(undo(&mut desk, None));
    assert_eq!(text(&desk), NODES);
    let Reply::Refused(refusal) = undo(&mut desk, None) else {
        panic!("not refused")
    };
    assert!(refusal.what.contains("nothing to undo"));
    let done = outcome(redo(&mut desk));
    assert!(
        done.summary
            .starts_with(&format!("redo r{first}: unset comment")),
        "{}",
        done.summary
    );
    assert!(!text(&desk).contains("in the corner") && text(&desk).contains("image name: own"));
    outcome(redo(&mut desk));
    assert!(text(&desk).contains("image name: other"));
    let Reply::Refused(_) = redo(&mut desk) else {
        panic!("not refused")
    };
    // What came into force again can be undone again.
    outcome(undo(&mut desk, None));
    assert!(text(&desk).contains("image name: own"));
}

#[test]
fn an_older_revision_is_taken_back_out_of_the_middle() {
    let mut desk = Desk::new(NODES);
    let first = outcome(desk.ask(command(
        vec![Edit::Remove {
            place: Place::node("n002"),
        }],
        None,
        false,
    )));
    outcome(desk.ask(command(
        vec![Edit::Add {
            place: Place::node("n004"),
        }],
        None,
        false,
    )));
    outcome(desk.ask(command(vec![node("n001", "comment", "x")], None, false)));
    let done = outcome(undo(&mut desk, first.revision));
    assert_eq!(done.diff.len(), 3, "{:?}", done.diff);
    assert_eq!(done.diff[0].turn, Turn::Added);
    let now = text(&desk);
    assert!(
        now.contains("  n002: {profiles: [default], kernel: {version: 6.1}}\n")
            && now.contains("n004: {}"),
        "{now}"
    );
    let rows = log(&mut desk);
    assert_eq!(rows[0].undoes, first.revision);
    assert_eq!(
        rows.iter()
            .find(|row| Some(row.revision) == first.revision)
            .unwrap()
            .undone_by,
        Some(rows[0].revision)
    );
    let Reply::Refused(refusal) = undo(&mut desk, first.revision) else {
        panic!("not refused")
    };
    assert!(refusal.what.contains("taken back by"), "{}", refusal.what);
}

#[test]
fn an_undo_over_somebody_elses_change_is_told_and_not_done() {
    let mut desk = Desk::new(NODES);
    let first = outcome(desk.ask(command(vec![node("n001", "comment", "mine")], None, false)));
    outcome(desk.ask(command(
        vec![node("n001", "comment", "theirs")],
        None,
        false,
    )));
    let before = text(&desk);
    let Reply::Clash(rows) = undo(&mut desk, first.revision) else {
        panic!("no clash")
    };
    assert_eq!(
        (
            rows[0].theirs.as_deref(),
            rows[0].ours.as_deref(),
            &*rows[0].by
        ),
        (Some("theirs"), Some("first"), "ana")
    );
    assert_eq!(text(&desk), before);
}

#[test]
fn lines_that_changed_otherwise_are_undone_by_value() {
    let mut desk = Desk::new(NODES);
    let first = outcome(desk.ask(command(vec![node("n002", "comment", "mine")], None, false)));
    // The same line, another key.
    outcome(desk.ask(command(vec![node("n002", "image", "other")], None, false)));
    outcome(undo(&mut desk, first.revision));
    let n002 = desk.view.by_name("n002").unwrap();
    assert_eq!(
        (n002.comment.as_deref(), n002.image.as_deref()),
        (None, Some("other"))
    );
}

#[test]
fn the_second_of_two_authors_is_told() {
    let mut desk = Desk::new(NODES);
    let base = Some(desk.view.revision);
    outcome(desk.ask(command(
        vec![node("n001", "comment", "mine"), node("n003", "image", "x")],
        base,
        false,
    )));
    let Reply::Clash(rows) = desk.ask(command(vec![node("n001", "comment", "yours")], base, false))
    else {
        panic!("no clash")
    };
    assert_eq!(
        (rows[0].theirs.as_deref(), rows[0].ours.as_deref()),
        (Some("mine"), Some("yours"))
    );
    // Another key of the same node is nobody's business; insisting is allowed.
    outcome(desk.ask(command(vec![node("n001", "image", "y1")], base, false)));
    let now = Some(desk.view.revision);
    outcome(desk.ask(command(vec![node("n001", "comment", "yours")], now, false)));
    assert_eq!(
        desk.view.by_name("n001").unwrap().comment.as_deref(),
        Some("yours")
    );
}

#[test]
fn a_hand_edit_is_merged_when_apart_and_told_when_not() {
    let mut desk = Desk::new(NODES);
    desk.disk = Text::Content(
        NODES
            .replace("image name: own", "image name: hand # new")
            .into(),
    );
    outcome(desk.ask(command(vec![node("n001", "comment", "x")], None, false)));
    assert_eq!(desk.saves, 2);
    assert!(text(&desk).contains("image name: hand # new") && text(&desk).contains("comment: x"));
    let rows = log(&mut desk);
    assert_eq!(
        (&*rows[1].by, &*rows[1].summary),
        ("by hand", "set image on node n003")
    );

    desk.disk = Text::Content(text(&desk).replace("comment: x", "comment: hand").into());
    let Reply::Clash(rows) = desk.ask(command(vec![node("n001", "comment", "y")], None, false))
    else {
        panic!("no clash")
    };
    assert_eq!(
        (rows[0].theirs.as_deref(), &*rows[0].by),
        (Some("hand"), "by hand")
    );
    assert!(text(&desk).contains("comment: hand"));
}

#[test]
fn a_hand_edit_is_a_revision_that_can_be_undone() {
    let mut desk = Desk::new(NODES);
    desk.disk = Text::Content(
        NODES
            .replace("    # in the corner\n    comment: first\n", "")
            .into(),
    );
    desk.reread();
    let rows = log(&mut desk);
    assert_eq!(&*rows[0].summary, "unset comment on node n001");
    // A comment alone is no revision, and in nobody's way.
    desk.disk = Text::Content(
        text(&desk)
            .replace("# kept by hand\n", "# kept by hand\n# with care\n")
            .into(),
    );
    desk.reread();
    assert_eq!(log(&mut desk).len(), 1);
    outcome(undo(&mut desk, None));
    assert_eq!(
        text(&desk),
        NODES.replace("# kept by hand\n", "# kept by hand\n# with care\n")
    );
}

#[test]
fn everything_can_be_undone_after_a_restart() {
    let mut desk = Desk::new(NODES);
    outcome(desk.ask(command(vec![node("n001", "comment", "a")], None, false)));
    let kept = desk.kept.clone();
    outcome(desk.ask(command(
        vec![Edit::Remove {
            place: Place::node("n003"),
        }],
        None,
        false,
    )));
    let revision = desk.view.revision;
    // What is kept of the file may be older than the journal.
    desk.kept = kept;
    desk.restart();
    assert_eq!(desk.view.revision, revision);
    // And somebody wrote into the file while nothing ran.
    desk.disk = Text::Content(text(&desk).replace("10.7.0.11", "10.7.0.12").into());
    desk.restart();
    assert_eq!(desk.view.revision, revision + 1);
    let rows = log(&mut desk);
    assert_eq!(rows.len(), 3);
    assert_eq!(&*rows[0].summary, "set net.default.ipaddr on node n001");
    for _ in 0..3 {
        outcome(undo(&mut desk, None));
        desk.restart();
    }
    assert_eq!(text(&desk), NODES);
    outcome(redo(&mut desk));
    assert!(text(&desk).contains("comment: a"));
}

#[test]
fn revisions_are_compared() {
    let mut desk = Desk::new(NODES);
    let from = desk.view.revision;
    outcome(desk.ask(command(
        vec![node("n001", "comment", "a"), node("n002", "comment", "a")],
        None,
        false,
    )));
    outcome(desk.ask(command(
        vec![
            node("n001", "comment", "b"),
            Edit::Add {
                place: Place::node("n009"),
            },
        ],
        None,
        false,
    )));
    outcome(desk.ask(command(vec![node("n002", "comment", "b")], None, false)));
    let diff = |desk: &mut Desk, from, to| match desk.ask(Command::Diff {
        from,
        to,
        secrets: false,
    }) {
        Reply::Diff(rows) => rows,
        other => panic!("no diff: {other:?}"),
    };
    let rows = diff(&mut desk, from, None);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(
        (
            &*rows[0].names,
            rows[0].before.as_deref(),
            rows[0].after.as_deref()
        ),
        ("n001", Some("first"), Some("b"))
    );
    let back = diff(&mut desk, from + 3, Some(from));
    assert_eq!(
        back.iter().find(|row| &*row.names == "n009").unwrap().turn,
        Turn::Removed
    );
    assert!(matches!(
        desk.ask(Command::Diff {
            from: 999,
            to: None,
            secrets: false,
        }),
        Reply::Refused(_)
    ));
}

#[test]
fn entries_are_given_as_they_stand() {
    let mut desk = Desk::new(NODES);
    let ask = |names: Option<&str>, secrets| Command::Entries {
        table: Table::Nodes,
        names: names.map(Into::into),
        secrets,
    };
    let Reply::Entries(rows) = desk.ask(ask(Some("n00[1,3]"), false)) else {
        panic!("no entries")
    };
    assert_eq!((&*rows[0].name, rows[0].line), ("n001", 10));
    assert!(
        rows[0]
            .text
            .starts_with("profiles:\n  - default\n# in the corner\ncomment: first\n"),
        "{}",
        rows[0].text
    );
    assert_eq!(
        &*rows[1].text,
        "profiles:\n  - default\nimage name: own\nasset key: \"••••\"\n"
    );
    assert!(
        rows[1]
            .values
            .iter()
            .any(|(key, value)| &**key == "asset_key" && value.text() == Some("••••"))
    );
    let Reply::Entries(rows) = desk.ask(ask(Some("n003"), true)) else {
        panic!("no entries")
    };
    assert!(rows[0].text.contains("asset key: hush"));
    let Reply::Refused(refusal) = desk.ask(ask(Some("n00[1-9]"), true)) else {
        panic!("not refused")
    };
    assert!(
        refusal.what.contains("there is no node"),
        "{}",
        refusal.what
    );
}

#[test]
fn what_happened_is_told_with_who_did_it() {
    let mut desk = Desk::new(NODES);
    desk.attach();
    outcome(desk.ask(command(vec![node("n001", "comment", "x")], None, false)));
    desk.later(Duration::from_secs(1));
    let last = desk.mirror.events.iter().next_back().unwrap();
    assert_eq!((&*last.who, &*last.kind), ("ana", "edit"));
    assert!(
        last.text.contains("set comment on node n001"),
        "{}",
        last.text
    );
}

#[test]
fn a_thousand_wishes_are_all_granted() {
    let nodes: String = (0..100).map(|n| format!("  n{n:03}: {{}}\n")).collect();
    let mut desk = Desk::new(&format!("nodes:\n{nodes}"));
    for n in 0..1000 {
        let name = format!("n{:03}", n % 100);
        outcome(desk.ask(command(
            vec![node(&name, &format!("tags.t{}", n / 100), &n.to_string())],
            None,
            false,
        )));
    }
    assert_eq!(log(&mut desk).len(), 100);
    let tags: usize = desk.view.nodes.iter().map(|node| node.tags.len()).sum();
    assert_eq!(tags, 1000);
}

#[test]
fn a_change_is_asked_for_in_plain_json() {
    let edits = r#"[
        {"set": {"place": {"table": "nodes", "name": "n001"}, "key": "net.default.mtu", "value": 9000}},
        {"set": {"place": {"table": "nodes", "name": "n001"}, "key": "kernel.args", "value": ["a", "b=1"]}},
        {"set": {"place": {"table": "nodes", "name": "n001"}, "key": "resources.fstab", "value": [{"spec": "a", "size": 1}]}},
        {"unset": {"place": {"table": "nodes", "name": "n002"}, "key": "kernel.version"}}
    ]"#;
    let mut desk = Desk::new(NODES);
    outcome(desk.ask(command(serde_json::from_str(edits).unwrap(), None, false)));
    let now = text(&desk);
    for line in [
        "        mtu: \"9000\"\n",
        "    kernel:\n      args:\n        - a\n        - b=1\n",
        "    resources:\n      fstab:\n",
        "  n002: {profiles: [default]}\n",
    ] {
        assert!(now.contains(line), "{line}{now}");
    }
}

#[test]
fn the_mask_of_a_secret_never_becomes_its_value() {
    let mut desk = Desk::new(NODES);
    let mask = "asset key: \"••••\"\ncomment: x\n";
    let write = Edit::Write {
        place: Place::node("n003"),
        text: mask.into(),
    };
    for edit in [write, node("n003", "asset_key", "••••")] {
        let told = faults(desk.ask(command(vec![edit], None, false)));
        assert!(told[0].what.contains("what hides the value"), "{told:?}");
    }
    assert_eq!(text(&desk), NODES);
}
