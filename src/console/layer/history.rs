//! The changes of an overlay: who changed what, and when.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::middle;
use crate::api::OverlayLogRow;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::text;

/// The list.
#[derive(Debug)]
pub struct History {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    /// The overlay.
    pub overlay: Arc<str>,
    rows: Option<Vec<OverlayLogRow>>,
    refused: Option<Arc<str>>,
    list: List,
}

impl History {
    /// Of which nothing has come yet.
    #[must_use]
    pub fn new(serial: u64, overlay: Arc<str>) -> Self {
        Self {
            serial,
            overlay,
            rows: None,
            refused: None,
            list: List::default(),
        }
    }

    /// The changes have come, newest first.
    pub fn came(&mut self, rows: Vec<OverlayLogRow>) {
        self.rows = Some(rows);
    }

    /// They will not come.
    pub fn lost(&mut self, why: &str) {
        if self.rows.is_none() {
            self.refused = Some(why.into());
        }
    }

    fn rows(&self) -> &[OverlayLogRow] {
        self.rows.as_deref().unwrap_or_default()
    }

    /// The change under the cursor.
    #[must_use]
    pub fn here(&self) -> Option<&OverlayLogRow> {
        let rows = self.rows();
        rows.get(self.list.within(rows.len()))
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        let len = self.rows().len();
        self.list.at = by.from(self.list.within(len), len);
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, row: usize) -> bool {
        std::mem::replace(&mut self.list.at, row) == row
    }

    /// The change under the cursor as a line of text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let row = self.here()?;
        Some(format!("#{} {}: {}", row.number, row.by, row.summary))
    }

    /// Draws it over `body`.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let width = body.width.saturating_sub(2).min(120);
        let rows = u16::try_from(self.rows().len())
            .unwrap_or(u16::MAX)
            .saturating_add(4);
        let height = rows.clamp(7, body.height.max(7));
        let title = format!("changes of {}", self.overlay);
        let inner = frame.window(middle(body, width, height), &title);
        let area = Rect::new(
            inner.x,
            inner.y,
            inner.width,
            inner.height.saturating_sub(2),
        );
        let told = match (&self.rows, &self.refused) {
            (Some(rows), _) if rows.is_empty() => "nobody changed it through muster yet",
            (Some(_), _) => "",
            (None, Some(why)) => why,
            (None, None) => "asking for them …",
        };
        frame.put(area.x, area.y, area.width, told, Role::Dim);
        let len = self.rows().len();
        let cursor = self.list.within(len);
        let first = self.list.first(cursor, len, usize::from(area.height));
        for (y, (at, row)) in
            (area.y..area.bottom()).zip(self.rows().iter().enumerate().skip(first))
        {
            let place = Rect::new(area.x, y, area.width, 1);
            draw_row(frame, place, row);
            if at == cursor {
                frame.tint(place, Role::Cursor);
            }
            frame.hit(place, Hit::Row { pane: 0, row: at });
        }
        let keys = [
            ("⏎", Role::Key),
            (" what it changed   ", Role::Dim),
            ("u", Role::Key),
            (" take it back   ", Role::Dim),
            ("y", Role::Key),
            (" copy   ", Role::Dim),
            ("Esc", Role::Key),
            (" close", Role::Dim),
        ];
        let y = inner.bottom().saturating_sub(1);
        frame.pieces(inner.x, y, inner.width, &keys);
    }
}

fn draw_row(frame: &mut Frame<'_>, area: Rect, row: &OverlayLogRow) {
    let number = text::pad(&format!("#{}", row.number), 6);
    let when = format!("{} ", frame.ages.clock(row.at));
    let by = format!("{} ", text::pad(&row.by, 12));
    let role = if row.undone_by.is_some() {
        Role::Dim
    } else {
        Role::Text
    };
    let remark = match (row.undone_by, &row.note) {
        (Some(undone), _) => format!("  taken back by #{undone}"),
        (None, Some(note)) => format!("  {}", text::sanitise(note)),
        (None, None) => String::new(),
    };
    let summary = text::sanitise(&row.summary);
    let pieces = [
        (number.as_str(), Role::Title),
        (&when, Role::Dim),
        (&by, Role::Key),
        (&summary, role),
        (&remark, Role::Dim),
    ];
    frame.pieces(area.x, area.y, area.width, &pieces);
}
