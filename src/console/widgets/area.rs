//! Some lines of text being typed: each is an [`Input`], so the cursor moves by graphemes here too.

use crossterm::event::KeyCode;

use super::Input;
use crate::console::keys::Chord;
use crate::kit::text;

/// Most lines; a paste may be anything.
const LINES: usize = 2_000;
/// Blanks of one step to the right.
const STEP: usize = 2;
/// Lines that a page is.
const PAGE: isize = 10;

/// The lines and where their cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Never empty.
    lines: Vec<Input>,
    row: usize,
}

impl Default for Area {
    fn default() -> Self {
        Self::new("")
    }
}

impl Area {
    /// A text with the cursor at its beginning.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let line = |line: &str| Input::parted("", &text::sanitise(&spaced(line)));
        let mut lines: Vec<Input> = text.lines().take(LINES).map(line).collect();
        if lines.is_empty() {
            lines.push(Input::default());
        }
        Self { lines, row: 0 }
    }

    /// The text; no line ends the last line.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(Input::text).collect();
        lines.join("\n")
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[Input] {
        &self.lines
    }

    /// The line that the cursor is on, from 0.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.row
    }

    /// The column of the cursor in letters, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.line().halves().0.chars().count() + 1
    }

    fn line(&self) -> &Input {
        &self.lines[self.row]
    }

    fn line_mut(&mut self) -> &mut Input {
        &mut self.lines[self.row]
    }

    /// Puts the cursor on a line, as near to its column as there are letters.
    pub fn go(&mut self, row: usize) {
        let column = self.column() - 1;
        self.row = row.min(self.lines.len() - 1);
        let text = self.line().text();
        let at = text
            .char_indices()
            .nth(column)
            .map_or(text.len(), |(at, _)| at);
        let (before, after) = text.split_at(at);
        self.lines[self.row] = Input::parted(before, after);
    }

    /// Puts text in at the cursor, with its line ends and its indentation.
    pub fn insert(&mut self, more: &str) {
        let more = more.replace("\r\n", "\n").replace('\r', "\n");
        let mut pieces = more.split('\n');
        let first = pieces.next().unwrap_or_default();
        self.line_mut().insert(&spaced(first));
        for piece in pieces {
            if !self.part("") {
                return;
            }
            self.line_mut().insert(&spaced(piece));
        }
    }

    /// Ends the line at the cursor and begins the next one with `indent`; whether there was room for one.
    fn part(&mut self, indent: &str) -> bool {
        if self.lines.len() >= LINES {
            return false;
        }
        let (before, after) = self.line().halves();
        let (before, after) = (before.to_owned(), after.to_owned());
        self.lines[self.row] = Input::new(before);
        self.row += 1;
        self.lines.insert(self.row, Input::parted(indent, &after));
        true
    }

    /// Enter: the next line begins where this one does, and one step further after what opens something.
    fn enter(&mut self) {
        let before = self.line().halves().0;
        let mut blanks = before.len() - before.trim_start_matches(' ').len();
        if before.trim_end().ends_with([':', '-', '|', '>']) {
            blanks += STEP;
        }
        self.part(&" ".repeat(blanks));
    }

    /// Joins the line below to the one that the cursor is on; the cursor stays between them.
    fn join(&mut self) {
        if self.row + 1 < self.lines.len() {
            let below = self.lines.remove(self.row + 1);
            self.line_mut().append(below.text());
        }
    }

    /// A key; whether it knew it.
    pub fn key(&mut self, chord: Chord) -> bool {
        let (before, after) = self.line().halves();
        let (first, last) = (before.is_empty(), after.is_empty());
        let blank = !before.is_empty() && before.trim_start_matches(' ').is_empty();
        let blanks = before.len();
        match (chord.code, chord.ctrl) {
            (KeyCode::Enter, _) => self.enter(),
            (KeyCode::Tab, _) => self.insert(&" ".repeat(STEP - blanks % STEP)),
            (KeyCode::BackTab, _) => self.back_to_the_left(),
            (KeyCode::Up, _) => self.go(self.row.saturating_sub(1)),
            (KeyCode::Down, _) => self.go(self.row + 1),
            (KeyCode::PageUp, _) => self.go(self.row.saturating_add_signed(-PAGE)),
            (KeyCode::PageDown, _) => self.go(self.row.saturating_add_signed(PAGE)),
            (KeyCode::Char('k'), true) => {
                let kept = self.line().halves().0.to_owned();
                if last {
                    self.join();
                } else {
                    self.lines[self.row] = Input::new(kept);
                }
            }
            (KeyCode::Backspace, _) if first && self.row > 0 => {
                self.row -= 1;
                let text = self.line().text().to_owned();
                self.lines[self.row] = Input::new(text);
                self.join();
            }
            (KeyCode::Backspace, _) if blank => {
                for _ in 0..=(blanks - 1) % STEP {
                    self.line_mut().key(chord);
                }
            }
            (KeyCode::Delete, _) if last => self.join(),
            (KeyCode::Left, _) if first && self.row > 0 => {
                self.row -= 1;
                let text = self.line().text().to_owned();
                self.lines[self.row] = Input::new(text);
            }
            (KeyCode::Right, _) if last && self.row + 1 < self.lines.len() => {
                self.row += 1;
                let text = self.line().text().to_owned();
                self.lines[self.row] = Input::parted("", &text);
            }
            _ => return self.line_mut().key(chord),
        }
        true
    }

    /// Takes one step of blanks from the beginning of the line.
    fn back_to_the_left(&mut self) {
        let (before, after) = self.line().halves();
        let text = format!("{before}{after}");
        let blanks = text.len() - text.trim_start_matches(' ').len();
        let cut = blanks.min(STEP);
        let at = before.len().max(cut) - cut;
        let (before, after) = text[cut..].split_at(at);
        self.lines[self.row] = Input::parted(before, after);
    }
}

/// With blanks for tabs, which YAML does not take at the beginning of a line.
fn spaced(line: &str) -> String {
    line.replace('\t', &" ".repeat(STEP))
}
