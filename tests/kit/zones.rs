//! Times as wall clocks show them.

use jiff::tz::TimeZone;
use muster::kit::{Stamp, Zone};

#[test]
fn a_stamp_is_shown_in_its_zone() {
    // 2026-03-29 01:00 UTC is the moment at which central Europe goes from 02:00 to 03:00.
    let turn = Stamp(1_774_746_000_000);
    let before = Stamp(turn.0 - 1);
    let utc = Zone::default();
    assert_eq!(utc.moment(turn), "2026-03-29 01:00:00");
    assert_eq!(utc.precise(before), "00:59:59.999");
    let rule = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let berlin = Zone::from(rule);
    assert_eq!(berlin.time(before), "01:59:59");
    assert_eq!(berlin.time(turn), "03:00:00");
    assert_eq!(berlin.precise_moment(turn), "2026-03-29 03:00:00.000");
}

#[test]
fn another_day_is_told_by_its_date() {
    let (now, utc) = (Stamp(1_774_746_000_000), Zone::default());
    let hour = 3_600_000;
    let early = Stamp(now.0 - hour);
    let yesterday = Stamp(now.0 - 2 * hour);
    assert_eq!(utc.near(early, now), "00:00:00");
    assert_eq!(utc.near(yesterday, now), "Mar 28");
    assert_eq!(utc.near_precise(early, now), "00:00:00.000");
    assert_eq!(utc.near_precise(yesterday, now), "Mar 28 23:00");
    // Which day it is, the zone decides.
    let east = Zone::from(TimeZone::posix("EET-2").unwrap());
    assert_eq!(east.near(yesterday, now), "01:00:00");
}

#[test]
fn no_stamp_is_too_large() {
    assert_eq!(Zone::default().time(Stamp(u64::MAX)), "00:00:00");
}
