//! A file as it is written, with what is wrong told below the lines where that is.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::paper::{Paper, Strip};
use super::tree::rights;
use super::{Overlays, Pane};
use crate::api::{Content, FileKind, Language, OverlayFile, Standing};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{text, units};
use crate::model::{Fault, Level};

/// Faults of one file that are told below their lines.
const TOLD: usize = 50;

/// Rows below lines of a text: what is said of the line of that number, from 0.
pub type Notes = BTreeMap<usize, Vec<(String, Role)>>;

/// A text with a cursor.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// The lines.
    pub paper: &'a Paper,
    /// The cursor.
    pub list: &'a List,
    /// What is said below lines.
    pub notes: &'a Notes,
    /// Which pane clicks count for.
    pub pane: u8,
    /// Whether keys move here.
    pub focus: bool,
    /// Cells of each line that lie left of what is seen.
    pub shift: usize,
    /// Where something is wrong: line from 0, character from 1, and the name that is.
    pub marks: &'a [(usize, u32, &'a str)],
}

impl Sheet<'_> {
    /// Draws the lines that fit, numbered; gives where their text stands.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect) -> Rect {
        let len = self.paper.len();
        let digits = u16::try_from(len.max(1).ilog10() + 1).unwrap_or(1).max(2);
        let left = area.x + digits + 2;
        let cells = area.right().saturating_sub(left);
        let inner = Rect::new(left, area.y, cells, area.height);
        let cursor = self.list.within(len);
        let before =
            |at: usize| -> usize { self.notes.range(..at).map(|(_, rows)| rows.len()).sum() };
        let all = len + before(usize::MAX);
        let height = usize::from(area.height);
        // What is said of the line under the cursor is to be seen with it.
        let said = self
            .notes
            .get(&cursor)
            .map_or(0, Vec::len)
            .min(height.saturating_sub(1));
        let row = cursor + before(cursor);
        let _with_notes = self.list.first(row + said, all, height);
        let first = self.list.first(row, all, height);
        let mut at = first - before(first).min(first);
        while at + before(at) > first && at > 0 {
            at -= 1;
        }
        let mut row = at + before(at);
        let y_of = |row: usize| {
            let y = u16::try_from(row.checked_sub(first)?).ok()?;
            (y < area.height).then_some(area.y + y)
        };
        while at < len && row < first + height {
            if let Some(y) = y_of(row) {
                self.number(frame, (area.x, y), digits, at, cursor);
                self.line(frame, (left, y), cells, at);
                let whole = Rect::new(area.x, y, area.width, 1);
                if at == cursor && self.focus {
                    frame.tint(Rect::new(left, y, cells, 1), Role::Cursor);
                }
                let pane = self.pane;
                frame.hit(whole, Hit::Row { pane, row: at });
            }
            row += 1;
            for (said, role) in self.notes.get(&at).into_iter().flatten() {
                if let Some(y) = y_of(row) {
                    frame.put(left, y, cells, said, *role);
                }
                row += 1;
            }
            at += 1;
        }
        inner
    }

    fn line(&self, frame: &mut Frame<'_>, (x, y): (u16, u16), cells: u16, at: usize) {
        let strip = Strip {
            x,
            y,
            cells,
            shift: self.shift,
        };
        self.paper.draw(frame, strip, at);
        for (_, column, name) in self.marks.iter().filter(|(line, ..)| *line == at) {
            self.paper.mark(frame, strip, at, *column, name);
        }
    }

    /// The number of a line, and what is to be seen of it at once.
    fn number(
        &self,
        frame: &mut Frame<'_>,
        at: (u16, u16),
        digits: u16,
        line: usize,
        cursor: usize,
    ) {
        let (x, y) = at;
        let bad = self.notes.get(&line).and_then(|rows| rows.first());
        let role = match bad {
            Some((_, role)) => *role,
            None if line == cursor => Role::Key,
            None => Role::Line,
        };
        frame.put_right(x, x + digits, y, &(line + 1).to_string(), role);
        let sign = match role {
            Role::Failed => "✗",
            Role::Stalled => "!",
            _ if line == cursor => "▌",
            _ => return,
        };
        frame.put(x + digits, y, 1, sign, role);
    }
}

impl Overlays {
    /// What is wrong with the file, to be told below the lines in so many cells.
    pub(super) fn notes(&self, cells: usize) -> Notes {
        let mut notes = Notes::new();
        for fault in self.faults().into_iter().take(TOLD) {
            let Some(spot) = &fault.spot else { continue };
            let role = match fault.level {
                Level::Error => Role::Failed,
                _ => Role::Stalled,
            };
            let last = self.paper.len().saturating_sub(1);
            let rows = notes
                .entry((spot.line.max(1) as usize - 1).min(last))
                .or_default();
            let what = format!("{}:{} {}", spot.line, spot.column, fault.what);
            let mut say = |text: &str, indent: &str| {
                let lines = text::wrap(text, cells.saturating_sub(2));
                rows.extend(lines.iter().map(|line| (format!("{indent}{line}"), role)));
            };
            say(&what, "");
            if let Some(hint) = &fault.hint {
                say(hint, "  ");
            }
        }
        notes
    }

