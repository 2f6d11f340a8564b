//! What attached clients are told: a snapshot plus deltas is a snapshot, and silence when nothing happens.

use std::time::Duration;

use muster::api::{Command, Reply};
use muster::engine::{Input, Text};
use muster::fleet::{Arch, BootId, DhcpEvent, DhcpStep, Form, What, Who};
use muster::model::NodeId;

use super::desk::Desk;

fn nodes(count: u32) -> String {
    let mut text = String::from("nodes:\n");
    for n in 1..=count {
        let device = format!(
            "hwaddr: 52:54:00:00:{:02x}:{:02x}\n        ipaddr: 10.7.{}.{}",
            n >> 8,
            n & 255,
            n >> 8,
            n & 255
        );
        text.push_str(&format!(
            "  n{n:03}:\n    network devices:\n      default:\n        {device}\n"
        ));
    }
    text
}

fn discover() -> What {
    What::Dhcp(DhcpEvent {
        step: DhcpStep::Discover,
        form: Form::Ipxe,
        arch: Some(Arch(7)),
        ip: None,
        via: "eno1".into(),
        uuid: None,
        note: None,
    })
}

#[test]
fn a_snapshot_with_its_deltas_is_the_later_snapshot() {
    let mut desk = Desk::new(&nodes(40));
    desk.attach();
    for step in 0..200u32 {
        let node = NodeId(step * 7 % 40);
        let event = muster::fleet::Event {
            at: desk.now,
            who: Who::Node(node),
            boot: Some(BootId(u64::from(step))),
            what: discover(),
        };
        desk.feed(Input::Event(event));
        if step == 90 {
            desk.disk = Text::Content(nodes(41).into());
            desk.reread();
        }
        desk.later(Duration::from_millis(37));
    }
    desk.later(Duration::from_secs(1));
    let fresh = desk.snapshot();
    let mirror = &desk.mirror;
    assert_eq!(mirror.head.revision, fresh.revision);
    assert_eq!(mirror.head.nodes, fresh.nodes);
    for (id, status) in &fresh.status {
        let mirrored = mirror.status_of(*id).cloned().unwrap_or_default();
        assert_eq!(&mirrored, status, "{id:?}");
    }
    assert_eq!(mirror.head.faults, fresh.faults);
    assert!(
        desk.deltas < 90,
        "at most ten deltas a second, this is {} in 8 s",
        desk.deltas
    );
}

#[test]
fn an_idle_engine_tells_nothing() {
    let mut desk = Desk::new(&nodes(3));
    desk.attach();
    desk.later(Duration::from_secs(1));
    let deltas = desk.deltas;
    for _ in 0..100 {
        desk.feed(Input::Progress {
            samples: Vec::new(),
            totals: [0, 0],
        });
        desk.later(Duration::from_secs(1));
    }
    assert_eq!(desk.deltas, deltas);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let mut desk = Desk::new(&nodes(20));
    let Reply::Refused(refusal) = desk.ask(Command::Node {
        name: "n0177".into(),
    }) else {
        panic!("not refused")
    };
    assert_eq!(refusal.fix.as_deref(), Some("did you mean `n017`?"));
}

#[test]
fn a_fault_is_told_once_and_goes_when_it_is_mended() {
    let mut desk = Desk::new(&nodes(2));
    desk.attach();
    let bad = format!("{}  n9:\n    image nmae: x\n", nodes(2));
    desk.disk = Text::Content(bad.into());
    desk.reread();
    desk.reread();
    let told = desk
        .snapshot()
        .events
        .iter()
        .filter(|row| &*row.kind == "fault")
        .count();
    assert_eq!(told, 1);
    let fault = desk.snapshot().faults.remove(0);
    assert!(fault.hint.unwrap().contains("image name"));
    desk.disk = Text::Content(nodes(2).into());
    desk.reread();
    assert_eq!(desk.snapshot().faults, []);
}

#[test]
fn an_unreadable_file_leaves_the_registry_in_force() {
    let mut desk = Desk::new(&nodes(2));
    let conf = Text::Content(super::desk::CONF.into());
    desk.feed(Input::Files {
        conf,
        nodes: Text::Unreadable("Input/output error".into()),
    });
    assert_eq!(desk.view.nodes.len(), 2);
    assert!(
        desk.snapshot()
            .faults
            .iter()
            .any(|fault| fault.what.contains("Input/output error"))
    );
}

#[test]
fn every_command_is_a_route_and_back() {
    use muster::kit::Mac;
    use muster::model::Table;
    let commands = [
        Command::Snapshot,
        Command::Node {
            name: "n 1/ü".into(),
        },
        Command::Why { name: "n1".into() },
        Command::Events {
            name: Some("n&1".into()),
            boot: Some(BootId(4)),
            before: Some(9),
            level: None,
            limit: 3,
        },
        Command::Events {
            name: None,
            boot: None,
            before: None,
            level: None,
            limit: 1,
        },
        Command::Boots {
            name: Some("n1".into()),
            limit: 5,
        },
        Command::Adopt {
            mac: Mac::ethernet([1, 2, 3, 4, 5, 6]),
            name: Some("n\"7".into()),
            by: "ana".into(),
        },
        Command::Merged {
            table: Table::Profiles,
            names: Some("gpu,a&b".into()),
            keys: vec!["net.*.mtu".into()],
            sources: true,
            secrets: false,
        },
        Command::Conflicts {
            table: Table::Profiles,
            names: Some("gpu,a&b".into()),
        },
        Command::Conflicts {
            table: Table::Nodes,
            names: None,
        },
        Command::Drift {
            names: Some("n[1-3]".into()),
        },
        Command::Drift { names: None },
        Command::DriftOf {
            name: "n 1".into(),
            path: "/etc/a b&c".into(),
            secrets: true,
        },
        Command::Images,
        Command::Settings,
        Command::Reload,
        Command::Stop,
    ];
    for command in commands {
        let route = command.route();
        let body = route.body.unwrap_or_default();
        assert_eq!(
            Command::from_request(route.method, &route.target, body.as_bytes(), "ana"),
            Ok(command)
        );
    }
}
