//! Many nodes, and anything at all.

use muster::fleet::{
    Arch, Beacon, BootId, DhcpEvent, DhcpStep, Event, Fleet, Form, Part, Proto, Stage, Step,
    TransferEvent, TransferId, What, Who, why,
};
use muster::kit::{Mac, Stamp};
use muster::model::NodeId;

use crate::support::world::{Voice, at, ip, view};

#[test]
fn ten_thousand_nodes_come_up() {
    let count = 10_000;
    let view = view(count);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let mut story: Vec<Event> = (0..count)
        .flat_map(|n| Voice::new(n, u64::from(n) + 1).boots(u64::from(n % 997) * 13))
        .collect();
    story.sort_by_key(|event| event.at);
    let mut ended = 0;
    for (n, event) in story.iter().enumerate() {
        fleet.tick(event.at);
        fleet.absorb(event, &view);
        if n % 1000 == 0 {
            ended += fleet.take_touched().boots_ended.len();
        }
    }
    ended += fleet.take_touched().boots_ended.len();
    assert_eq!(ended, count as usize);
    let up = (0..count)
        .filter(|n| fleet.status(NodeId(*n)).stage == Stage::Up)
        .count();
    assert_eq!(up, count as usize);
    assert_eq!(fleet.next_deadline(), None);
}

/// A small generator, so that a failure can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn what(dice: &mut Dice) -> What {
    match dice.roll(10) {
        0..=3 => What::Dhcp(DhcpEvent {
            step: [
                DhcpStep::Discover,
                DhcpStep::Offer,
                DhcpStep::Request,
                DhcpStep::Ack,
                DhcpStep::Nak,
                DhcpStep::Decline,
                DhcpStep::Release,
                DhcpStep::Inform,
                DhcpStep::Unanswered,
                DhcpStep::Proxy,
            ][dice.roll(10) as usize],
            form: [Form::Pxe, Form::HttpBoot, Form::Ipxe, Form::Os][dice.roll(4) as usize],
            arch: (dice.roll(2) == 0).then(|| Arch(dice.roll(65_536) as u16)),
            ip: (dice.roll(2) == 0).then(|| ip(dice.roll(9) as u32)),
            via: ["eno1", "relay 10.4.0.9", ""][dice.roll(3) as usize].into(),
            uuid: None,
            note: (dice.roll(2) == 0).then(|| "full".into()),
        }),
        4..=7 => What::Transfer(TransferEvent {
            id: TransferId(dice.roll(300)),
            proto: [Proto::Tftp, Proto::Http][dice.roll(2) as usize],
            part: [
                Part::Loader,
                Part::Script,
                Part::Kernel,
                Part::Initramfs,
                Part::Image,
                Part::System,
                Part::Runtime,
                Part::File,
            ][dice.roll(8) as usize],
            path: "/x/\u{7}y".into(),
            peer: ip(dice.roll(9) as u32).into(),
            step: match dice.roll(4) {
                0 => Step::Started {
                    size: (dice.roll(2) == 0).then(|| [0, 5, u64::MAX][dice.roll(3) as usize]),
                    offset: [0, 1, u64::MAX][dice.roll(3) as usize],
                },
                1 => Step::Finished {
                    sent: [0, 5, u64::MAX][dice.roll(3) as usize],
                    ms: [0, 5, u64::MAX][dice.roll(3) as usize],
                },
                2 => Step::Broken {
                    sent: dice.roll(2),
                    why: "gone".into(),
                },
                _ => Step::Refused {
                    status: [0, 1, 401, 403, 404, 503][dice.roll(6) as usize],
                    why: "no".into(),
                },
            },
        }),
        8 => What::Beacon {
            beacon: [
                Beacon::KernelStart,
                Beacon::InitStarted,
                Beacon::RootReady,
                Beacon::Up,
                Beacon::Failed("network".into()),
                Beacon::Note("x".into()),
            ][dice.roll(6) as usize]
                .clone(),
            queued_ms: [0, 10, u64::MAX][dice.roll(3) as usize],
        },
        _ => What::Rival {
            server: ip(dice.roll(100) as u32),
            via: "eno1".into(),
            what: "offered".into(),
        },
    }
}

#[test]
fn a_million_random_events_do_no_harm() {
    let view = view(8);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut now = 0;
    for n in 0..1_000_000_u64 {
        now += dice.roll(400);
        let who = match dice.roll(12) {
            0 => Who::Server,
            1 => Who::Stranger(Mac::ethernet(
                dice.roll(1 << 40).to_be_bytes()[2..].try_into().unwrap(),
            )),
            2 => Who::Node(NodeId(u32::MAX)),
            _ => Who::Node(NodeId(dice.roll(9) as u32)),
        };
        let stamp = [at(now), at(now), at(now), Stamp(0), Stamp(u64::MAX)][if dice.roll(50) == 0 {
            dice.roll(5) as usize
        } else {
            0
        }];
        let event = Event {
            at: stamp,
            who,
            boot: [
                None,
                Some(BootId(n / 500)),
                Some(BootId(n / 500 + 1)),
                Some(BootId(3)),
            ][dice.roll(4) as usize],
            what: what(&mut dice),
        };
        let before: Vec<_> = (0..8)
            .map(|n| {
                fleet
                    .boot(NodeId(n))
                    .map(|b| (b.id, b.began, b.plan, b.stage()))
            })
            .collect();
        fleet.absorb(&event, &view);
        for (node, old) in before.into_iter().enumerate() {
            let Some((id, began, plan, stage)) = old else {
                continue;
            };
            let boot = fleet.boot(NodeId(node as u32)).unwrap();
            if (boot.id, boot.began, boot.plan) == (id, began, plan) {
                assert!(plan.rank(boot.stage()) >= plan.rank(stage), "{event:?}");
            }
        }
        let _ = fleet.line(&event);
        if n % 7 == 0 {
            fleet.tick(at(now));
            fleet.progress(
                &[(TransferId(dice.roll(300)), dice.roll(u64::MAX))],
                [n, n],
                at(now),
            );
        }
        if n % 97 == 0 {
            let verdict = why(&fleet, &view, NodeId(dice.roll(9) as u32), at(now));
            assert!(!verdict.headline.is_empty());
            let _ = fleet.take_touched();
        }
    }
    assert!(fleet.strangers().len() <= muster::fleet::CROWD);
    assert!(fleet.rivals().len() <= 16);
    for n in 0..8 {
        assert!(
            fleet
                .boot(NodeId(n))
                .is_none_or(|boot| boot.events().len() <= 24)
        );
    }
}
