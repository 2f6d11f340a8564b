//! What changes the text.

use super::history::Kind;
use super::lines::{End, Pos};
use super::{Editor, places};

impl Editor {
    /// Puts a text in the place of what is between two places; the cursor goes behind it.
    fn replace(&mut self, from: Pos, to: Pos, with: &str, kind: Kind) {
        let was = self.cursor;
        let (swap, place) = self.lines.replace(from, to, with);
        self.changed(from.row);
        self.cursor = place;
        self.goal = None;
        self.unselect();
        self.history.push(swap, kind, (was, place));
    }

    /// Puts a text in at the cursor, or in the place of what is selected. Line ends become those of the file, and of control
    /// characters only tabs are taken: what is pasted comes from anywhere.
    pub fn insert(&mut self, more: &str) {
        let mut clean = more.replace("\r\n", "\n").replace('\r', "\n");
        clean.retain(|c| matches!(c, '\n' | '\t') || !c.is_control());
        self.insert_own(&clean, Kind::Other);
    }

    /// The same with a text of this file.
    fn insert_own(&mut self, more: &str, kind: Kind) {
        let (from, to) = self.selection().unwrap_or((self.cursor, self.cursor));
        if more.contains('\n') && !more.contains("\r\n") && self.lines.usual() == End::CrLf {
            return self.replace(from, to, &more.replace('\n', End::CrLf.text()), kind);
        }
        self.replace(from, to, more, kind);
    }

    /// A letter.
    pub(super) fn letter(&mut self, c: char) {
        let kind = match c {
            _ if self.selection().is_some() => Kind::Other,
            c if c.is_whitespace() => Kind::Blank,
            _ => Kind::Letter,
        };
        self.insert_own(c.encode_utf8(&mut [0; 4]), kind);
    }

    /// Takes so many bytes before the cursor away and puts a text in their place.
    pub fn complete(&mut self, typed: usize, with: &str) {
        let at = self.cursor.at.saturating_sub(typed);
        let from = Pos { at, ..self.cursor };
        self.replace(from, self.cursor, with, Kind::Other);
    }

    /// The whole text becomes another one; the cursor stays on its line.
    pub fn rewrite(&mut self, text: &str) {
        let (row, was) = (self.cursor.row, self.window.get());
        self.replace(Pos::default(), self.lines.last(), text, Kind::Other);
        self.put(Pos { row, at: 0 });
        self.window.set(was);
    }

    /// A line end; the next line begins where this one does.
    pub(super) fn enter(&mut self) {
        let from = self.selection().map_or(self.cursor, |(from, _)| from);
        let line = self.lines.line(from.row);
        let blanks = line.get(..places::indent(line).min(from.at));
        let more = format!("\n{}", blanks.unwrap_or_default());
        self.insert_own(&more, Kind::Other);
    }

    /// Backspace: what is selected, a step of blanks, or a letter; at the beginning of a line the end of the one before.
    pub(super) fn erase(&mut self) {
        if self.erase_selection() {
            return;
        }
        let before = self.before();
        let from = if before.is_empty() {
            if self.cursor.row == 0 {
                return;
            }
            let row = self.cursor.row - 1;
            let at = self.lines.line(row).len();
            Pos { row, at }
        } else {
            let all_blank = before.bytes().all(|byte| byte == b' ');
            let step = self.step.len();
            let at = if all_blank && self.step != "\t" {
                (before.len() - 1) / step * step
            } else {
                places::before(before, before.len())
            };
            Pos { at, ..self.cursor }
        };
        let kind = if from.row == self.cursor.row {
            Kind::Erased
        } else {
            Kind::Other
        };
        self.replace(from, self.cursor, "", kind);
    }

    /// Delete: what is selected, or the letter under the cursor; at the end of a line that end.
    pub(super) fn delete(&mut self) {
        if self.erase_selection() {
            return;
        }
        let line = self.lines.line(self.cursor.row);
        let to = if self.cursor.at < line.len() {
            let at = places::next(line, self.cursor.at);
            Pos { at, ..self.cursor }
        } else if self.cursor.row + 1 < self.lines.count() {
            let row = self.cursor.row + 1;
            Pos { row, at: 0 }
        } else {
            return;
        };
        self.replace(self.cursor, to, "", Kind::Erased);
    }

    /// Takes the word before the cursor away.
    pub(super) fn erase_word(&mut self) {
        if self.erase_selection() {
            return;
        }
        let at = places::word_before(self.before(), self.cursor.at);
        if at == self.cursor.at {
            return self.erase();
        }
        let from = Pos { at, ..self.cursor };
        self.replace(from, self.cursor, "", Kind::Other);
    }

