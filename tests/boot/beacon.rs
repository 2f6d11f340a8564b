//! Beacons as read.

use muster::boot::beacon::read;
use muster::boot::http::Target;
use muster::fleet::Beacon;
use muster::kit::Stamp;

#[test]
fn beacons_and_their_age() {
    let now = Stamp(100_000_000);
    let day = 24 * 3600 * 1000;
    let table = [
        ("name=kernel-start", Beacon::KernelStart, 0),
        ("name=init-started&age_ms=1500", Beacon::InitStarted, 1500),
        ("name=root-ready&age_ms=0", Beacon::RootReady, 0),
        ("name=up&age_ms=", Beacon::Up, 0),
        ("name=up&age_ms=99999999999999999999999", Beacon::Up, day),
        (
            "name=failed&text=no%20disk",
            Beacon::Failed("no disk".into()),
            0,
        ),
        ("name=failed", Beacon::Failed("".into()), 0),
        (
            "name=note&text=a%0d%0ab%1b[31mc",
            Beacon::Note("a b [31mc".into()),
            0,
        ),
        ("name=note&text=a%E2%80%AEb", Beacon::Note("a b".into()), 0),
        (
            "name=disk-found&text=sda",
            Beacon::Note("disk-found sda".into()),
            0,
        ),
    ];
    for (query, beacon, age) in table {
        let target = Target::parse(&format!("/beacon/52:54:00:00:00:01?{query}")).unwrap();
        let heard = read(&target, now).unwrap();
        assert_eq!(heard.beacon, beacon, "{query}");
        assert_eq!(
            (heard.queued_ms, heard.at),
            (age, Stamp(now.0 - age)),
            "{query}"
        );
    }
    for query in ["", "name=", "name=up&age_ms=-4", "name=up&age_ms=soon"] {
        let target = Target::parse(&format!("/beacon/x?{query}")).unwrap();
        assert!(read(&target, now).is_err(), "{query}");
    }
}

#[test]
fn a_long_text_is_cut() {
    let target = Target::parse(&format!(
        "/beacon/x?name=failed&text={}",
        "é".repeat(500).replace('é', "%C3%A9")
    ));
    let heard = read(&target.unwrap(), Stamp(5)).unwrap();
    let Beacon::Failed(text) = heard.beacon else {
        panic!("{heard:?}")
    };
    assert_eq!(text.chars().count(), 240);
}
