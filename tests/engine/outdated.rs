//! Nodes that booted with something else than they would boot with now, and what a change says of nodes that run or boot.

use std::time::Duration;

use muster::api::{Command, Outcome, Outdated, Reply};
use muster::engine::Input;
use muster::fleet::{Beacon, BootId, DhcpEvent, DhcpStep, Ended, Event, Form, Past, What, Who};
use muster::model::{Edit, Place, Value};

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

fn outdated(desk: &mut Desk) -> Outdated {
    match desk.ask(Command::Outdated { names: None }) {
        Reply::Outdated(found) => *found,
        other => panic!("{other:?}"),
    }
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
fn nodes_that_need_a_boot_are_known_by_what_they_booted_with() {
    let mut desk = Desk::new(NODES);
    for (boot, name) in (1..).zip(["n1", "n2", "n3"]) {
        comes_up(&mut desk, name, boot);
    }
    assert_eq!(outdated(&mut desk), Outdated::default());
    let profile = || Place::profile("default");
    change(&mut desk, profile(), "image", "rocky10", false);
    change(
        &mut desk,
        Place::node("n2"),
        "comment",
        "takes effect at once",
        false,
    );
    let found = outdated(&mut desk);
    assert_eq!(
        (found.count, &*found.nodes, found.unknown),
        (2, "n[1-2]", 0)
    );
    let row = &found.rows[0];
    assert_eq!(
        (
            &*row.key,
            row.runs.as_deref(),
            row.next.as_deref(),
            &*row.nodes
        ),
        ("image", Some("rocky9"), Some("rocky10"), "n[1-2]")
    );
    // Another boot brings it up to date, and so does taking the change back.
    comes_up(&mut desk, "n1", 7);
    assert_eq!(&*outdated(&mut desk).nodes, "n2");
    change(&mut desk, profile(), "image", "rocky9", false);
    assert_eq!(&*outdated(&mut desk).nodes, "n1");
}

#[test]
fn after_a_restart_only_what_no_change_has_reached_is_known() {
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
    desk.later(Duration::from_secs(10));
    change(&mut desk, Place::node("n3"), "init", "/bin/sh", false);
    let boots = vec![past(1, "n1"), past(3, "n3")];
    desk.restart_after(boots);
    let found = outdated(&mut desk);
    assert_eq!((found.count, found.unknown), (0, 1), "{found:?}");
    change(&mut desk, Place::node("n1"), "init", "/bin/sh", false);
    assert_eq!(&*outdated(&mut desk).nodes, "n1");
}
