//! The server's settings take the road of every change.

use muster::api::{Command, LogRow, Outcome, Reply, SettingRow};
use muster::engine::{Input, Revision, Text};
use muster::model::{Edit, File, Place, Settings, Table, Value};

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

fn row(desk: &mut Desk, key: &str) -> SettingRow {
    let Reply::Settings(rows) = desk.ask(Command::Settings) else {
        panic!("no settings");
    };
    let found = rows.into_iter().find(|row| &*row.key == key);
    found.unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn a_setting_says_everything_that_is_known_of_it() {
    let mut desk = Desk::new(NODES);
    let lease = row(&mut desk, "dhcp.lease");
    assert_eq!((&*lease.value, lease.set, lease.line), ("12h", false, None));
    assert_eq!((&*lease.section, &*lease.effect), ("DHCP", "at once"));
    assert!(lease.last.is_none() && lease.own.is_none());
    let edits = vec![
        set("dhcp.lease", "1h"),
        unset("dhcp.start"),
        unset("dhcp.end"),
        set("networks.blue.subnet", "10.7.0.0/16"),
    ];
    let revision = done(desk.ask(change(edits, None))).revision.unwrap();
    let lease = row(&mut desk, "dhcp.lease");
    assert_eq!((&*lease.value, &*lease.default), ("1h", "12h"));
    assert_eq!(lease.own, Some(Value::Text("1h".into())));
    assert_eq!(lease.line, Some(4));
    let last = lease.last.unwrap();
    assert_eq!((last.revision, &*last.by), (revision, "ana"));
    let access = row(&mut desk, "access");
    assert_eq!(access.choices, ["compatible".into(), "boot".into()]);
    let gateway = row(&mut desk, "networks.blue.gateway");
    assert_eq!((&*gateway.section, gateway.set), ("Network blue", false));
    assert_eq!(&*gateway.example, "10.0.0.1");
    assert!(row(&mut desk, "networks.blue.dns").list);

    // A faulty line is told at its key, and what is in force stays.
    desk.conf = Text::Content(text(&desk).replace("lease: 1h", "lease: soon").into());
    desk.reread();
    let lease = row(&mut desk, "dhcp.lease");
    assert_eq!(&*lease.value, "1h");
    assert!(lease.faults[0].what.contains("is not a time"), "{lease:?}");
}

#[test]
fn what_the_servers_run_with_is_told_where_it_is_something_else() {
    let mut desk = Desk::new(NODES);
    let running: Settings = (*desk.view.settings).clone();
    desk.feed(Input::Running(running.into()));
    assert_eq!(row(&mut desk, "server.port").running, None);
    let outcome = done(desk.ask(change(
        vec![set("server.port", "9000"), set("listen", "10.7.0.1")],
        None,
    )));
    let impact = outcome.impact.join("; ");
    assert!(impact.contains("nodes load by port 9000"), "{impact}");
    assert!(
        impact.contains("`listen` when muster is restarted"),
        "{impact}"
    );
    assert_eq!(
        row(&mut desk, "server.port").running.as_deref(),
        Some("9873")
    );
    assert_eq!(row(&mut desk, "listen").running.as_deref(), Some("0.0.0.0"));
    // What acts at once is never behind.
    done(desk.ask(change(vec![set("dhcp.lease", "1h")], None)));
    assert_eq!(row(&mut desk, "dhcp.lease").running, None);
}

#[test]
fn what_a_change_does_to_nodes_is_said_before_it_is_made() {
    let nodes = "nodes:\n  n001:\n    network devices: {e: {hwaddr: \"52:54:00:00:00:01\", ipaddr: 10.7.0.11}}\n  \
                 n002:\n    network devices: {e: {hwaddr: \"52:54:00:00:00:02\", ipaddr: 10.7.1.12}}\n";
    let mut desk = Desk::new(nodes);
    let here = vec![("eno1".to_owned(), "10.7.0.1/16".parse().unwrap())];
    desk.feed(Input::Addresses(here));
    let mut tried = |edits: Vec<Edit>| -> (String, Vec<String>) {
        let Command::Change {
            edits,
            base,
            note,
            by,
            ..
        } = change(edits, None)
        else {
            unreachable!()
        };
        let outcome = done(desk.ask(Command::Change {
            edits,
            base,
            note,
            dry: true,
            by,
        }));
        let warnings = outcome.warnings.iter().map(ToString::to_string);
        (outcome.impact.join("; "), warnings.collect())
    };
    let (impact, _) = tried(vec![set("dhcp.enabled", "no")]);
    assert!(
        impact.contains("none of 2 nodes is answered by DHCP"),
        "{impact}"
    );
    let narrow = || {
        vec![
            set("netmask", "255.255.255.0"),
            unset("dhcp.start"),
            unset("dhcp.end"),
        ]
    };
    let (impact, _) = tried(narrow());
    assert!(
        impact.contains("1 node is in no boot network any more"),
        "{impact}"
    );
    assert!(impact.contains("1 node is in network default"), "{impact}");
    let (impact, _) = tried(vec![set("access", "compatible")]);
    assert!(impact.contains("the secrets in them"), "{impact}");
    let (_, warnings) = tried(vec![
        unset("dhcp.start"),
        unset("dhcp.end"),
        set("networks.a.subnet", "10.7.0.0/16"),
        set("networks.a.interface", "eno9"),
        set("adopt.profiles", "gpu"),
    ]);
    assert!(
        warnings
            .iter()
            .any(|w| w.contains("eno9, which this machine does not have")),
        "{warnings:?}"
    );
    assert!(
        warnings.iter().any(|w| w.contains("no profile `gpu`")),
        "{warnings:?}"
    );
    assert_eq!(desk.saves, 0);
}

#[test]
fn a_journal_of_before_is_read_as_one_of_nodes() {
    let mut desk = Desk::new(NODES);
    let node = Edit::Set {
        place: Place::node("n001"),
        key: "comment".into(),
        value: Value::Text("other".into()),
    };
    done(desk.ask(change(vec![node], None)));
    let step = desk.journal.values().last().unwrap();
    let mut json = serde_json::to_value(step).unwrap();
    assert_eq!(
        json.as_object_mut().unwrap().remove("file").unwrap(),
        "nodes.conf"
    );
    let old: Revision = serde_json::from_value(json).unwrap();
    assert_eq!((old.file, &old), (File::Nodes, step));
}

#[test]
fn networks_come_go_and_get_other_names_whole() {
    let mut desk = Desk::over(Text::Absent, NODES);
    let network = |name: &str| Place {
        table: Table::Settings,
        name: format!("networks.{name}").into(),
    };
    let edits = vec![
        set("networks.a.subnet", "10.1.0.0/24"),
        set("networks.a.gateway", "10.1.0.1"),
    ];
    done(desk.ask(change(edits, None)));
    let to = "b".into();
    let rename = Edit::Rename {
        place: network("a"),
        to,
    };
    done(desk.ask(change(vec![rename.clone()], None)));
    assert_eq!(&*desk.view.settings.networks[0].name, "b");
    assert!(refused(desk.ask(change(vec![rename], None))).contains("there is no `networks.a`"));
    let add = Edit::Add {
        place: network("c"),
    };
    assert!(refused(desk.ask(change(vec![add], None))).contains("without a subnet"));
    let whole = Edit::Remove {
        place: Place::settings(),
    };
    assert!(refused(desk.ask(change(vec![whole], None))).contains("only a network"));
    done(desk.ask(change(
        vec![Edit::Remove {
            place: network("b"),
        }],
        None,
    )));
    assert!(desk.view.settings.networks.is_empty());
    done(desk.ask(undo()));
    done(desk.ask(undo()));
    assert_eq!(&*desk.view.settings.networks[0].name, "a");
}
