//! Nodes that a reboot would change, and what a change says of nodes that run or boot.

use std::sync::Arc;
use std::time::Duration;

use muster::api::{Command, DriftReport, DriftRow, Outcome, Reply};
use muster::boot::load::{Files, Load, Next, Piece};
use muster::engine::{Input, Seen};
use muster::fleet::{
    Beacon, BootId, DhcpEvent, DhcpStep, Differs, Drift, Ended, Event, Form, Past, What, Who,
};
use muster::model::{Edit, NodeId, Place, Value};
use muster::overlay::{Entry, Listing, Sort};

use super::desk::Desk;

const NODES: &str = "\
nodeprofiles:
  default:
    image name: rocky9
    kernel:
      args: [quiet]
nodes:
  n1: {profiles: [default]}
  n2: {profiles: [default]}
  n3: {profiles: [default], image name: own}
  n4: {profiles: [default]}
";

/// A node asks for an address in a boot of that number.
fn boots(desk: &mut Desk, name: &str, boot: u64) {
    let dhcp = DhcpEvent {
        step: DhcpStep::Ack,
        form: Form::Pxe,
        arch: None,
        ip: None,
        via: "eno1".into(),
        uuid: None,
        note: None,
    };
    tell(desk, name, boot, What::Dhcp(dhcp));
}

/// It says that it is up.
fn comes_up(desk: &mut Desk, name: &str, boot: u64) {
    boots(desk, name, boot);
    let beacon = Beacon::Up;
    let queued_ms = 0;
    tell(desk, name, boot, What::Beacon { beacon, queued_ms });
}

fn tell(desk: &mut Desk, name: &str, boot: u64, what: What) {
    let who = Who::Node(desk.view.by_name(name).unwrap().id);
    let event = Event {
        at: desk.now,
        who,
        boot: Some(BootId(boot)),
        what,
    };
    desk.feed(Input::Event(event));
}

fn change(desk: &mut Desk, place: Place, key: &str, value: &str, dry: bool) -> Outcome {
    let edit = Edit::Set {
        place,
        key: key.into(),
        value: Value::Text(value.into()),
    };
    let command = Command::Change {
        edits: vec![edit],
        base: None,
        note: None,
        dry,
        by: "ana".into(),
    };
    match desk.ask(command) {
        Reply::Change(outcome) => *outcome,
        other => panic!("{other:?}"),
    }
}

fn drift(desk: &mut Desk) -> DriftReport {
    match desk.ask(Command::Drift { names: None }) {
        Reply::Drift(found) => *found,
        other => panic!("{other:?}"),
    }
}

/// The rows that would change, or of which it is not known.
fn drifting(desk: &mut Desk) -> Vec<DriftRow> {
    let mut rows = drift(desk).rows;
    rows.retain(|row| &*row.drift != "no");
    rows
}

fn entry(path: &str, content: &str, mode: u32) -> Arc<Entry> {
    Arc::new(Entry {
        path: path.into(),
        sort: Sort::File,
        mode,
        uid: 0,
        gid: 0,
        digest: Some(content.into()),
        overlay: "site".into(),
    })
}

/// What a boot consists of.
fn load(kernel: &str, args: &str, image: &str, files: &[(&str, &str, u32)]) -> Arc<Load> {
    let piece = |text: &str| {
        Some(Piece {
            name: text.into(),
            digest: Some(format!("digest of {text}").into()),
        })
    };
    let digest: Arc<str> = format!("{files:?}").into();
    let entries = files
        .iter()
        .map(|(path, text, mode)| entry(path, text, *mode));
    let listing = Listing {
        digest: digest.clone(),
        entries: entries.collect(),
    };
    Arc::new(Load {
        kernel: piece(kernel),
        initramfs: None,
        image: piece(image),
        args: Some(args.into()),
        system: Some(Files {
            digest,
            listing: Some(listing.into()),
        }),
    })
}

