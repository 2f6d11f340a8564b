//! Anything in any order: nothing panics, every command is answered, and a mirror is what a fresh snapshot says.

use std::time::Duration;

use muster::api::{Command, Mirror, Update};
use muster::engine::{ClientId, Input, SaveError, Text};
use muster::fleet::{
    Arch, Beacon, BootId, DhcpEvent, DhcpStep, Event, Form, Part, Proto, Step, TransferEvent,
    TransferId, What, Who,
};
use muster::kit::Mac;
use muster::model::{Fault, NodeId};

use super::desk::{CONF, Desk};

/// A small generator, so that a failure can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }
}

/// A registry text, usually good.
fn nodes(dice: &mut Dice) -> String {
    let mut text = String::from("nodeprofiles:\n  default: {image name: small}\nnodes:\n");
    for n in 0..dice.roll(12) {
        let device = format!(
            "default: {{hwaddr: \"52:54:00:00:00:{n:02x}\", ipaddr: 10.7.0.{}}}",
            n + 10
        );
        let cluster =
            ["", "    cluster name: b\n", "    discoverable: yes\n"][dice.roll(3) as usize];
        if dice.roll(4) > 0 {
            text.push_str(&format!(
                "  n{n:03}:\n{cluster}    comment: c{}\n    network devices:\n      {device}\n",
                dice.roll(3)
            ));
        }
    }
    match dice.roll(8) {
        0 => text.push_str("  n099:\n    image nmae: x\n"),
        1 => text.push_str("  \"n050: {\n"),
        2 => text.clear(),
        _ if text.ends_with("nodes:\n") => text = "nodes: {}\n".into(),
        _ => {}
    }
    text
}

fn what(dice: &mut Dice) -> What {
    let dhcp = DhcpStep::Discover;
    match dice.roll(4) {
        0 => What::Dhcp(DhcpEvent {
            step: dice.of(&[dhcp, DhcpStep::Offer, DhcpStep::Ack, DhcpStep::Unanswered]),
            form: dice.of(&[Form::Pxe, Form::Ipxe, Form::Os]),
            arch: Some(Arch(7)),
            ip: Some([10, 7, 9, dice.roll(250) as u8].into()),
            via: "eno1".into(),
            uuid: None,
            note: None,
        }),
        1 => What::Beacon {
            beacon: dice
                .of(&[&Beacon::KernelStart, &Beacon::InitStarted, &Beacon::Up])
                .clone(),
            queued_ms: dice.roll(3) * 1000,
        },
        _ => What::Transfer(TransferEvent {
            id: TransferId(dice.roll(40)),
            proto: Proto::Http,
            part: dice.of(&[Part::Script, Part::Kernel, Part::Image, Part::Runtime]),
            path: "/x".into(),
            peer: [10, 7, 9, 1].into(),
            step: match dice.roll(4) {
                0 => Step::Finished { sent: 9, ms: 3 },
                1 => Step::Refused {
                    status: 404,
                    why: "no image".into(),
                },
                _ => Step::Started {
                    size: Some(1 << 20),
                    offset: 0,
                },
            },
        }),
    }
}

fn event(dice: &mut Dice, desk: &Desk) -> Event {
    let who = match dice.roll(8) {
        0 => Who::Stranger(Mac::ethernet([2, 0, 0, 0, 0, dice.roll(20) as u8])),
        1 => Who::Server,
        _ => Who::Node(NodeId(dice.roll(14) as u32)),
    };
    Event {
        at: desk.now,
        who,
        boot: (dice.roll(5) > 0).then(|| BootId(dice.roll(60))),
        what: what(dice),
    }
}

fn command(dice: &mut Dice) -> Command {
    let name: std::sync::Arc<str> = format!("n{:03}", dice.roll(14)).into();
    match dice.roll(8) {
        0 => Command::Node { name },
        1 => Command::Why { name },
        2 => Command::Events {
            name: Some(name),
            boot: None,
            before: None,
            level: None,
            limit: 9,
        },
        3 => Command::Boots {
            name: None,
            limit: 9,
        },
        4 => Command::Reload,
        5 => Command::Settings,
        _ => Command::Adopt {
            mac: Mac::ethernet([2, 0, 0, 0, 0, dice.roll(20) as u8]),
            name: (dice.roll(2) == 0).then_some(name),
            by: "ana".into(),
        },
    }
}

fn step(dice: &mut Dice, desk: &mut Desk) {
    match dice.roll(20) {
        0 => {
            desk.disk = Text::Content(nodes(dice).into());
            desk.reread();
        }
        1 => {
            let conf = Text::Content(format!("{CONF}cluster name: c{}\n", dice.roll(3)).into());
            let nodes = match dice.roll(4) {
                0 => Text::Unreadable("Input/output error".into()),
                1 => Text::Absent,
                _ => desk.disk.clone(),
            };
            desk.feed(Input::Files { conf, nodes });
        }
        2 => {
            let fault = Fault::error(format!("trouble {}", dice.roll(3)));
            let faults = (0..dice.roll(3)).map(|_| fault.clone()).collect();
            desk.feed(Input::Faults {
                origin: "overlays",
                faults,
            });
        }
        3 => desk.trouble = Some(SaveError::Io("No space left on device".into())),
        4 | 5 => {
            desk.ask(command(dice));
        }
        6 => {
            let sent = dice.roll(1 << 20);
            let samples = vec![(TransferId(dice.roll(40)), sent)];
            desk.feed(Input::Progress {
                samples,
                totals: [sent, dice.roll(3) * 100],
            });
        }
        7 => desk.feed(Input::Attach(ClientId(2))),
        8 => desk.feed(Input::Detach(ClientId(2))),
        _ => {
            let event = event(dice, desk);
            desk.feed(Input::Event(event));
        }
    }
    desk.later(Duration::from_millis(dice.roll(400)));
}

/// Both, told everything, hold the same.
fn agree(desk: &mut Desk, seed: u64) {
    desk.later(Duration::from_millis(200));
    let fresh = desk.snapshot();
    let mut other = Mirror::default();
    other.absorb(Update::Snapshot(Box::new(fresh)));
    let mirror = &mut desk.mirror;
    assert_eq!(mirror.head.nodes, other.head.nodes, "seed {seed}");
    assert_eq!(mirror.tally, other.tally, "seed {seed}");
    for row in &other.head.nodes {
        let idle = Default::default();
        let (ours, theirs) = (mirror.status_of(row.id), other.status_of(row.id));
        assert_eq!(
            ours.unwrap_or(&idle),
            theirs.unwrap_or(&idle),
            "seed {seed}, {}",
            row.name
        );
    }
    assert_eq!(
        mirror.events.iter().next_back(),
        other.events.iter().next_back(),
        "seed {seed}"
    );
    other.head.now = mirror.head.now;
    other.head.version = mirror.head.version.clone();
    assert_eq!(mirror.head, other.head, "seed {seed}");
}

#[test]
fn a_mirror_is_what_a_fresh_snapshot_says_whatever_happens() {
    for seed in 1..60u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut desk = Desk::new(&nodes(&mut dice));
        if dice.roll(2) == 0 {
            desk.attach();
        }
        for _ in 0..dice.roll(60) {
            step(&mut dice, &mut desk);
        }
        desk.attach();
        for _ in 0..120 {
            step(&mut dice, &mut desk);
            if dice.roll(10) == 0 {
                agree(&mut desk, seed);
            }
        }
        agree(&mut desk, seed);
    }
}
