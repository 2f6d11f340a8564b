//! The revisions: who changed what, and when.

use std::sync::Arc;

use super::middle;
use crate::api::LogRow;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::text;
use ratatui::layout::Rect;

/// The list.
#[derive(Debug, Default)]
pub struct LogPane {
    /// Newest first; none until they have come.
    pub rows: Option<Vec<LogRow>>,
    /// Why they have not.
    pub refused: Option<Arc<str>>,
    /// Whether no older ones are to be asked for: they have been, or there are none.
    pub asked: bool,
    list: List,
}

impl LogPane {
    fn len(&self) -> usize {
        self.rows.as_ref().map_or(0, Vec::len)
    }

    /// The revision under the cursor.
    #[must_use]
    pub fn here(&self) -> Option<&LogRow> {
        self.rows.as_ref()?.get(self.list.within(self.len()))
    }

    /// Moves the cursor; gives the revision before which older ones should be asked for now.
    pub fn step(&mut self, by: Move) -> Option<u64> {
        let len = self.len();
        self.list.at = by.from(self.list.within(len), len);
        if self.asked || self.list.at + 1 < len {
            return None;
        }
        let last = self.rows.as_ref()?.last()?.revision;
        self.asked = true;
        Some(last)
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, row: usize) -> bool {
        let same = self.list.at == row;
        self.list.at = row;
        same
    }

    /// Revisions have come: the newest, or older ones than there are; `all` says that there are no older ones.
    pub fn came(&mut self, mut rows: Vec<LogRow>, all: bool) {
        self.asked = all;
        match &mut self.rows {
            Some(known) => known.append(&mut rows),
            None => self.rows = Some(rows),
        }
    }

    /// The revision under the cursor as a line of text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let row = self.here()?;
        Some(format!("r{} {}: {}", row.revision, row.by, row.summary))
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let width = body.width.saturating_sub(2).min(120);
        let inner = frame.window(middle(body, width, body.height), "revisions");
        let rows = Rect::new(
            inner.x,
            inner.y,
            inner.width,
            inner.height.saturating_sub(1),
        );
        let Some(known) = &self.rows else {
            let text = self.refused.as_deref().unwrap_or("asking for them …");
            frame.put(rows.x, rows.y, rows.width, text, Role::Dim);
            return;
        };
        if known.is_empty() {
            frame.put(
                rows.x,
                rows.y,
                rows.width,
                "nothing was changed yet",
                Role::Dim,
            );
        }
        let cursor = self.list.within(known.len());
        let first = self
            .list
            .first(cursor, known.len(), usize::from(rows.height));
        for (y, (at, row)) in (rows.y..rows.bottom()).zip(known.iter().enumerate().skip(first)) {
            let area = Rect::new(rows.x, y, rows.width, 1);
            draw_row(frame, area, row);
            frame.hit(area, Hit::Row { pane: 0, row: at });
            if at == cursor {
                frame.tint(Rect::new(rows.x, y, rows.width, 1), Role::Cursor);
            }
        }
        let keys = "⏎ what it changed   d what differs since   u take it back   y copy   Esc close";
        frame.put(
            inner.x,
            inner.bottom().saturating_sub(1),
            inner.width,
            keys,
            Role::Dim,
        );
    }
}

fn draw_row(frame: &mut Frame<'_>, area: Rect, row: &LogRow) {
    let revision = text::pad(&format!("r{}", row.revision), 7);
    let when = format!("{} ", frame.ages.clock(row.at));
    let by = format!("{} ", text::pad(&row.by, 12));
    let gone = row.undone_by.is_some();
    let role = if gone { Role::Dim } else { Role::Text };
    let mut remark = String::new();
    if let Some(undone) = row.undone_by {
        remark = format!("  taken back by r{undone}");
    } else if let Some(note) = &row.note {
        remark = format!("  {note}");
    }
    let pieces = [
        (revision.as_str(), Role::Title),
        (&when, Role::Dim),
        (&by, Role::Key),
        (&row.summary, role),
        (&remark, Role::Dim),
    ];
    frame.pieces(area.x, area.y, area.width, &pieces);
}