fn plain() -> Arc<Load> {
    load("6.1", "quiet", "rocky9", &[("/etc/motd", "hello", 0o644)])
}

fn id(desk: &Desk, name: &str) -> NodeId {
    desk.view.by_name(name).unwrap().id
}

fn given(desk: &mut Desk, name: &str, boot: u64, load: &Arc<Load>) {
    let row = (id(desk, name), BootId(boot), load.clone());
    desk.feed(Input::Drift(Seen::Given(vec![row])));
}

fn foreseen(desk: &mut Desk, name: &str, next: Next) {
    let row = (id(desk, name), next);
    desk.feed(Input::Drift(Seen::Foreseen(vec![row])));
}

fn listed(desk: &Desk, name: &str) -> Drift {
    let id = id(desk, name);
    desk.mirror
        .status_of(id)
        .map_or(Drift::Idle, |status| status.drift)
}

/// `n1`, `n2` and `n3` are up and would boot what they run; nobody saw what `n4` was given, and it is up too.
fn all_up() -> Desk {
    let mut desk = Desk::new(NODES);
    desk.attach();
    desk.feed(Input::Drift(Seen::Begun(Vec::new())));
    for (boot, name) in (1..).zip(["n1", "n2", "n3", "n4"]) {
        comes_up(&mut desk, name, boot);
        if name != "n4" {
            given(&mut desk, name, boot, &plain());
            foreseen(&mut desk, name, Ok(plain()));
        }
    }
    desk.later(Duration::from_secs(1));
    desk
}

#[test]
fn a_change_says_who_runs_the_old_image_and_who_boots_from_it_now() {
    let mut desk = Desk::new(NODES);
    comes_up(&mut desk, "n1", 1);
    boots(&mut desk, "n2", 2);
    comes_up(&mut desk, "n3", 3);
    let profile = || Place::profile("default");
    let shown = change(&mut desk, profile(), "image", "rocky10", true);
    assert_eq!(
        shown.impact.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        [
            "3 nodes change at next boot, 1 override it",
            "1 of them runs image rocky9 until it reboots",
            "1 of them boots from image rocky9 right now: what it has not fetched yet comes as changed",
        ]
    );
    let shown = change(&mut desk, profile(), "init", "/bin/sh", true);
    assert_eq!(
        shown.impact.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
        [
            "4 nodes change at next boot",
            "2 of them are up and go on as before until then",
            "1 of them boots right now: what it has not fetched yet comes as changed",
        ]
    );
}

#[test]
fn before_anybody_looks_nothing_is_known() {
    let mut desk = Desk::new(NODES);
    comes_up(&mut desk, "n1", 1);
    let Reply::Refused(refusal) = desk.ask(Command::Drift { names: None }) else {
        panic!("nobody looks");
    };
    assert!(refusal.what.contains("only running servers know"));
}

#[test]
fn nodes_that_would_boot_what_they_run_do_not_change() {
    let mut desk = all_up();
    assert_eq!(listed(&desk, "n1"), Drift::No);
    assert_eq!(listed(&desk, "n4"), Drift::Unknown);
    let found = drift(&mut desk);
    assert_eq!(found.idle, 0);
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|row| (&*row.drift, &*row.nodes, row.count))
        .collect();
    assert_eq!(rows, [("unknown", "n4", 1), ("no", "n[1-3]", 3)]);
    assert!(found.rows[0].why.as_ref().unwrap().contains("not known"));
}

