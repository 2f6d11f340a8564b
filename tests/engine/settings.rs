//! The server's settings take the road of every change.

use muster::api::{Command, LogRow, Outcome, Reply};
use muster::engine::Text;
use muster::model::{Edit, File, Place, Value};

use super::desk::{CONF, Desk};

const NODES: &str = "nodes:\n  n001:\n    comment: first\n";

fn set(key: &str, value: &str) -> Edit {
    Edit::Set {
        place: Place::settings(),
        key: key.into(),
        value: Value::Text(value.into()),
    }
}

fn unset(key: &str) -> Edit {
    Edit::Unset {
        place: Place::settings(),
        key: key.into(),
    }
}

fn change(edits: Vec<Edit>, base: Option<u64>) -> Command {
    Command::Change {
        edits,
        base,
        note: None,
        dry: false,
        by: "ana".into(),
    }
}

fn undo() -> Command {
    Command::Undo {
        revision: None,
        dry: false,
        by: "bob".into(),
    }
}

fn done(reply: Reply) -> Outcome {
    match reply {
        Reply::Change(outcome) => *outcome,
        other => panic!("not done: {other:?}"),
    }
}

fn refused(reply: Reply) -> String {
    match reply {
        Reply::Faulty(faults) => faults[0].to_string(),
        Reply::Refused(refusal) => refusal.what.to_string(),
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

fn text(desk: &Desk) -> String {
    desk.conf.content().unwrap_or_default().to_owned()
}

#[test]
fn a_setting_is_changed_told_and_taken_back() {
    let mut desk = Desk::new(NODES);
    let outcome = done(desk.ask(change(
        vec![set("dhcp.lease", "1h"), set("access", "compatible")],
        None,
    )));
    assert_eq!(&*outcome.summary, "set access, dhcp.lease in muster.conf");
    assert_eq!(
        text(&desk),
        CONF.replace("dhcp:", "access: compatible\ndhcp:").replace(
            "  range end: 10.7.9.99\n",
            "  range end: 10.7.9.99\n  lease: 1h\n"
        )
    );
    assert_eq!(desk.view.settings.dhcp.lease.as_secs(), 3600);
    assert_eq!(desk.view.revision, outcome.revision.unwrap());
    let row = log(&mut desk).remove(0);
    assert_eq!((&*row.by, row.revision), ("ana", desk.view.revision));
    done(desk.ask(undo()));
    assert_eq!(text(&desk), CONF);
    assert_eq!(desk.view.settings.dhcp.lease.as_secs(), 12 * 3600);
}

#[test]
fn settings_and_nodes_are_undone_each_in_its_own_file() {
    let mut desk = Desk::new(NODES);
    done(desk.ask(change(vec![set("cluster", "gauss")], None)));
    let node = Edit::Set {
        place: Place::node("n001"),
        key: "comment".into(),
        value: Value::Text("other".into()),
    };
    done(desk.ask(change(vec![node.clone()], None)));
    let nodes = desk.disk.clone();
    let first = log(&mut desk)[1].revision;
    done(desk.ask(Command::Undo {
        revision: Some(first),
        dry: false,
        by: "bob".into(),
    }));
    assert_eq!((text(&desk), &desk.disk), (CONF.into(), &nodes));
    let both = desk.ask(change(vec![set("cluster", "gauss"), node], None));
    assert!(refused(both).contains("two changes"));
}

#[test]
fn the_second_of_two_authors_of_one_setting_is_told() {
    let mut desk = Desk::new(NODES);
    let base = Some(desk.view.revision);
    done(desk.ask(change(vec![set("dhcp.lease", "1h")], base)));
    done(desk.ask(change(vec![set("access", "compatible")], base)));
    let Reply::Clash(rows) = desk.ask(change(vec![set("dhcp.lease", "2h")], base)) else {
        panic!("nobody was told");
    };
    assert_eq!(
        (&*rows[0].key, &*rows[0].names),
        ("dhcp.lease", "muster.conf")
    );
    assert_eq!(rows[0].theirs.as_deref(), Some("1h"));
}

#[test]
fn a_hand_edit_is_a_revision_and_merges_with_ours() {
    let mut desk = Desk::new(NODES);
    desk.conf = Text::Content(format!("{CONF}cluster: gauss\n").into());
    done(desk.ask(change(vec![set("dhcp.lease", "1h")], None)));
    assert!(text(&desk).contains("cluster: gauss") && text(&desk).contains("lease: 1h"));
    let rows = log(&mut desk);
    assert_eq!(
        (&*rows[1].by, &*rows[1].summary),
        ("by hand", "set cluster in muster.conf")
    );
    done(desk.ask(Command::Undo {
        revision: Some(rows[1].revision),
        dry: false,
        by: "bob".into(),
    }));
    assert!(!text(&desk).contains("gauss") && text(&desk).contains("lease: 1h"));
}

#[test]
fn everything_is_undone_after_a_restart() {
    let mut desk = Desk::new(NODES);
    done(desk.ask(change(vec![set("cluster", "gauss")], None)));
    desk.restart();
    assert_eq!(&*desk.view.settings.cluster, "gauss");
    desk.conf = Text::Content(text(&desk).replace("gauss", "euler").into());
    desk.restart();
    let rows = log(&mut desk);
    assert_eq!(rows.len(), 2, "{rows:?}");
    done(desk.ask(undo()));
    assert!(text(&desk).contains("gauss"));
    done(desk.ask(undo()));
    assert_eq!(text(&desk), CONF);
}

#[test]
fn a_file_that_is_not_there_is_made_and_unmade() {
    let mut desk = Desk::over(Text::Absent, NODES);
    done(desk.ask(change(
        vec![set("networks.blue.subnet", "10.1.0.0/24")],
        None,
    )));
    assert_eq!(text(&desk), "networks:\n  blue:\n    subnet: 10.1.0.0/24\n");
    done(desk.ask(change(vec![unset("networks.blue.subnet")], None)));
    assert_eq!(text(&desk), "");
    done(desk.ask(undo()));
    assert_eq!(desk.view.settings.networks.len(), 1);
    assert_eq!(Place::settings().to_string(), File::Conf.name());
}

#[test]
fn what_the_file_would_be_faulty_with_is_refused() {
    let mut desk = Desk::new(NODES);
    for (edit, why) in [
        (set("dhcp.leese", "1h"), "did you mean `dhcp.lease`"),
        (set("dhcp.lease", "soon"), "is not a time"),
        (set("dhcp.start", "10.6.0.1"), "is not in 10.7.0.0/16"),
        (unset("dhcp.end"), "needs a `range end`"),
        (set("cluster name", "x"), "there is no setting"),
    ] {
        let what = refused(desk.ask(change(vec![edit], None)));
        assert!(what.contains(why), "{what}");
    }
    let two = |second: &str| {
        vec![
            unset("dhcp.start"),
            unset("dhcp.end"),
            set("networks.a.subnet", "10.7.0.0/16"),
            set("networks.b.subnet", second),
        ]
    };
    let what = refused(desk.ask(change(two("10.7.3.0/24"), None)));
    assert!(what.contains("overlaps"), "{what}");
    assert_eq!(text(&desk), CONF);
    done(desk.ask(change(two("10.8.3.0/24"), None)));
}
