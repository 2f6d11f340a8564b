//! One line of text being typed. The cursor moves by graphemes, never into one.

use unicode_segmentation::UnicodeSegmentation;

use crate::console::keys::Chord;
use crate::kit::text;
use crossterm::event::KeyCode;

/// Longest line in bytes; a paste may be anything.
const LIMIT: usize = 1_000;

/// The line and where its cursor is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    at: usize,
}

impl Input {
    /// A line with the cursor at its end.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            at: text.len(),
            text,
        }
    }

    /// A line with the cursor between two pieces of it.
    #[must_use]
    pub fn parted(before: &str, after: &str) -> Self {
        Self {
            text: format!("{before}{after}"),
            at: before.len(),
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor and the text from it on.
    #[must_use]
    pub fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.at)
    }

    /// Puts text in at the cursor, made safe, as far as it fits.
    pub fn insert(&mut self, more: &str) {
        let safe = text::sanitise(more);
        let room = LIMIT.saturating_sub(self.text.len());
        let mut cut = safe.len().min(room);
        while !safe.is_char_boundary(cut) {
            cut -= 1;
        }
        self.text.insert_str(self.at, &safe[..cut]);
        self.at += cut;
    }

    /// Puts text in behind the cursor, which stays where it is.
    pub fn append(&mut self, more: &str) {
        let at = self.at;
        self.at = self.text.len();
        self.insert(more);
        self.at = at;
    }

    /// A key; whether the line knew it.
    pub fn key(&mut self, chord: Chord) -> bool {
        match (chord.code, chord.ctrl) {
            (KeyCode::Char('u'), true) => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            (KeyCode::Char('w'), true) => {
                let head = self.text[..self.at].trim_end();
                let from = head.rfind(' ').map_or(0, |space| space + 1);
                self.text.drain(from..self.at);
                self.at = from;
            }
            (KeyCode::Char(c), false) => self.insert(c.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, _) => {
                let from = self.before();
                self.text.drain(from..self.at);
                self.at = from;
            }
            (KeyCode::Delete, _) => {
                let to = self.after();
                self.text.drain(self.at..to);
            }
            (KeyCode::Left, _) => self.at = self.before(),
            (KeyCode::Right, _) => self.at = self.after(),
            (KeyCode::Home, _) => self.at = 0,
            (KeyCode::End, _) => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn before(&self) -> usize {
        self.text[..self.at]
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..]
            .graphemes(true)
            .next()
            .map_or(self.at, |grapheme| self.at + grapheme.len())
    }
}
