//! Changes that come while one is being saved share the next save, and each is still a change of its own.

use std::mem::discriminant;
use std::sync::Arc;

use muster::api::{Command, LogRow, Outcome, Reply};
use muster::engine::{SaveError, Text};
use muster::model::{Edit, Place, Value};
use proptest::prelude::*;

use super::desk::Desk;

const NODES: &str = "\
# ours
nodeprofiles:
  base: {image name: small}
nodes:
  n001: {profiles: [base]}   # first
  n002:
    comment: two
  n003: {}
";

fn set(name: &str, key: &str, value: &str, by: &str) -> Command {
    Command::Change {
        edits: vec![Edit::Set {
            place: Place::node(name),
            key: key.into(),
            value: Value::Text(value.into()),
        }],
        base: None,
        note: None,
        dry: false,
        by: by.into(),
    }
}

fn outcome(reply: Option<Reply>) -> Outcome {
    match reply {
        Some(Reply::Change(outcome)) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn text(desk: &Desk) -> String {
    desk.disk.content().unwrap().to_owned()
}

fn log(desk: &mut Desk) -> Vec<LogRow> {
    let (before, limit) = (None, 1000);
    match desk.ask(Command::Log { before, limit }) {
        Reply::Log(rows) => rows,
        other => panic!("{other:?}"),
    }
}

fn undo(desk: &mut Desk, revision: Option<u64>) -> Reply {
    let (dry, by) = (false, "ana".into());
    desk.ask(Command::Undo { revision, dry, by })
}

fn slow() -> Desk {
    let mut desk = Desk::new(NODES);
    desk.slow = true;
    desk
}

#[test]
fn what_waits_is_saved_at_once_and_each_has_its_revision() {
    let mut desk = slow();
    let first = desk.wish(set("n001", "comment", "a", "ana"));
    let wishes: Vec<_> = (0..10)
        .map(|n| {
            let by = ["ben", "eva"][n % 2];
            desk.wish(set(
                ["n001", "n002", "n003"][n % 3],
                &format!("tags.t{n}"),
                "x",
                by,
            ))
        })
        .collect();
    assert!(
        desk.replies.is_empty() && desk.saves == 1,
        "none is told before it is saved"
    );
    desk.disk_answers();
    let base = outcome(desk.answer(first)).revision.unwrap();
    assert_eq!(desk.saves, 2);
    assert!(desk.replies.is_empty());
    let before = text(&desk);
    desk.disk_answers();
    assert_eq!(desk.saves, 2, "one save for all ten");
    for (n, wish) in wishes.iter().enumerate() {
        let outcome = outcome(desk.answer(*wish));
        assert_eq!(outcome.revision, Some(base + 1 + n as u64));
        assert_eq!(outcome.diff.len(), 1);
        assert_eq!(&*outcome.diff[0].key, format!("tags.t{n}"));
    }
    let rows = log(&mut desk);
    assert_eq!(rows.len(), 11);
    assert_eq!((&*rows[0].by, &*rows[1].by), ("eva", "ben"));
    assert_eq!(desk.view.revision, base + 10);
    desk.slow = false;
    // One out of the middle, then all of them, to the byte.
    undo(&mut desk, Some(base + 4));
    assert!(
        !text(&desk).contains("t3:") && text(&desk).contains("t4:"),
        "{}",
        text(&desk)
    );
    desk.restart();
    for _ in 0..9 {
        let reply = undo(&mut desk, None);
        assert!(matches!(reply, Reply::Change(_)), "{reply:?}");
    }
    assert_eq!(text(&desk), before);
}

#[test]
fn one_that_does_not_fit_is_refused_alone() {
    let mut desk = slow();
    let wishes = [
        set("n001", "comment", "a", "ana"),
        set("n002", "comment", "b", "ben"),
        set("n009", "comment", "nobody", "eva"),
        set("n003", "net.default.ipaddr", "not one", "eva"),
        set("n003", "comment", "c", "eva"),
        set("n003", "comment", "c", "kim"),
    ];
    let wishes = wishes.map(|wish| desk.wish(wish));
    while desk.disk_answers() {}
    let answers = wishes.map(|wish| desk.answer(wish).unwrap());
    assert!(
        matches!(
            answers,
            [
                Reply::Change(_),
                Reply::Change(_),
                Reply::Faulty(_),
                Reply::Faulty(_),
                Reply::Change(_),
                Reply::Change(_)
            ]
        ),
        "{answers:?}"
    );
    let [.., Reply::Change(eva), Reply::Change(kim)] = answers else {
        panic!()
    };
    assert_eq!(eva.revision, kim.revision, "it was so already");
    assert!(kim.diff.is_empty());
    assert_eq!(log(&mut desk).len(), 3);
}

#[test]
fn a_failed_write_refuses_all_and_changes_nothing() {
    let mut desk = slow();
    let first = desk.wish(set("n001", "comment", "a", "ana"));
    let wishes = ["b", "c", "d"].map(|value| desk.wish(set("n002", "comment", value, "ben")));
    desk.disk_answers();
    let revision = outcome(desk.answer(first)).revision.unwrap();
    let before = text(&desk);
    desk.trouble = Some(SaveError::Io("No space left on device".into()));
    desk.disk_answers();
    for wish in wishes {
        let reply = desk.answer(wish);
        assert!(
            matches!(&reply, Some(Reply::Refused(why)) if why.what.contains("No space")),
            "{reply:?}"
        );
    }
    assert_eq!(text(&desk), before);
    assert_eq!(desk.view.revision, revision);
    assert_eq!(log(&mut desk).len(), 1);
    desk.slow = false;
    assert_eq!(
        outcome(Some(desk.ask(set("n003", "comment", "e", "eva")))).revision,
        Some(revision + 1)
    );
    assert_eq!(log(&mut desk).len(), 2);
}

#[test]
fn what_the_disk_did_not_confirm_is_in_force_and_told_so() {
    let mut desk = slow();
    let wish = desk.wish(set("n001", "comment", "a", "ana"));
    let (second, third) = (
        desk.wish(set("n002", "comment", "b", "ben")),
        desk.wish(set("n003", "comment", "c", "ben")),
    );
    desk.disk_answers();
    let base = outcome(desk.answer(wish)).revision.unwrap();
    // The folder could not be synced: the file is there already.
    let old = text(&desk);
    let new = old
        .replace("comment: two", "comment: b")
        .replace("n003: {}", "n003:\n    comment: c");
    desk.trouble = Some(SaveError::Unsure("Input/output error".into()));
    desk.disk_answers();
    desk.disk = Text::Content(new.into());
    for (wish, nth) in [(second, 1), (third, 2)] {
        let (reply, revision) = (desk.answer(wish), format!("(r{})", base + nth));
        let Some(Reply::Refused(why)) = reply else {
            panic!("{reply:?}")
        };
        assert!(
            why.what.contains("holds the change") && why.what.contains(&revision),
            "{why:?}"
        );
    }
    assert_eq!(desk.view.revision, base + 2);
    desk.reread();
    let rows = log(&mut desk);
    assert_eq!(
        rows.len(),
        3,
        "the file is what was drafted: {rows:?}\n{}",
        text(&desk)
    );
    desk.slow = false;
    undo(&mut desk, None);
    assert!(
        text(&desk).contains("comment: b") && text(&desk).contains("n003: {}"),
        "{}",
        text(&desk)
    );
}

#[test]
fn what_is_read_before_it_is_safe_is_not_in_force() {
    let mut desk = slow();
    let wish = desk.wish(set("n002", "comment", "b", "ben"));
    let (before, old) = (desk.view.revision, text(&desk));
    // The watcher is faster than the disk.
    desk.disk = Text::Content(old.replace("comment: two", "comment: b").into());
    desk.reread();
    assert_eq!(desk.view.revision, before);
    desk.trouble = Some(SaveError::Io("Input/output error".into()));
    desk.disk_answers();
    assert!(matches!(desk.answer(wish), Some(Reply::Refused(_))));
    assert_eq!(
        desk.view.revision,
        before + 1,
        "it is there all the same, and was read again"
    );
    assert_eq!(&*log(&mut desk)[0].by, "by hand");
}

#[test]
fn a_hand_edit_meanwhile_clashes_with_those_who_touch_the_same() {
    let mut desk = slow();
    let first = desk.wish(set("n001", "comment", "a", "ana"));
    let (apart, same, later) = (
        desk.wish(set("n003", "comment", "c", "ben")),
        desk.wish(set("n002", "comment", "ours", "eva")),
        desk.wish(set("n003", "comment", "d", "kim")),
    );
    desk.disk_answers();
    outcome(desk.answer(first));
    desk.disk = Text::Content(
        text(&desk)
            .replace("comment: two", "comment: theirs")
            .into(),
    );
    while desk.disk_answers() {}
    outcome(desk.answer(apart));
    let reply = desk.answer(same);
    let Some(Reply::Clash(rows)) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(rows[0].theirs.as_deref(), Some("theirs"));
    assert_eq!(rows[0].ours.as_deref(), Some("ours"));
    assert!(rows[0].by.starts_with("by hand"));
    // Their own turn came one after the other.
    outcome(desk.answer(later));
    let now = text(&desk);
    assert!(
        now.contains("comment: theirs") && now.contains("comment: d"),
        "{now}"
    );
}

#[test]
fn settings_that_are_read_meanwhile_do_not_disturb() {
    let mut desk = slow();
    let first = desk.wish(set("n001", "comment", "a", "ana"));
    let wishes = ["b", "c"].map(|value| desk.wish(set("n002", "comment", value, "ben")));
    desk.disk_answers();
    outcome(desk.answer(first));
    let conf = desk.conf.content().unwrap().to_owned();
    desk.conf = Text::Content(format!("{conf}cluster name: other\n").into());
    desk.reread();
    let settings = desk.view.revision;
    desk.disk_answers();
    let revisions = wishes.map(|wish| outcome(desk.answer(wish)).revision.unwrap());
    assert_eq!(revisions, [settings + 1, settings + 2]);
    assert_eq!(desk.view.revision, settings + 2);
    let rows = log(&mut desk);
    assert_eq!(
        (rows[0].revision, rows[1].revision),
        (settings + 2, settings + 1)
    );
    let before = text(&desk);
    desk.restart();
    assert_eq!(desk.view.revision, settings + 2);
    desk.slow = false;
    undo(&mut desk, None);
    assert_eq!(text(&desk), before.replace("comment: c", "comment: b"));
}

/// One of few nodes gets one of few keys, so that many touch the same.
fn wish() -> impl Strategy<Value = (usize, usize, usize)> {
    (0usize..4, 0usize..3, 0usize..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whether they share saves or not: the same text, the same log, the same way back.
    #[test]
    fn together_is_one_after_the_other(wishes in prop::collection::vec((wish(), any::<bool>()), 1..30)) {
        let command = |(node, key, value): (usize, usize, usize)| {
            set(&format!("n00{node}"), ["comment", "tags.a", "init"][key], ["", "x", "y", "z"][value], ["ana", "ben"][value % 2])
        };
        let mut alone = Desk::new(NODES);
        let mut desk = slow();
        let (mut tickets, mut answers) = (Vec::new(), Vec::new());
        for (wish, answers_now) in &wishes {
            answers.push(alone.ask(command(*wish)));
            tickets.push(desk.wish(command(*wish)));
            if *answers_now {
                desk.disk_answers();
            }
        }
        while desk.disk_answers() {}
        prop_assert_eq!(text(&desk), text(&alone));
        for (ticket, alone) in tickets.into_iter().zip(answers) {
            let shared = desk.answer(ticket).unwrap();
            match (shared, alone) {
                (Reply::Change(a), Reply::Change(b)) => {
                    prop_assert_eq!((a.revision, &a.diff), (b.revision, &b.diff));
                }
                (a, b) => prop_assert_eq!(discriminant(&a), discriminant(&b)),
            }
        }
        let said = |rows: Vec<LogRow>| -> Vec<(u64, Arc<str>, Arc<str>)> {
            rows.into_iter().map(|row| (row.revision, row.by, row.summary)).collect()
        };
        prop_assert_eq!(said(log(&mut desk)), said(log(&mut alone)));
        prop_assert!(desk.saves <= alone.saves);
        desk.slow = false;
        desk.restart();
        for _ in 0..log(&mut desk).len() {
            prop_assert!(matches!(undo(&mut desk, None), Reply::Change(_)));
        }
        prop_assert_eq!(text(&desk), NODES);
    }
}
