//! Widgets and texts by themselves.

use muster::console::ages::{Ages, stopwatch};
use muster::console::widgets::{Input, shares, spark, window};
use muster::kit::natural;
use muster::kit::{Stamp, Zone, fuzzy, text};
use std::time::Duration;

use crate::support::keys::keys;

#[test]
fn shares_fill_the_bar_and_forget_nobody() {
    assert_eq!(shares(&[32, 0], 32), [32, 0]);
    assert_eq!(shares(&[1023, 1], 10), [9, 1]);
    assert_eq!(shares(&[0, 0], 10), [0, 0]);
    assert_eq!(shares(&[1, 1, 1], 10).iter().sum::<usize>(), 10);
    // More parts than cells: the bar is not overrun.
    assert_eq!(shares(&[1; 12], 5).iter().sum::<usize>(), 5);
    for whole in 1..200u32 {
        let parts = [whole, whole / 3, 1, 0, whole % 7];
        assert_eq!(shares(&parts, 60).iter().sum::<usize>(), 60, "{parts:?}");
    }
}

#[test]
fn a_window_moves_no_more_than_it_must() {
    assert_eq!(window(0, 5, 100, 10), 0);
    assert_eq!(window(0, 10, 100, 10), 1);
    assert_eq!(window(50, 49, 100, 10), 49);
    assert_eq!(window(95, 99, 100, 10), 90);
    assert_eq!(window(50, 3, 4, 10), 0);
}

#[test]
fn a_line_is_edited_by_what_people_see_as_letters() {
    let mut line = Input::new("e\u{301}x");
    for chord in keys("left left delete") {
        line.key(chord);
    }
    assert_eq!(line.text(), "x");
    let mut line = Input::default();
    for chord in keys("\"rack:r07\" space \"n1\" ctrl-w") {
        line.key(chord);
    }
    assert_eq!(line.text(), "rack:r07 ");
    line.insert(&"é".repeat(5_000));
    assert!(line.text().len() <= 1_000);
}

#[test]
fn ages_step_and_tell_when() {
    let ages = Ages::new(Stamp(100_000), Zone::default());
    assert_eq!(ages.since(Stamp(91_500)), "8s");
    assert_eq!(ages.next(), Some(Stamp(100_500)));
    let ages = Ages::new(Stamp(1_000_000), Zone::default());
    assert_eq!(ages.since(Stamp(870_000)), "2m");
    assert_eq!(ages.next(), Some(Stamp(1_050_000)));
    assert_eq!(ages.until(Stamp(1_009_400)), "9s");
    assert_eq!(ages.next(), Some(Stamp(1_000_401)));
    assert_eq!(ages.until(Stamp(5)), "now");
    // A clock that is ahead of ours (a node's own) is no negative age.
    assert_eq!(ages.since(Stamp(2_000_000)), "0s");
    assert_eq!(stopwatch(Duration::from_millis(127_000)), "2:07");
    assert_eq!(stopwatch(Duration::from_millis(340)), ".3");
}

#[test]
fn names_are_ordered_as_people_count() {
    let mut names = ["r10", "r02", "r2", "a", "r1x", "r1"];
    names.sort_by(|a, b| natural::compare(a, b));
    assert_eq!(names, ["a", "r1", "r1x", "r02", "r2", "r10"]);
}

#[test]
fn sparks_are_relative() {
    assert_eq!(spark(&[0, 1, 2, 4, 8], 4), "▁▂▄█");
    assert_eq!(spark(&[0, 0], 4), "");
    assert_eq!(spark(&[u64::MAX, 1], 4), "█▁");
}

#[test]
fn text_is_measured_in_cells_and_made_safe() {
    assert_eq!(text::clip("rocky9-gpu", 6), "rocky…");
    assert_eq!(text::clip("日本語", 5), "日本…");
    assert_eq!(text::pad("日", 4), "日  ");
    assert_eq!(text::pad_left("7", 3), "  7");
    assert_eq!(
        text::sanitise("a\u{1b}[31mb\u{1b}]0;x\u{7}c\td\u{202e}e"),
        "abc de"
    );
    assert_eq!(text::sanitise("\u{1b}"), "");
    assert_eq!(text::wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(text::wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    assert_eq!(text::wrap("日", 1), ["日"]);
}

#[test]
fn fuzzy_finds_and_ranks() {
    let names = ["n0417", "n4170", "rack"];
    let found = fuzzy::rank("n417", names.into_iter(), 10);
    assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>().len(), 2);
    assert!(fuzzy::abbreviates("n417", "n0417"));
    assert!(!fuzzy::abbreviates("417", "n0417"));
}
