//! Places in a line and how one gets from one to the next: by graphemes and by words.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// The grapheme border after `at`; the end of the line at its end.
#[must_use]
pub fn next(line: &str, at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.graphemes(true).next().map_or(0, str::len)
}

/// The grapheme border before `at`.
#[must_use]
pub fn before(line: &str, at: usize) -> usize {
    let head = line.get(..at).unwrap_or_default();
    head.grapheme_indices(true)
        .next_back()
        .map_or(0, |(at, _)| at)
}

/// The grapheme border at `at` or before it.
#[must_use]
pub fn border(line: &str, at: usize) -> usize {
    if at >= line.len() {
        return line.len();
    }
    let mut borders = line.grapheme_indices(true).map(|(border, _)| border);
    borders.rfind(|border| *border <= at).unwrap_or(0)
}

/// What letters belong together.
fn class(c: char) -> u8 {
    match c {
        c if c.is_whitespace() => 0,
        // A mark goes with its letter.
        c if c.is_alphanumeric() || c == '_' || c.width() == Some(0) => 1,
        _ => 2,
    }
}

/// The beginning of the word before `at`; 0 when there is none.
#[must_use]
pub fn word_before(line: &str, at: usize) -> usize {
    let head = line.get(..at).unwrap_or_default().trim_end();
    let Some(last) = head.chars().next_back() else {
        return 0;
    };
    let same = head.trim_end_matches(|c| class(c) == class(last));
    border(line, same.len())
}

/// The place behind the word after `at`; the end of the line when there is none.
#[must_use]
pub fn word_after(line: &str, at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    let word = rest.trim_start();
    let Some(first) = word.chars().next() else {
        return line.len();
    };
    let behind = word.trim_start_matches(|c| class(c) == class(first));
    let at = line.len() - behind.len();
    // A mark that belongs to the last letter is gone over with it.
    let border = border(line, at);
    if border < at { next(line, border) } else { at }
}

/// How many bytes of blanks a line begins with.
#[must_use]
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}
