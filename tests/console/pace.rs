//! When frames may be drawn.

use std::time::Duration;

use muster::console::term::pace::Pace;
use muster::kit::Stamp;

#[test]
fn news_come_at_most_twenty_times_a_second() {
    let mut pace = Pace::default();
    assert_eq!(pace.earliest(), Stamp(0));
    pace.wrote(Stamp(1_000), 100, Duration::from_millis(1), true);
    assert_eq!(pace.earliest(), Stamp(1_050));
}

#[test]
fn a_stalling_terminal_gets_five() {
    let mut pace = Pace::default();
    pace.wrote(Stamp(1_000), 100, Duration::from_millis(300), true);
    assert_eq!(pace.earliest(), Stamp(1_200));
    pace.wrote(Stamp(1_200), 100, Duration::from_millis(2), true);
    assert_eq!(pace.earliest(), Stamp(1_250));
}

#[test]
fn a_busy_fleet_stays_under_eight_kilobytes_a_second() {
    let (mut pace, mut now, mut sent) = (Pace::default(), Stamp(1), 0);
    let end = Stamp(10_001);
    loop {
        now = pace.earliest().max(now);
        if now >= end {
            break;
        }
        pace.wrote(now, 2_000, Duration::from_millis(1), true);
        sent += 2_000;
    }
    assert!(sent <= 82_000, "{sent}");
    assert!(sent >= 60_000, "it should use what it may: {sent}");
}

#[test]
fn keystrokes_cost_nothing() {
    let mut pace = Pace::default();
    for at in 0..100 {
        pace.wrote(Stamp(1_000 + at), 20_000, Duration::from_millis(1), false);
    }
    assert_eq!(pace.earliest(), Stamp(1_149));
}
