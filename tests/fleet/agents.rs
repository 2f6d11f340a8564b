//! What agents say of running nodes, and what becomes of it.

use muster::fleet::{Beacon, Condition, DhcpStep, Fleet, Form, Refresh, Stage};
use muster::model::{Level, NodeId, View};

use crate::support::world::{Voice, at, view};

const N: NodeId = NodeId(0);

fn word(digest: char, fault: Option<&str>, again: bool) -> Beacon {
    Beacon::Refresh(Box::new(Refresh {
        version: "0.1.0".into(),
        digest: Some(digest.to_string().repeat(64).into()),
        uptime: 60,
        load: 12,
        fault: fault.map(Into::into),
        again,
        ..Refresh::default()
    }))
}

fn up() -> (Fleet, View, Voice) {
    let view = view(2);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let voice = Voice::new(0, 7);
    for event in voice.boots(0) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).stage, Stage::Up);
    (fleet, view, voice)
}

#[test]
fn the_overlay_that_a_node_has_is_known_until_it_boots_again() {
    let (mut fleet, view, voice) = up();
    assert!(fleet.agent(N).is_none());
    for (ms, digest) in [
        (60_000, 'a'),
        (120_000, 'a'),
        (180_000, 'b'),
        (240_000, 'b'),
    ] {
        fleet.absorb(&voice.beacon(ms, word(digest, None, false)), &view);
    }
    let agent = fleet.agent(N).unwrap();
    assert_eq!((agent.at, agent.since), (at(240_000), at(180_000)));
    assert_eq!(
        agent.refresh.digest.as_deref(),
        Some("b".repeat(64).as_str())
    );
    assert_eq!(fleet.status(N).heard, Some(at(240_000)));

    let discover = Voice::new(0, 8).dhcp(300_000, Form::Pxe, DhcpStep::Discover, None);
    fleet.absorb(&discover, &view);
    assert!(
        fleet.agent(N).is_none(),
        "what it had is gone with its memory"
    );
    // The old system's last word, late: the boot does not end by it.
    fleet.absorb(&voice.beacon(300_100, word('b', None, false)), &view);
    assert!(fleet.agent(N).is_none());
    assert_eq!(fleet.status(N).stage, Stage::Dhcp);
}

#[test]
fn an_agent_that_cannot_do_its_work_is_trouble_until_it_can() {
    let (mut fleet, view, voice) = up();
    let fault = Some("/etc/x cannot be written: No space left on device");
    fleet.absorb(&voice.beacon(60_000, word('a', fault, false)), &view);
    let status = fleet.status(N);
    assert_eq!(
        (status.stage, status.condition),
        (Stage::Up, Condition::Failed)
    );
    assert!(
        status.note.as_deref().unwrap().contains("No space left"),
        "{status:?}"
    );
    // It fetches all of it again at each interval, and that alone mends nothing.
    for event in voice.file(120_000, 9, muster::fleet::Part::Runtime, 100, 5) {
        fleet.absorb(&event, &view);
    }
    assert_eq!(fleet.status(N).condition, Condition::Failed);
    fleet.absorb(&voice.beacon(121_000, word('a', fault, true)), &view);
    assert_eq!(
        fleet.status(N).since,
        at(60_000),
        "since it began, not since it was said again"
    );
    fleet.absorb(&voice.beacon(180_000, word('b', None, false)), &view);
    assert_eq!(fleet.status(N).condition, Condition::Fine);
    assert_eq!(fleet.status(N).note, None);
}

#[test]
fn what_is_said_again_is_no_news() {
    let voice = Voice::new(0, 7);
    let level = |beacon| voice.beacon(0, beacon).level();
    assert_eq!(level(word('a', None, false)), Level::Info);
    assert_eq!(level(word('a', None, true)), Level::Debug);
    assert_eq!(level(word('a', Some("no room"), false)), Level::Error);
    assert_eq!(level(word('a', Some("no room"), true)), Level::Debug);
    let text = voice.beacon(0, word('a', Some("no room"), false)).text();
    assert!(text.contains("no room"), "{text}");
}

#[test]
fn a_node_whose_agent_speaks_is_up() {
    let view = view(2);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let voice = Voice::new(0, 7);
    // Its image has nothing that could send a beacon, but the agent that an overlay brought.
    let all = voice.boots(0);
    let silent = all
        .iter()
        .filter(|event| event.kind() != "beacon" || event.text().contains("kernel"));
    for event in silent {
        fleet.absorb(event, &view);
    }
    assert_ne!(fleet.status(N).stage, Stage::Up);
    fleet.absorb(&voice.beacon(30_000, Beacon::InitStarted), &view);
    fleet.absorb(&voice.beacon(60_000, word('a', None, false)), &view);
    assert_eq!(fleet.status(N).stage, Stage::Up);
    assert!(fleet.agent(N).is_some());
}