    /// Takes the rest of the line away; at its end the end.
    pub fn erase_rest(&mut self) {
        self.unselect();
        let at = self.lines.line(self.cursor.row).len();
        if at == self.cursor.at {
            return self.delete();
        }
        let to = Pos { at, ..self.cursor };
        self.replace(self.cursor, to, "", Kind::Other);
    }

    fn erase_selection(&mut self) -> bool {
        let Some((from, to)) = self.selection() else {
            self.unselect();
            return false;
        };
        self.replace(from, to, "", Kind::Other);
        true
    }

    /// What is selected, else the line of the cursor with its end.
    fn taken(&self) -> (Pos, Pos) {
        self.selection().unwrap_or_else(|| {
            let row = self.cursor.row;
            let from = Pos { row, at: 0 };
            if row + 1 < self.lines.count() {
                return (
                    from,
                    Pos {
                        row: row + 1,
                        at: 0,
                    },
                );
            }
            (from, self.lines.last())
        })
    }

    /// Takes what is selected, or else the line, for putting it in elsewhere; gives it.
    pub fn copy(&mut self) -> String {
        let (from, to) = self.taken();
        self.cut = self.lines.slice(from, to);
        self.unselect();
        self.cut.clone()
    }

    /// The same, and takes it away here.
    pub fn cut(&mut self) -> String {
        let (from, to) = self.taken();
        self.cut = self.lines.slice(from, to);
        self.replace(from, to, "", Kind::Other);
        self.cut.clone()
    }

    /// Puts in what was cut or copied last: whole lines above the one of the cursor. Whether there was anything.
    pub fn paste(&mut self) -> bool {
        let more = self.cut.clone();
        if more.is_empty() {
            return false;
        }
        if more.ends_with('\n') && self.selection().is_none() {
            self.put(Pos {
                at: 0,
                ..self.cursor
            });
        }
        self.insert_own(&more, Kind::Other);
        true
    }

    /// One step to the right: the lines that are selected, else blanks up to the next step.
    pub(super) fn indent(&mut self) {
        if let Some((from, to)) = self.selection().filter(|(from, to)| from.row < to.row) {
            let step = self.step;
            return self.each_line(from.row, to, |line| {
                if line.is_empty() {
                    String::new()
                } else {
                    format!("{step}{line}")
                }
            });
        }
        let blanks = match self.step {
            "\t" => "\t".to_owned(),
            step => " ".repeat(
                step.len() - super::cells::column(self.before(), self.cursor.at) % step.len(),
            ),
        };
        self.insert_own(&blanks, Kind::Blank);
    }

    /// One step to the left: the lines that are selected, else the line.
    pub(super) fn dedent(&mut self) {
        let (from, to) = self.selection().unwrap_or((self.cursor, self.cursor));
        let step = self.step.len();
        self.each_line(from.row, to, |line| {
            let blanks = line.bytes().take(step).take_while(|byte| *byte == b' ');
            let blanks = match line.strip_prefix('\t') {
                Some(_) => 1,
                None => blanks.count(),
            };
            line[blanks..].to_owned()
        });
    }

    /// Makes other lines of some; they stay selected.
    fn each_line(&mut self, first: usize, to: Pos, make: impl Fn(&str) -> String) {
        let last = if to.at == 0 && to.row > first {
            to.row - 1
        } else {
            to.row
        };
        let mut text = String::new();
        for (row, line) in self.lines.iter().enumerate().take(last + 1).skip(first) {
            text.push_str(&make(&line.text));
            if row < last {
                text.push_str(line.end.text());
            }
        }
        let (start, end) = (
            Pos { row: first, at: 0 },
            Pos {
                row: last,
                at: self.lines.line(last).len(),
            },
        );
        if self.lines.slice(start, end) == text {
            return;
        }
        let alone = self.selection().is_none();
        let (row, behind) = (self.cursor.row, self.after().len());
        self.replace(start, end, &text, Kind::Other);
        if alone {
            let at = self.lines.line(row).len().saturating_sub(behind);
            self.cursor = Pos { row, at };
        } else {
            self.anchor = Some(start);
        }
    }

    /// Takes the last change back; whether there was one.
    pub fn undo(&mut self) -> bool {
        let step = self.history.undo();
        self.restore(step)
    }

    /// Does again what was taken back last; whether there was anything.
    pub fn redo(&mut self) -> bool {
        let step = self.history.redo();
        self.restore(step)
    }

    fn restore(&mut self, step: Option<(super::lines::Swap, Pos)>) -> bool {
        let Some((swap, place)) = step else {
            return false;
        };
        self.unselect();
        self.goal = None;
        self.lines.put(swap.row, swap.before.len(), swap.after);
        self.changed(swap.row);
        self.cursor = place;
        true
    }
}
