//! Differences of texts, line by line.

use muster::kit::diff::{self, Fate};
use proptest::prelude::*;

/// As `diff -u` says it, without the names of files.
fn unified(old: &str, new: &str, context: usize) -> String {
    let hunks = diff::lines(old, new, context);
    hunks.iter().map(ToString::to_string).collect()
}

#[test]
fn equal_texts_have_no_difference() {
    assert_eq!(diff::lines("", "", 3), []);
    assert_eq!(diff::lines("a\nb", "a\nb", 3), []);
}

#[test]
fn one_changed_line_has_lines_around_it() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
    assert_eq!(
        unified(old, new, 2),
        "@@ -3,5 +3,5 @@\n 3\n 4\n-5\n+five\n 6\n 7\n"
    );
    assert_eq!(unified(old, new, 0), "@@ -5 +5 @@\n-5\n+five\n");
}

#[test]
fn places_close_together_are_one_hunk_and_others_are_not() {
    let old = "a\n1\n2\nb\n3\n4\n5\nc\n";
    let new = "A\n1\n2\nB\n3\n4\n5\nC\n";
    assert_eq!(diff::lines(old, new, 1).len(), 2);
    assert_eq!(diff::lines(old, new, 2).len(), 1);
    assert_eq!(diff::lines(old, new, 0).len(), 3);
}

#[test]
fn what_comes_into_or_goes_from_nothing_is_named_as_diff_does() {
    assert_eq!(unified("", "a\nb\n", 3), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    assert_eq!(unified("a\n", "", 3), "@@ -1 +0,0 @@\n-a\n");
}

#[test]
fn a_missing_end_of_the_last_line_is_told() {
    assert_eq!(
        unified("a\nb", "a\nb\n", 3),
        "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    );
}

#[test]
fn lines_that_occur_often_are_kept_too() {
    // Nothing between the changed ends occurs once: the braces are what both have in common.
    let old = "a {\n}\nb {\n}\n}\n";
    let new = "x {\n}\ny {\n}\n}\n";
    let hunks = diff::lines(old, new, 0);
    let kept = hunks.iter().flat_map(|hunk| &hunk.lines);
    assert_eq!(kept.filter(|line| line.fate == Fate::Kept).count(), 0);
    assert_eq!(hunks.len(), 2, "{hunks:?}");
}

#[test]
fn long_texts_without_a_common_line_are_shown_whole() {
    let text = |word: &str| {
        (0..3000)
            .map(|n| format!("{word} {n}\n"))
            .collect::<String>()
    };
    let (old, new) = (text("old"), text("new"));
    let hunks = diff::lines(&old, &new, 3);
    assert_eq!(hunks.len(), 1);
    assert_eq!(hunks[0].lines.len(), 6000);
}

proptest! {
    /// The earlier text is what is kept and what went, the later one what is kept and what came.
    #[test]
    fn a_difference_leads_from_one_text_to_the_other(
        old in proptest::collection::vec("[ab]{0,2}\n?", 0..30),
        new in proptest::collection::vec("[ab]{0,2}\n?", 0..30),
    ) {
        let (old, new) = (old.concat(), new.concat());
        let hunks = diff::lines(&old, &new, usize::MAX);
        prop_assert_eq!(hunks.is_empty(), old == new);
        let side = |other: Fate| -> String {
            let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
            lines
                .filter(|line| line.fate != other)
                .map(|line| format!("{}{}", line.text, if line.ended { "\n" } else { "" }))
                .collect()
        };
        if old != new {
            prop_assert_eq!(side(Fate::Came), old.clone());
            prop_assert_eq!(side(Fate::Gone), new.clone());
        }
        for hunk in diff::lines(&old, &new, 1) {
            let (gone, came) = (hunk.old.len(), hunk.new.len());
            let count = |other: Fate| hunk.lines.iter().filter(|line| line.fate != other).count();
            prop_assert_eq!(count(Fate::Came), gone);
            prop_assert_eq!(count(Fate::Gone), came);
        }
    }
}
