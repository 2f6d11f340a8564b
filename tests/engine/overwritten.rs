//! An editor that had an older copy of the file saves it over what was written since.

use muster::api::{Command, Outcome, Reply};
use muster::engine::{Input, Text};
use muster::model::{Edit, File, Place, Value};

use super::desk::Desk;

const NODES: &str = "\
nodes:
  n001:
    comment: one   # first
  n002:
    comment: two
  n003: {}
";

fn set(desk: &mut Desk, name: &str, key: &str, value: &str) -> Outcome {
    let reply = desk.ask(Command::Change {
        edits: vec![Edit::Set {
            place: Place::node(name),
            key: key.into(),
            value: Value::Text(value.into()),
        }],
        base: None,
        note: None,
        dry: false,
        by: "ana".into(),
    });
    outcome(reply)
}

fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Change(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn redo(desk: &mut Desk) -> Reply {
    let (dry, by) = (false, "ana".into());
    desk.ask(Command::Redo { dry, by })
}

fn text(desk: &Desk) -> String {
    desk.disk.content().unwrap().to_owned()
}

fn save_by_hand(desk: &mut Desk, text: &str) {
    desk.disk = Text::Content(text.into());
    desk.feed(Input::Owner {
        file: File::Nodes,
        name: Some("ben".into()),
    });
    desk.reread();
}

fn faults(desk: &mut Desk) -> String {
    desk.snapshot()
        .faults
        .iter()
        .map(|fault| format!("{fault}\n"))
        .collect()
}

#[test]
fn what_went_back_is_told_and_brought_in_again_beside_what_was_written() {
    let mut desk = Desk::new(NODES);
    let copy = text(&desk);
    let first = set(&mut desk, "n001", "comment", "changed")
        .revision
        .unwrap();
    set(&mut desk, "n003", "image", "rocky9");
    let ours = text(&desk);
    save_by_hand(&mut desk, &copy.replace("comment: two", "comment: theirs"));
    assert_eq!(
        desk.view.by_name("n001").unwrap().comment.as_deref(),
        Some("one")
    );
    let said = faults(&mut desk);
    for word in [
        "nodes.conf was saved by hand (ben) over",
        &format!("r{first}, r{}", first + 1),
        "2 keys went back",
        "comment of node n001",
        "muster redo",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let back = outcome(redo(&mut desk));
    assert!(
        back.summary
            .contains(&format!("redo r{first}, r{}", first + 1)),
        "{}",
        back.summary
    );
    assert_eq!(text(&desk), ours.replace("comment: two", "comment: theirs"));
    assert!(!faults(&mut desk).contains("saved by hand"));
    let reply = redo(&mut desk);
    assert!(
        matches!(reply, Reply::Refused(_)),
        "there is no second time: {reply:?}"
    );
}

#[test]
fn what_is_about_the_same_lines_is_brought_in_by_value() {
    let mut desk = Desk::new(NODES);
    let copy = text(&desk);
    set(&mut desk, "n002", "comment", "ours");
    set(&mut desk, "n002", "tags.rack", "r1");
    // The line beside ours is another one now.
    save_by_hand(
        &mut desk,
        &copy.replace("comment: two", "comment: two   # why\n    init: /x"),
    );
    outcome(redo(&mut desk));
    let now = text(&desk);
    for line in ["comment: ours", "rack: r1", "init: /x", "# why"] {
        assert!(now.contains(line), "{line}: {now}");
    }
}

#[test]
fn a_node_that_went_with_it_comes_again_with_its_lines() {
    let mut desk = Desk::new(NODES);
    let copy = text(&desk);
    let edits = vec![
        Edit::Add {
            place: Place::node("n009"),
        },
        Edit::Write {
            place: Place::node("n009"),
            text: "comment: new   # kept\n".into(),
        },
    ];
    let (base, note, dry, by) = (None, None, false, "ana".into());
    outcome(desk.ask(Command::Change {
        edits,
        base,
        note,
        dry,
        by,
    }));
    let ours = text(&desk);
    save_by_hand(&mut desk, &copy.replace("two", "theirs"));
    assert!(desk.view.by_name("n009").is_none());
    assert!(faults(&mut desk).contains("node n009"));
    desk.restart();
    outcome(redo(&mut desk));
    assert_eq!(text(&desk), ours.replace("two", "theirs"));
}

#[test]
fn an_edit_by_hand_that_takes_nothing_back_is_no_fault() {
    let mut desk = Desk::new(NODES);
    set(&mut desk, "n001", "comment", "changed");
    let now = text(&desk);
    save_by_hand(&mut desk, &now.replace("changed", "again"));
    save_by_hand(&mut desk, &now.replace("changed", "and again"));
    assert!(!faults(&mut desk).contains("saved by hand"));
    // What a hand wrote and a hand took back is nobody else's.
    save_by_hand(&mut desk, &now.replace("changed", "again"));
    assert!(!faults(&mut desk).contains("saved by hand"));
    let (before, limit) = (None, 10);
    let Reply::Log(rows) = desk.ask(Command::Log { before, limit }) else {
        panic!()
    };
    assert_eq!(&*rows[0].by, "by hand (ben)");
    // It is still there for an undo.
    let (revision, dry, by) = (None, false, "ana".into());
    outcome(desk.ask(Command::Undo { revision, dry, by }));
    assert!(text(&desk).contains("and again"));
}
