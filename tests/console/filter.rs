//! The filter language, as a table.

use std::time::Duration;

use muster::console::filter::Filter;
use muster::fleet::{Condition, Stage, Status};

use super::world::{NOW, bad, booting, row, up};

#[test]
fn what_matches() {
    let failed = bad(Stage::Image, Condition::Failed, 130, "404 rocky9-gpu.img");
    let off = Status::default();
    let cases: &[(&str, &Status, bool)] = &[
        ("", &failed, true),
        ("n417", &failed, true),
        ("n0417", &failed, true),
        ("417", &failed, true),
        ("n0418", &failed, false),
        ("404", &failed, true),
        ("ROCKY", &failed, true),
        ("rack:r14", &failed, true),
        ("rack:r1", &failed, false),
        ("rack:r1*", &failed, true),
        ("!rack:r14", &failed, false),
        ("image:rocky9*", &failed, true),
        ("image:*", &failed, true),
        ("profile:base", &failed, true),
        ("state:failed", &failed, true),
        ("state:fail*", &failed, true),
        ("state:*gpu*", &failed, true),
        ("!state:bad", &failed, false),
        ("state:up", &failed, false),
        ("state:bad", &failed, true),
        ("stage:image", &failed, true),
        ("tag:rack", &failed, true),
        ("tag:rack=r14", &failed, true),
        ("!tag:login", &failed, true),
        ("network:boot-a", &failed, true),
        ("age>2m", &failed, true),
        ("age>3m", &failed, false),
        ("age<3m", &failed, true),
        ("age>1s", &off, false),
        ("n[0400-0499]", &failed, true),
        ("n[0400-0416,0418]", &failed, false),
        ("n[0417]", &failed, true),
        ("x[0417]", &failed, false),
        ("rack:r14 state:failed age>2m", &failed, true),
        ("rack:r14 state:up", &failed, false),
    ];
    for (text, status, wanted) in cases {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.shows(&row(416), status, NOW), *wanted, "{text}");
    }
    let boots = Filter::parse("state:booting").unwrap();
    assert!(boots.shows(&row(1), &booting(Stage::Dhcp, 3), NOW));
    assert!(!boots.shows(&row(1), &up(1), NOW));
}

#[test]
fn what_is_wrong_is_said() {
    let said = |text: &str| Filter::parse(text).unwrap_err().to_string();
    assert!(
        said("rak:r07").contains("did you mean `rack`"),
        "{}",
        said("rak:r07")
    );
    for (text, word) in [
        ("age>soon", "soon"),
        ("age>99999999999999999999d", "9999"),
        ("up n[1-", "column 5"),
    ] {
        assert!(said(text).contains(word), "{text}: {}", said(text));
    }
}

#[test]
fn the_filter_for_problems_shows_what_needs_somebody() {
    let problems = Filter::problems();
    assert_eq!(problems.to_string(), "state:bad");
    assert!(problems.shows(
        &row(1),
        &bad(Stage::Dhcp, Condition::Stalled, 3, "silent"),
        NOW
    ));
    assert!(problems.shows(
        &row(1),
        &bad(Stage::Init, Condition::Failed, 3, "no carrier"),
        NOW
    ));
    assert!(!problems.shows(&row(1), &up(1), NOW));
}

#[test]
fn age_is_told_from_words() {
    assert!(Filter::parse("age>2m").unwrap().ages());
    assert!(!Filter::parse("agent").unwrap().ages());
    let long = Filter::parse("age>1d").unwrap();
    let mut old = up(3);
    old.since = NOW - Duration::from_secs(90_000);
    assert!(long.shows(&row(3), &old, NOW));
}
