//! What came of rendering an overlay for many nodes: each fault once, with the nodes that it is found on.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::middle;
use crate::api::{CheckRow, Checked};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::{text, units};
use crate::model::Level;

/// Rows that a fault takes: what it is, and on which nodes.
const TALL: usize = 2;

/// The pane.
#[derive(Debug)]
pub struct Tried {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    /// The overlay.
    pub overlay: Arc<str>,
    /// For whom, in words.
    whom: String,
    found: Option<Checked>,
    refused: Option<Arc<str>>,
    list: List,
}

impl Tried {
    /// Of which nothing has come yet.
    #[must_use]
    pub fn new(serial: u64, overlay: Arc<str>, whom: String) -> Self {
        Self {
            serial,
            overlay,
            whom,
            found: None,
            refused: None,
            list: List::default(),
        }
    }

    /// What was found has come.
    pub fn came(&mut self, found: Checked) {
        self.found = Some(found);
    }

    /// It will not come.
    pub fn lost(&mut self, why: &str) {
        if self.found.is_none() {
            self.refused = Some(why.into());
        }
    }

    fn rows(&self) -> &[CheckRow] {
        self.found.as_ref().map_or(&[], |found| &found.rows)
    }

    /// The fault under the cursor.
    #[must_use]
    pub fn here(&self) -> Option<&CheckRow> {
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

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let rows = self.rows().iter();
        let rows = rows.map(|row| format!("{} ({} nodes: {})\n", row.fault, row.count, row.nodes));
        Some(format!(
            "{}\n{}",
            verdict(found).0,
            rows.collect::<String>()
        ))
    }

    /// Draws it over `body`.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let width = body.width.saturating_sub(2).min(120);
        let rows = self.rows().len() * TALL + 6;
        let height = u16::try_from(rows)
            .unwrap_or(u16::MAX)
            .clamp(7, body.height.max(7));
        let title = format!("{} tried on {}", self.overlay, self.whom);
        let title = text::clip(&title, usize::from(width).saturating_sub(6));
        let inner = frame.window(middle(body, width, height), &title);
        let head = match (&self.found, &self.refused) {
            (Some(found), _) => verdict(found),
            (None, Some(why)) => (format!("✗ {why}"), Role::Failed),
            (None, None) => ("rendering …".into(), Role::Dim),
        };
        frame.put(inner.x, inner.y, inner.width, &head.0, head.1);
        let area = Rect::new(
            inner.x,
            inner.y + 2,
            inner.width,
            inner.height.saturating_sub(4),
        );
        let len = self.rows().len();
        let cursor = self.list.within(len);
        let fit = usize::from(area.height) / TALL;
        let first = self.list.first(cursor, len, fit);
        for (line, (at, row)) in self
            .rows()
            .iter()
            .enumerate()
            .skip(first)
            .take(fit)
            .enumerate()
        {
            let y = area.y + u16::try_from(line * TALL).unwrap_or(0);
            let place = Rect::new(area.x, y, area.width, 2);
            draw_row(frame, place, row);
            if at == cursor {
                frame.tint(place, Role::Cursor);
            }
            frame.hit(place, Hit::Row { pane: 0, row: at });
        }
        foot(frame, inner, len > 0, len.saturating_sub(first + fit));
    }
}

/// The keys, and how many are out of sight.
fn foot(frame: &mut Frame<'_>, inner: Rect, any: bool, left: usize) {
    let keys = [
        ("⏎", Role::Key),
        (" to the line   ", Role::Dim),
        ("y", Role::Key),
        (" copy   ", Role::Dim),
        ("Esc", Role::Key),
        (" close", Role::Dim),
    ];
    let keys = if any { &keys[..] } else { &keys[2..] };
    let y = inner.bottom().saturating_sub(1);
    frame.pieces(inner.x, y, inner.width, keys);
    if left > 0 {
        let more = format!("↓ {left} more");
        frame.put_right(inner.x, inner.right(), y, &more, Role::Dim);
    }
}

fn draw_row(frame: &mut Frame<'_>, place: Rect, row: &CheckRow) {
    let (sign, role) = match row.fault.level {
        Level::Error => ("✗ ", Role::Failed),
        _ => ("! ", Role::Stalled),
    };
    let at = row.fault.spot.as_ref().map_or_else(String::new, |spot| {
        let file = spot.file.rsplit('/').next().unwrap_or_default();
        format!("{file}:{}:{} ", spot.line, spot.column)
    });
    let hint = row
        .fault
        .hint
        .as_ref()
        .map_or_else(String::new, |hint| format!(" · {hint}"));
    let pieces = [
        (sign, role),
        (&*at, Role::Key),
        (&*row.fault.what, role),
        (&*hint, Role::Text),
    ];
    frame.pieces(place.x, place.y, place.width, &pieces);
    let nodes = match row.count {
        1 => "1 node: ".to_owned(),
        many => format!("{} nodes: ", units::count(many as usize)),
    };
    let pieces = [(&*nodes, Role::Text), (&*row.nodes, Role::Dim)];
    frame.pieces(
        place.x + 2,
        place.y + 1,
        place.width.saturating_sub(2),
        &pieces,
    );
}

/// What it comes to in one line.
fn verdict(found: &Checked) -> (String, Role) {
    let count = |count: u32, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        more => format!("{} {many}", units::count(more as usize)),
    };
    let templates = count(found.templates, "template", "templates");
    let nodes = count(found.nodes, "node", "nodes");
    match found.failing {
        0 if found.nodes == 0 => ("no node was rendered for".into(), Role::Stalled),
        0 => (
            format!("✓ {templates} rendered for {nodes}: nothing fails"),
            Role::Good,
        ),
        failing => {
            let failing = units::count(failing as usize);
            (
                format!("✗ fails for {failing} of {nodes} · {templates} rendered"),
                Role::Failed,
            )
        }
    }
}
