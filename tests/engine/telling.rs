//! What is said of the registry's faults, and which events are given to who asks.

use std::time::Duration;

use muster::api::{Command, EventRow, Reply};
use muster::boot::ipxe::site::Known;
use muster::engine::{Input, Text};
use muster::fleet::{Beacon, What, Who};
use muster::model::{Fault, Level};

use super::desk::Desk;

const NODES: &str = "\
nodeprofiles:
  default:
    kernel:
      args:
        - quiet
        - \"console=ttyS0  # ${net0/mac}\"
nodes:
  n1:
    profiles: [default]
    ipxe template: locldisk
    kernel: {args: [it's, ok]}
  n2:
    profiles: [default]
    ipxe template: mine
  n3:
    ipxe template: nonsense
";

fn faults(desk: &mut Desk) -> Vec<Fault> {
    desk.snapshot().faults
}

fn line(faults: &[Fault], word: &str) -> String {
    let found = faults.iter().find(|fault| fault.what.contains(word));
    found.map_or_else(
        || format!("nothing of {word} in {faults:?}"),
        ToString::to_string,
    )
}

#[test]
fn kernel_arguments_that_cannot_be_passed_on_are_told_with_their_place() {
    let mut desk = Desk::new(NODES);
    let faults = faults(&mut desk);
    let shared = line(&faults, "net0");
    assert!(
        shared.starts_with("/srv/etc/muster/nodes.conf:6:12: node n"),
        "{shared}"
    );
    let own = line(&faults, "it's");
    assert!(
        own.starts_with("/srv/etc/muster/nodes.conf:11:21: node n1: "),
        "{own}"
    );
    assert!(own.contains("a single quote"), "{own}");
}

#[test]
fn a_script_that_nobody_has_is_told_with_its_place_and_the_likeliest() {
    let mut desk = Desk::new(NODES);
    let told = faults(&mut desk);
    let near = line(&told, "`locldisk`");
    assert!(
        near.starts_with("/srv/etc/muster/nodes.conf:10:20: node n1: there is no iPXE script"),
        "{near}"
    );
    assert!(near.contains("did you mean `localdisk`?"), "{near}");
    let far = line(&told, "`nonsense`");
    assert!(far.contains("/srv/etc/muster/ipxe/NAME.ipxe"), "{far}");
    assert!(line(&told, "`mine`").contains("no iPXE script"));

    // The site writes one, and mistypes another.
    let broken = Fault::error("Go templates lack an end");
    desk.feed(Input::Scripts(vec![
        Known {
            name: "mine".into(),
            faults: vec![],
        },
        Known {
            name: "nonsens".into(),
            faults: vec![broken],
        },
    ]));
    let told = faults(&mut desk);
    assert!(line(&told, "`mine`").starts_with("nothing"), "{told:?}");
    assert!(line(&told, "`nonsense`").contains("did you mean `nonsens`?"));
    assert!(line(&told, "Go templates").starts_with("Go templates"));

    // A commit looks again.
    desk.disk = Text::Content(NODES.replace("nonsense", "nonsens").into());
    desk.reread();
    assert!(line(&faults(&mut desk), "`nonsens`").starts_with("nothing"));
}

fn events(desk: &mut Desk, level: Option<Level>, limit: u32) -> Vec<EventRow> {
    let command = Command::Events {
        name: None,
        boot: None,
        before: None,
        level,
        limit,
    };
    match desk.ask(command) {
        Reply::Events(rows) => rows,
        other => panic!("{other:?}"),
    }
}

#[test]
fn packets_push_out_nothing_that_matters() {
    let mut desk = Desk::new(NODES);
    let node = desk.view.by_name("n2").unwrap().id;
    let beacon = What::Beacon {
        beacon: Beacon::Failed("no disk".into()),
        queued_ms: 0,
    };
    desk.event(Who::Node(node), beacon);
    for _ in 0..3000 {
        desk.stranger_asks("52:54:00:12:34:56".parse().unwrap());
        desk.later(Duration::from_millis(1));
    }
    let news = events(&mut desk, Some(Level::Error), 1);
    assert!(news[0].text.contains("no disk"), "{news:?}");
    let packets = events(&mut desk, None, 5);
    assert!(packets.iter().all(|row| row.level == Level::Debug));
    assert_eq!(packets.len(), 5);
    // Who attaches is given what matters too, and packets up to a number.
    let snapshot = desk.snapshot();
    assert!(
        snapshot
            .events
            .iter()
            .any(|row| row.text.contains("no disk"))
    );
    let shown = snapshot
        .events
        .iter()
        .filter(|row| row.level == Level::Debug);
    assert_eq!(shown.count(), 500);
    assert!(snapshot.events.is_sorted_by_key(|row| row.seq));
    let name = "n2".into();
    let Reply::Node(detail) = desk.ask(Command::Node { name }) else {
        panic!("no detail");
    };
    assert!(detail.events.iter().all(|row| row.level >= Level::Info));
}

#[test]
fn levels_travel_as_words() {
    let asked = "/v1/events?limit=3&level=warning";
    let command = Command::from_request("GET", asked, b"", "ana").unwrap();
    assert!(matches!(
        command,
        Command::Events {
            level: Some(Level::Warning),
            limit: 3,
            ..
        }
    ));
    assert_eq!(command.route().target, asked);
    let refusal = Command::from_request("GET", "/v1/events?level=loud", b"", "ana").unwrap_err();
    assert!(refusal.fix.unwrap().contains("debug, info"));
    let refusal = Command::from_request("GET", "/v1/nope", b"", "ana").unwrap_err();
    assert!(refusal.is_no_route() && refusal.fix.unwrap().contains("/v1/events"));
}
