//! Speeds and estimates.

use std::time::Duration;

use muster::fleet::{Fleet, Flow, Rate, Stage, TransferId};
use muster::kit::Stamp;
use muster::model::NodeId;

use crate::support::world::{Voice, at, view};

#[test]
fn a_rate_settles_on_the_speed_and_follows_it() {
    let mut rate = Rate::default();
    for n in 0..40_u64 {
        rate.read(n * 250_000, Stamp(n * 250));
    }
    assert_eq!(rate.per_second(), 1_000_000);
    for n in 1..80_u64 {
        rate.read(39 * 250_000 + n * 500_000, Stamp(39 * 250 + n * 250));
    }
    assert!(
        (1_990_000..=2_000_000).contains(&rate.per_second()),
        "{}",
        rate.per_second()
    );
}

#[test]
fn a_counter_that_starts_anew_gives_no_nonsense() {
    let mut rate = Rate::default();
    rate.read(1_000_000, Stamp(0));
    rate.read(2_000_000, Stamp(1000));
    rate.read(10, Stamp(2000));
    assert_eq!(rate.per_second(), 0);
    rate.read(10, Stamp(2000));
    rate.read(1_010, Stamp(3000));
    assert_eq!(rate.per_second(), 1_000);
}

#[test]
fn traffic_rests_when_nothing_is_under_way() {
    let mut fleet = Fleet::new();
    for n in 0..20_u64 {
        fleet.progress(&[(TransferId(1), n)], [n * 1_000, n * 100_000], at(n * 100));
    }
    let flow = fleet.traffic();
    assert_eq!(
        flow,
        Flow {
            tftp: 10_000,
            http: 1_000_000,
            transfers: 1
        }
    );
    assert!(fleet.take_touched().traffic);
    fleet.progress(&[], [19_000, 1_900_000], at(2_100));
    assert_eq!(fleet.traffic(), Flow::default());
    fleet.take_touched();
    fleet.progress(&[], [19_000, 1_900_000], at(2_200));
    assert!(!fleet.take_touched().traffic);
}

#[test]
fn the_estimate_comes_from_boots_of_the_same_image() {
    let view = view(2);
    let mut fleet = Fleet::new();
    fleet.registry(&view);
    let second = Voice::new(1, 9);
    fleet.absorb(&second.boots(0)[0], &view);
    assert_eq!(fleet.status(NodeId(1)).eta, None, "nothing is known yet");
    for n in 1..6 {
        for event in Voice::new(0, n).boots(n * 100_000) {
            fleet.absorb(&event, &view);
        }
    }
    // Every boot took 38 s, so a boot that began just now will take as long.
    let third = Voice::new(1, 10);
    fleet.absorb(&third.boots(900_000)[0], &view);
    assert_eq!(fleet.status(NodeId(1)).eta, Some(at(938_000)));
    // The image comes at half the usual speed: the estimate moves with the bytes.
    for event in third.boots(900_000).into_iter().take(15) {
        fleet.absorb(&event, &view);
    }
    let id = TransferId(1_103);
    for n in 1..14_u64 {
        fleet.progress(&[(id, n * 32_000_000)], [0, 0], at(904_000 + n * 1_000));
    }
    let status = fleet.status(NodeId(1));
    assert_eq!(status.stage, Stage::Image);
    let left = status.eta.unwrap().since(at(917_000));
    assert!(
        left > Duration::from_secs(24) && left < Duration::from_secs(36),
        "{left:?}"
    );
}
