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
fn no_stamp_is_too_large() {
    assert_eq!(Zone::default().time(Stamp(u64::MAX)), "00:00:00");
}
