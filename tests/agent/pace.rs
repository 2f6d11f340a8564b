//! When nodes ask: never all of them in the same second.

use std::collections::HashMap;
use std::time::Duration;

use muster::agent::Pace;

use crate::support::noise::dice;

/// The most of ten thousand waits that end in the same second.
fn rush(mut wait: impl FnMut(u64) -> Duration) -> usize {
    let mut dice = dice(0x9ace);
    let mut seconds: HashMap<u64, usize> = HashMap::new();
    for _ in 0..10_000 {
        *seconds.entry(wait(dice.roll()).as_secs()).or_default() += 1;
    }
    seconds.into_values().max().unwrap()
}

#[test]
fn ten_thousand_nodes_never_ask_together() {
    // All of them started in the same second.
    assert!(rush(|luck| Pace::first(60, luck)) < 300);
    assert!(rush(|luck| Pace::first(3600, luck)) < 300);
    // All of them were answered in the same second.
    let most = rush(|luck| Pace::default().answered(60, luck));
    assert!(most < 1200, "{most}");
    // The server was gone for a while.
    let most = rush(|luck| {
        let mut pace = Pace::default();
        for _ in 0..8 {
            pace.failed(60, luck);
        }
        pace.failed(60, luck)
    });
    assert!(most < 400, "{most}");
}

#[test]
fn failures_wait_longer_each_time_up_to_a_limit() {
    let mut pace = Pace::default();
    let most = |wait: Duration, limit: u64| {
        assert!(
            wait >= Duration::from_millis(limit * 500) && wait <= Duration::from_secs(limit),
            "{wait:?} {limit}"
        );
    };
    for (turn, limit) in [2, 4, 8, 16, 32, 64, 120, 120, 120].into_iter().enumerate() {
        most(pace.failed(60, turn as u64 * 7_919_777), limit);
    }
    for _ in 0..5000 {
        most(pace.failed(60, 99), 120);
    }
    // One answer, and it is as before.
    let wait = pace.answered(60, u64::MAX);
    assert!(
        wait >= Duration::from_secs(54) && wait <= Duration::from_secs(66),
        "{wait:?}"
    );
    most(pace.failed(60, 3), 2);
    most(pace.failed(3600, 3), 4);
    assert_eq!(Pace::first(0, 77), Duration::ZERO);
}
