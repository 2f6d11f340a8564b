//! Searching the text.

use super::Editor;
use super::lines::Pos;

/// A match: its place, and where it ends in the same line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it begins.
    pub from: Pos,
    /// The byte behind it.
    pub end: usize,
    /// Whether the search had to begin anew at the other end of the text.
    pub around: bool,
}

/// The places of a word in a line; small letters stand for both kinds, a capital one for itself alone.
pub(super) fn places(line: &str, word: &str) -> Vec<usize> {
    if word.is_empty() {
        return Vec::new();
    }
    if word.chars().any(char::is_uppercase) || !line.is_ascii() {
        return line.match_indices(word).map(|(at, _)| at).collect();
    }
    let lower = line.to_ascii_lowercase();
    lower.match_indices(word).map(|(at, _)| at).collect()
}

impl Editor {
    /// The next match of a word behind a place, or the one before it; around the end of the text.
    #[must_use]
    pub fn find(&self, word: &str, from: Pos, back: bool) -> Option<Found> {
        let len = self.lines.count();
        for turn in 0..=len {
            let row = if back {
                (from.row + len - turn % len) % len
            } else {
                (from.row + turn) % len
            };
            let around = if back {
                row > from.row || turn == len
            } else {
                row < from.row || turn == len
            };
            let fits = |at: &usize| match (row == from.row, turn == len, back) {
                (true, false, false) => *at >= from.at,
                (true, false, true) => *at < from.at,
                _ => true,
            };
            let all = places(self.lines.line(row), word);
            let mut fitting = all.into_iter().filter(fits);
            let at = if back {
                fitting.next_back()
            } else {
                fitting.next()
            };
            if let Some(at) = at {
                let from = Pos { row, at };
                let end = at + word.len();
                return Some(Found { from, end, around });
            }
        }
        None
    }

    /// Puts the cursor on a match and selects it.
    pub fn show(&mut self, found: Found) {
        let row = found.from.row;
        self.put(found.from);
        let end = super::places::border(self.lines.line(row), found.end);
        self.anchor = Some(self.cursor);
        self.cursor = Pos { row, at: end };
    }
}