#[test]
fn what_would_be_another_one_is_told_for_all_that_are_alike() {
    let mut desk = all_up();
    let files = [("/etc/issue", "new", 0o644), ("/etc/motd", "hello", 0o600)];
    let next = load("6.2", "quiet debug", "rocky9", &files);
    for name in ["n1", "n2"] {
        foreseen(&mut desk, name, Ok(next.clone()));
    }
    desk.later(Duration::from_secs(1));
    let differs = Differs {
        kernel: true,
        args: true,
        files: 2,
        ..Differs::default()
    };
    assert_eq!(listed(&desk, "n2"), Drift::Yes(differs));
    assert_eq!(differs.to_string(), "kernel args 2 files");
    let rows = drifting(&mut desk);
    let row = &rows[0];
    assert_eq!((&*row.nodes, row.count), ("n[1-2]", 2));
    let parts: Vec<_> = row
        .parts
        .iter()
        .map(|part| (&*part.part, part.runs.as_deref(), part.next.as_deref()))
        .collect();
    assert_eq!(
        parts,
        [
            (
                "kernel",
                Some("6.1 (digest of 6.)"),
                Some("6.2 (digest of 6.)")
            ),
            ("args", None, Some("debug")),
        ]
    );
    let files: Vec<_> = row
        .files
        .iter()
        .map(|file| (&*file.path, file.what.join(",")))
        .collect();
    assert_eq!(
        files,
        [
            ("/etc/issue", "added".to_owned()),
            ("/etc/motd", "mode 0644 → 0600".to_owned())
        ]
    );
    // Another boot with that ends it.
    comes_up(&mut desk, "n1", 9);
    desk.later(Duration::from_secs(1));
    assert_eq!(
        listed(&desk, "n1"),
        Drift::Unknown,
        "nobody saw yet what it was given"
    );
    given(&mut desk, "n1", 9, &next);
    desk.later(Duration::from_secs(1));
    assert_eq!(listed(&desk, "n1"), Drift::No);
    assert_eq!(&*drifting(&mut desk)[0].nodes, "n2");
}

#[test]
fn a_node_that_is_not_up_runs_nothing() {
    let mut desk = all_up();
    boots(&mut desk, "n1", 20);
    desk.later(Duration::from_secs(1));
    assert_eq!(listed(&desk, "n1"), Drift::Idle);
    assert_eq!(drift(&mut desk).idle, 1);
}

#[test]
fn a_reboot_that_would_hang_is_told_first() {
    let mut desk = all_up();
    foreseen(
        &mut desk,
        "n2",
        Ok(load("6.1", "", "rocky9", &[("/etc/motd", "hello", 0o644)])),
    );
    foreseen(&mut desk, "n3", Err("image own is not built".into()));
    let rows = drifting(&mut desk);
    assert_eq!(&*rows[0].nodes, "n3");
    assert_eq!(
        rows[0].why.as_deref(),
        Some("would not come up: image own is not built")
    );
    assert_eq!(&*rows[1].parts[0].part, "args");
    desk.later(Duration::from_secs(1));
    assert!(matches!(
        listed(&desk, "n3"),
        Drift::Yes(Differs { fails: true, .. })
    ));
}

#[test]
fn the_settings_that_changed_since_the_boot_say_why() {
    let mut desk = all_up();
    change(
        &mut desk,
        Place::profile("default"),
        "image",
        "rocky10",
        false,
    );
    change(
        &mut desk,
        Place::node("n2"),
        "comment",
        "takes effect at once",
        false,
    );
    let next = load("6.1", "quiet", "rocky10", &[("/etc/motd", "hello", 0o644)]);
    foreseen(&mut desk, "n1", Ok(next.clone()));
    foreseen(&mut desk, "n2", Ok(next));
    let rows = drifting(&mut desk);
    assert_eq!(&*rows[0].nodes, "n[1-2]");
    let setting = &rows[0].settings[0];
    assert_eq!(rows[0].settings.len(), 1);
    assert_eq!(
        (
            &*setting.key,
            setting.runs.as_deref(),
            setting.next.as_deref()
        ),
        ("image", Some("rocky9"), Some("rocky10"))
    );
}

