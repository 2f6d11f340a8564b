//! Keys that move the cursor and type.

use crossterm::event::KeyCode;

use super::lines::Pos;
use super::{Editor, cells, places};
use crate::console::keys::Chord;

/// How the cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// A letter to the left, or to the end of the line above.
    Left,
    /// A letter to the right, or to the beginning of the line below.
    Right,
    /// A word to the left.
    WordLeft,
    /// A word to the right.
    WordRight,
    /// To the first letter of the line, and from there to its beginning.
    Home,
    /// To the end of the line.
    End,
    /// Up or down by so many lines.
    Lines(isize),
    /// Up or down by half of what is seen, so many times.
    Halves(isize),
    /// To the beginning of the text.
    First,
    /// To the end of the text.
    Last,
}

impl Editor {
    /// Moves the cursor.
    pub fn go(&mut self, go: Go, select: bool) {
        if select || self.selecting {
            self.anchor.get_or_insert(self.cursor);
        } else {
            self.anchor = None;
        }
        self.history.close();
        if let Go::Lines(by) = go {
            return self.vertically(by);
        }
        if let Go::Halves(by) = go {
            let half = (self.window.get().2 / 2).max(1);
            return self.vertically(by * isize::try_from(half).unwrap_or(1));
        }
        self.goal = None;
        let Pos { row, at } = self.cursor;
        let line = self.lines.line(row);
        self.cursor = match go {
            Go::Left if at == 0 && row > 0 => self.end_of(row - 1),
            Go::Left => Pos {
                row,
                at: places::before(line, at),
            },
            Go::Right if at == line.len() && row + 1 < self.lines.count() => Pos {
                row: row + 1,
                at: 0,
            },
            Go::Right => Pos {
                row,
                at: places::next(line, at),
            },
            Go::WordLeft if at == 0 && row > 0 => self.end_of(row - 1),
            Go::WordLeft => Pos {
                row,
                at: places::word_before(line, at),
            },
            Go::WordRight if at == line.len() && row + 1 < self.lines.count() => Pos {
                row: row + 1,
                at: 0,
            },
            Go::WordRight => Pos {
                row,
                at: places::word_after(line, at),
            },
            Go::Home => {
                let first = places::indent(line);
                let at = if at == first { 0 } else { first };
                Pos { row, at }
            }
            Go::End => self.end_of(row),
            Go::First => Pos::default(),
            Go::Last => self.lines.last(),
            Go::Lines(_) | Go::Halves(_) => self.cursor,
        };
    }

    fn end_of(&self, row: usize) -> Pos {
        let at = self.lines.line(row).len();
        Pos { row, at }
    }

    /// Up or down, as near to the column as there is something.
    fn vertically(&mut self, by: isize) {
        let Pos { row, at } = self.cursor;
        let last = self.lines.count() - 1;
        if (by < 0 && row == 0) || (by > 0 && row == last) {
            // There is no line to go to: to the end that is nearest.
            self.goal = None;
            self.cursor.at = if by < 0 {
                0
            } else {
                self.lines.line(row).len()
            };
            return;
        }
        let column = self
            .goal
            .unwrap_or_else(|| cells::column(self.lines.line(row), at));
        let row = row.saturating_add_signed(by).min(last);
        let at = cells::place(self.lines.line(row), column);
        self.goal = Some(column);
        self.cursor = Pos { row, at };
    }

    /// A key that types or moves; whether it is one.
    pub fn key(&mut self, chord: Chord) -> bool {
        if let Some(go) = self.goes(chord) {
            self.go(go, chord.shift);
            return true;
        }
        match (chord.code, chord.ctrl) {
            (KeyCode::Char('w'), true) => self.erase_word(),
            (KeyCode::Char(c), false) => self.letter(c),
            (KeyCode::Enter, _) => self.enter(),
            (KeyCode::Tab, _) => self.indent(),
            (KeyCode::BackTab, _) => self.dedent(),
            (KeyCode::Backspace, _) => self.erase(),
            (KeyCode::Delete, _) => self.delete(),
            _ => return false,
        }
        true
    }

    fn goes(&self, chord: Chord) -> Option<Go> {
        let page = isize::try_from(self.window.get().2.saturating_sub(1).max(1)).unwrap_or(1);
        Some(match (chord.code, chord.ctrl) {
            (KeyCode::Left, false) => Go::Left,
            (KeyCode::Left, true) => Go::WordLeft,
            (KeyCode::Right, false) => Go::Right,
            (KeyCode::Right, true) => Go::WordRight,
            (KeyCode::Up, false) => Go::Lines(-1),
            (KeyCode::Down, false) => Go::Lines(1),
            (KeyCode::Up, true) => Go::Halves(-1),
            (KeyCode::Down, true) => Go::Halves(1),
            (KeyCode::PageUp, _) => Go::Lines(-page),
            (KeyCode::PageDown, _) => Go::Lines(page),
            (KeyCode::Home, false) => Go::Home,
            (KeyCode::End, false) => Go::End,
            (KeyCode::Home, true) => Go::First,
            (KeyCode::End, true) => Go::Last,
            _ => return None,
        })
    }
}