    pub(super) fn draw_template(&self, frame: &mut Frame<'_>, area: Rect) {
        let focus = self.pane == Pane::Template;
        let Some(row) = self.row() else {
            frame.put(area.x + 1, area.y, area.width, "asking …", Role::Dim);
            return;
        };
        let head = Rect { height: 1, ..area };
        let below = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        // What is shown is what has come; its head says which file that is.
        let file = self
            .written
            .held()
            .filter(|file| Some(&file.name) == self.overlay.as_ref());
        let shown = file
            .filter(|_| row.kind != FileKind::Folder)
            .map_or(row, |file| &file.row);
        let kind = match &shown.kind {
            FileKind::Template(Language::Tera) => "TEMPLATE",
            FileKind::Template(_) => "GO TEMPLATE",
            FileKind::Folder => "FOLDER",
            FileKind::Symlink(_) => "LINK",
            FileKind::Special(_) => "SPECIAL",
            FileKind::File => "FILE",
        };
        let title = if focus { Role::Title } else { Role::Dim };
        let about = format!("{} ", rights(shown.mode, shown.uid, shown.gid));
        let end = head.right();
        let wide = head.width > 50;
        let until = if wide {
            frame.put_right(head.x, end, head.y, &about, Role::Dim)
        } else {
            end
        };
        let path = text::sanitise(&shown.path);
        let room = until.saturating_sub(head.x + 2);
        // Of a long path its end tells most.
        let path = ending(&path, usize::from(room).saturating_sub(kind.len() + 1));
        frame.pieces(
            head.x + 1,
            head.y,
            room,
            &[(kind, title), (" ", title), (&path, Role::Text)],
        );
        if row.kind == FileKind::Folder {
            return self.draw_folder(frame, below);
        }
        let Some(key) = self.file_key() else { return };
        if let Some(why) = self.written.refused(&key) {
            return frame.remark(below, &format!("✗ {why}"));
        }
        let Some(file) = file else {
            return frame.remark(below, "asking for it …");
        };
        self.draw_written(frame, below, file, focus);
    }

    fn draw_written(&self, frame: &mut Frame<'_>, area: Rect, file: &OverlayFile, focus: bool) {
        let row = &file.row;
        let told = match (&row.kind, &file.content) {
            (FileKind::Symlink(target), _) => format!("it points to {}", text::sanitise(target)),
            (FileKind::Special(what), _) => {
                format!("{}: nothing to be shown", text::sanitise(what))
            }
            (_, Some(Content::Bytes { .. })) => {
                format!(
                    "{} that are no text: it is taken as it is",
                    units::size(row.size)
                )
            }
            (_, None) if row.standing == Standing::Missing => {
                "only the shipped overlay has it: this copy leaves it out".into()
            }
            (_, None) => "it is not there any more".into(),
            (_, Some(Content::Text(text))) if text.is_empty() => "it is empty".into(),
            (_, Some(Content::Text(_))) => String::new(),
        };
        if !told.is_empty() {
            return frame.remark(area, &told);
        }
        let notes = self.notes(usize::from(area.width.saturating_sub(6)));
        let marks: Vec<(usize, u32, &str)> = self.faults().into_iter().filter_map(mark).collect();
        let sheet = Sheet {
            paper: &self.paper,
            list: &self.reading,
            notes: &notes,
            pane: 1,
            focus,
            shift: self.shift,
            marks: &marks,
        };
        self.spot.set(Some(sheet.draw(frame, area)));
    }

    /// What is in a folder, in a sentence: the tree shows it.
    fn draw_folder(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some(path) = &self.file else { return };
        let inside = |row: &&crate::api::FileRow| {
            row.path
                .strip_prefix(&**path)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let rows: Vec<_> = self.files().iter().filter(inside).collect();
        let folders = rows
            .iter()
            .filter(|row| row.kind == FileKind::Folder)
            .count();
        let count = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            more => format!("{} {many}", units::count(more)),
        };
        let text = format!(
            "{} and {} in it",
            count(rows.len() - folders, "file", "files"),
            count(folders, "folder", "folders")
        );
        frame.remark(area, &text);
    }
}

/// Where something is wrong: line from 0, character from 1, and the first name that the fault quotes.
fn mark(fault: &Fault) -> Option<(usize, u32, &str)> {
    let spot = fault.spot.as_ref()?;
    let name = fault.what.split('`').nth(1).unwrap_or_default();
    Some((spot.line.max(1) as usize - 1, spot.column, name))
}

/// The end of a text in at most so many cells.
pub fn ending(text: &str, cells: usize) -> String {
    if text::width(text) <= cells {
        return text.to_owned();
    }
    let mut rest = text;
    while text::width(rest) + 1 > cells {
        let mut chars = rest.chars();
        if chars.next().is_none() {
            break;
        }
        rest = chars.as_str();
    }
    format!("…{rest}")
}
