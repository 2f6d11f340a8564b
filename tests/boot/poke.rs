//! Who is told that something changed, and how fast.

use std::net::SocketAddr;
use std::time::Duration;

use muster::boot::poke::{Ear, Pokes};
use muster::kit::Stamp;
use muster::model::NodeId;

fn ear(n: u32) -> Ear {
    Ear {
        to: SocketAddr::from(([10, 0, (n >> 8) as u8, n as u8], 4000)),
        token: format!("token-of-node-{n:06}").into(),
    }
}

fn cluster(nodes: u32) -> Pokes {
    let mut pokes = Pokes::default();
    (0..nodes).for_each(|n| pokes.hears(NodeId(n), Some(ear(n))));
    pokes
}

const START: Stamp = Stamp(1_000_000);

fn later(ms: u64) -> Stamp {
    START + Duration::from_millis(ms)
}

#[test]
fn ten_thousand_nodes_are_told_within_a_minute_and_never_at_once() {
    let mut pokes = cluster(10_000);
    assert_eq!(pokes.want((0..10_000).map(NodeId)), 10_000);
    let mut seconds = vec![0; 100];
    let mut told = std::collections::BTreeSet::new();
    for step in 0..2000u64 {
        for ear in pokes.due(later(step * 50)) {
            seconds[step as usize / 20] += 1;
            assert!(
                told.insert(ear.token.to_string()),
                "{} was told twice",
                ear.token
            );
            // It asks at once.
            let n = ear.token[14..].parse().unwrap();
            pokes.hears(NodeId(n), Some(ear));
        }
        if told.len() == 10_000 {
            break;
        }
    }
    assert_eq!(told.len(), 10_000);
    let most = seconds.iter().max().unwrap();
    assert!(*most <= 240, "{most} in one second");
    assert!(seconds.iter().filter(|count| **count > 0).count() <= 60);
    for step in 0..200 {
        assert!(pokes.due(later(200_000 + step * 50)).is_empty());
    }
    assert!(!pokes.busy());
}

#[test]
fn many_changes_are_one_word_and_a_lost_word_is_said_again() {
    let mut pokes = cluster(3);
    for _ in 0..5 {
        pokes.want([NodeId(0), NodeId(1), NodeId(7)]);
    }
    assert_eq!(pokes.want([NodeId(7)]), 0, "nobody knows where it hears");
    assert_eq!(pokes.due(later(0)), [ear(0), ear(1)]);
    assert!(pokes.due(later(50)).is_empty() && pokes.busy());
    // What changes while it is on its way to ask needs no other word.
    pokes.changed([NodeId(0), NodeId(1)]);
    assert!(pokes.due(later(100)).is_empty());
    pokes.hears(NodeId(0), Some(ear(0)));
    // The other one did not ask: twice more, then it is left alone.
    assert!(pokes.due(later(2900)).is_empty());
    assert_eq!(pokes.due(later(3000)), [ear(1)]);
    assert_eq!(pokes.due(later(6100)), [ear(1)]);
    for step in 0..20 {
        assert!(pokes.due(later(9200 + step * 1000)).is_empty());
        pokes.changed([NodeId(1)]);
    }
    assert!(!pokes.busy());
    // A person who insists is heard, and so is who asks by itself.
    pokes.want([NodeId(1)]);
    assert_eq!(pokes.due(later(40_000)), [ear(1)]);
    pokes.hears(NodeId(1), Some(ear(2)));
    pokes.changed([NodeId(1)]);
    assert_eq!(pokes.due(later(50_000)), [ear(2)]);
}

#[test]
fn who_asked_by_itself_or_is_gone_is_not_told() {
    let mut pokes = cluster(3);
    pokes.want((0..3).map(NodeId));
    pokes.hears(NodeId(0), Some(ear(0)));
    pokes.hears(NodeId(1), None);
    pokes.retain(|id| id != NodeId(2));
    assert!(pokes.due(later(0)).is_empty());
    assert_eq!(pokes.reachable().collect::<Vec<_>>(), [NodeId(0)]);
    assert!(!pokes.busy());
}

#[test]
fn an_agent_that_speaks_without_end_is_heard_now_and_then() {
    let mut pokes = Pokes::default();
    let heard = (0..10_000u64).filter(|ms| pokes.speaks(NodeId(1), later(*ms)));
    let heard = heard.count();
    assert!((20..=60).contains(&heard), "{heard}");
    // Another one is heard all the same.
    assert!(pokes.speaks(NodeId(2), later(10_000)));
}