#[test]
fn one_part_that_nobody_saw_is_not_taken_for_the_same() {
    let mut desk = all_up();
    let mut half = Load::clone(&plain());
    half.kernel = None;
    given(&mut desk, "n1", 1, &Arc::new(half));
    desk.later(Duration::from_secs(1));
    assert_eq!(listed(&desk, "n1"), Drift::Unknown);
    let rows = drifting(&mut desk);
    let why = rows
        .iter()
        .find(|row| &*row.nodes == "n1")
        .unwrap()
        .why
        .clone();
    assert_eq!(
        why.as_deref(),
        Some("nobody saw which kernel they were given")
    );
    // What is known to differ counts all the same.
    foreseen(&mut desk, "n1", Ok(load("6.1", "other", "rocky9", &[])));
    desk.later(Duration::from_secs(1));
    assert!(matches!(listed(&desk, "n1"), Drift::Yes(_)));
}

#[test]
fn a_look_that_takes_long_is_told() {
    let mut desk = all_up();
    let looking = vec![id(&desk, "n1")];
    desk.feed(Input::Drift(Seen::Looking(looking)));
    desk.later(Duration::from_secs(1));
    assert_eq!(listed(&desk, "n1"), Drift::Looking);
    assert_eq!(&*drifting(&mut desk)[0].drift, "looking");
    foreseen(&mut desk, "n1", Ok(plain()));
    desk.later(Duration::from_secs(1));
    assert_eq!(listed(&desk, "n1"), Drift::No);
}

#[test]
fn a_file_is_compared_with_what_the_node_was_given() {
    let mut desk = all_up();
    desk.feed(Input::Command {
        ticket: muster::engine::Ticket(700),
        command: Command::DriftOf {
            name: "n1".into(),
            path: "/etc/motd".into(),
            secrets: false,
        },
    });
    let (ticket, asked) = desk.compares.pop().unwrap();
    assert_eq!(ticket.0, 700);
    assert_eq!(asked.runs.unwrap().digest.as_deref(), Some("hello"));
    let unknown = desk.ask(Command::DriftOf {
        name: "n4".into(),
        path: "/etc/motd".into(),
        secrets: false,
    });
    assert!(matches!(unknown, Reply::Refused(_)), "{unknown:?}");
}

#[test]
fn after_a_restart_what_was_kept_is_known() {
    let mut desk = Desk::new(NODES);
    desk.later(Duration::from_secs(10));
    let began = desk.now;
    let past = |boot, name: &str| {
        let mut trail = [None; 8];
        trail[7] = Some(began);
        Past {
            id: BootId(boot),
            node: name.into(),
            image: None,
            began,
            ended: Some((began, Ended::Up)),
            trail,
            note: None,
        }
    };
    desk.restart_after(vec![past(1, "n1"), past(3, "n3")]);
    let kept = (id(&desk, "n1"), BootId(1), plain());
    desk.feed(Input::Drift(Seen::Begun(vec![kept])));
    foreseen(
        &mut desk,
        "n1",
        Ok(load(
            "6.1",
            "loud",
            "rocky9",
            &[("/etc/motd", "hello", 0o644)],
        )),
    );
    let rows = drifting(&mut desk);
    let rows: Vec<_> = rows.iter().map(|row| (&*row.drift, &*row.nodes)).collect();
    assert_eq!(rows, [("yes", "n1"), ("unknown", "n3")]);
}

#[test]
fn an_answer_waits_for_a_look_and_not_for_ever() {
    let mut desk = all_up();
    desk.blind = true;
    let ask = |desk: &mut Desk, ticket| {
        desk.feed(Input::Command {
            ticket: muster::engine::Ticket(ticket),
            command: Command::Drift { names: None },
        });
    };
    ask(&mut desk, 801);
    ask(&mut desk, 802);
    assert!(desk.replies.is_empty(), "nobody has looked yet");
    desk.feed(Input::Drift(Seen::Looked(1)));
    let answered: Vec<u64> = desk.replies.drain(..).map(|(ticket, _)| ticket.0).collect();
    assert_eq!(answered, [801]);
    desk.later(Duration::from_secs(11));
    desk.feed(Input::Tick);
    let answered: Vec<u64> = desk.replies.drain(..).map(|(ticket, _)| ticket.0).collect();
    assert_eq!(answered, [802]);
}
