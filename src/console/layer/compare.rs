//! Two profiles or two nodes side by side, with everything that they inherit.

use std::fmt::Write as _;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::middle;
use crate::api::{MergedRow, PairRow, ValueRow};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::{text, units};
use crate::model::Table;

/// From this width on it is said beside each value where it comes from.
const SOURCES: u16 = 110;

/// The pane.
#[derive(Debug)]
pub struct ComparePane {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    /// Nodes or profiles.
    table: Table,
    /// Their names.
    names: [Arc<str>; 2],
    /// What both have; none until that has come.
    rows: Option<Vec<PairRow>>,
    /// Why it has not.
    refused: Option<Arc<str>>,
    /// What they have in common too.
    all: bool,
    list: List,
}

impl ComparePane {
    /// Of two entries of which nothing has come yet.
    #[must_use]
    pub fn new(serial: u64, table: Table, names: [Arc<str>; 2]) -> Self {
        Self {
            serial,
            table,
            names,
            rows: None,
            refused: None,
            all: false,
            list: List::default(),
        }
    }

    /// What they come to has come.
    pub fn came(&mut self, rows: &[MergedRow]) {
        let found = |name: &Arc<str>| rows.iter().find(|row| row.name == *name);
        let [Some(left), Some(right)] = self.names.each_ref().map(found) else {
            return self.lost("one of them is not there any more");
        };
        self.rows = Some(MergedRow::side_by_side(left, right));
    }

    /// It will not come.
    pub fn lost(&mut self, why: &str) {
        if self.rows.is_none() {
            self.refused = Some(why.into());
        }
    }

    /// Shows what they have in common too, or only what differs.
    pub fn turn(&mut self) {
        let here = self.shown().get(self.list.at).map(|row| row.key.clone());
        self.all = !self.all;
        let at = self
            .shown()
            .iter()
            .position(|row| Some(&row.key) == here.as_ref());
        self.list.at = at.unwrap_or(0);
    }

    fn shown(&self) -> Vec<&PairRow> {
        let rows = self.rows.iter().flatten();
        rows.filter(|row| self.all || row.differs()).collect()
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        let len = self.shown().len();
        self.list.at = by.from(self.list.within(len), len);
    }

    /// Puts the cursor on a row.
    pub fn click(&mut self, row: usize) {
        self.list.at = row;
    }

    /// What is shown as text, for copying.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.rows.as_ref()?;
        let [left, right] = &self.names;
        let mut out = format!("{left} and {right}\n");
        for row in self.shown() {
            let side = |side: &Option<ValueRow>| match side {
                Some(row) => format!("{} ({})", row.value, row.source),
                None => "—".into(),
            };
            // Writing to a text cannot fail.
            let _ = writeln!(
                out,
                "{}: {} | {}",
                row.key,
                side(&row.left),
                side(&row.right)
            );
        }
        Some(out)
    }

    /// Draws it over `body`.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let [left, right] = &self.names;
        let title = format!("{} {left} and {right}", self.table.many());
        let width = body.width.saturating_sub(2).min(180);
        let height = u16::try_from(self.shown().len().max(1) + 6).unwrap_or(u16::MAX);
        let inner = frame.window(middle(body, width, height), &text::clip(&title, 100));
        let Some(all) = &self.rows else {
            let text = self
                .refused
                .as_deref()
                .unwrap_or("asking what they come to …");
            frame.put(inner.x, inner.y, inner.width, text, Role::Dim);
            return;
        };
        let shown = self.shown();
        let columns = columns(inner, &shown);
        let heads = ["FIELD", left, right];
        for ((x, room), word) in columns.iter().zip(heads) {
            frame.put(*x, inner.y, room.saturating_sub(1), word, Role::Title);
        }
        if shown.is_empty() {
            let text = "they come to the same: a shows all of it";
            frame.put(inner.x, inner.y + 1, inner.width, text, Role::Dim);
        }
        let rows = Rect::new(
            inner.x,
            inner.y + 1,
            inner.width,
            inner.height.saturating_sub(3),
        );
        let cursor = self.list.within(shown.len());
        let first = self
            .list
            .first(cursor, shown.len(), usize::from(rows.height));
        for (y, (at, row)) in (rows.y..rows.bottom()).zip(shown.iter().enumerate().skip(first)) {
            self.draw_row(frame, y, columns, row);
            let area = Rect::new(rows.x, y, rows.width, 1);
            if at == cursor {
                frame.tint(area, Role::Cursor);
            }
            frame.hit(area, Hit::Row { pane: 0, row: at });
        }
        let foot = inner.bottom().saturating_sub(2);
        if let Some(row) = shown.get(cursor) {
            let side = |name: &Arc<str>, side: &Option<ValueRow>| match side {
                Some(row) => format!("{name}: {}", said(name, &row.source)),
                None => format!("{name}: says nothing"),
            };
            let about = format!("{} · {}", side(left, &row.left), side(right, &row.right));
            frame.put(
                inner.x,
                foot,
                inner.width,
                &text::sanitise(&about),
                Role::Dim,
            );
        }
        self.keys(frame, inner, all);
    }

    fn draw_row(&self, frame: &mut Frame<'_>, y: u16, columns: [(u16, u16); 3], row: &PairRow) {
        let differs = row.differs();
        let [field, sides @ ..] = columns;
        let role = if differs { Role::Text } else { Role::Dim };
        frame.put(field.0, y, field.1.saturating_sub(1), &row.key, role);
        let wide = frame.area().width >= SOURCES;
        let both = [&row.left, &row.right];
        for (((x, room), side), name) in sides.into_iter().zip(both).zip(&self.names) {
            let Some(value) = side else {
                frame.put(x, y, room, "—", Role::Dim);
                continue;
            };
            let own = *value.source == *"node" || *value.source == *format!("profile {name}");
            let role = match (differs, own) {
                (false, _) => Role::Dim,
                (true, true) => Role::Title,
                (true, false) => Role::Text,
            };
            let shown = text::sanitise(&value.value.to_string());
            let from = if own || !wide {
                String::new()
            } else {
                format!(
                    "  {}",
                    value
                        .source
                        .strip_prefix("profile ")
                        .unwrap_or(&value.source)
                )
            };
            let room = room.saturating_sub(1);
            frame.pieces(x, y, room, &[(&shown, role), (&from, Role::Line)]);
        }
    }

    fn keys(&self, frame: &mut Frame<'_>, inner: Rect, all: &[PairRow]) {
        let differ = all.iter().filter(|row| row.differs()).count();
        let same = units::count(all.len() - differ);
        let a = if self.all {
            "only what differs".to_owned()
        } else {
            format!("all of it, {same} the same")
        };
        let pieces = [
            ("a", Role::Key),
            (" ", Role::Text),
            (&*a, Role::Dim),
            ("   y", Role::Key),
            (" copy   ", Role::Dim),
            ("Esc", Role::Key),
            (" close", Role::Dim),
        ];
        let y = inner.bottom().saturating_sub(1);
        frame.pieces(inner.x, y, inner.width, &pieces);
        let count = format!("{} differ", units::count(differ));
        frame.put_right(inner.x, inner.right(), y, &count, Role::Dim);
    }
}

/// Where the key and the two values begin, and how wide they are.
fn columns(inner: Rect, shown: &[&PairRow]) -> [(u16, u16); 3] {
    let longest = shown.iter().map(|row| text::width(&row.key)).max();
    let key = u16::try_from(longest.unwrap_or(0) + 2).unwrap_or(0);
    let key = key.clamp(8, inner.width * 3 / 10);
    let half = (inner.width - key) / 2;
    let left = inner.x + key;
    [
        (inner.x, key),
        (left, half),
        (left + half, inner.right().saturating_sub(left + half)),
    ]
}

/// Where a value of that entry comes from, in words.
fn said(name: &str, source: &str) -> String {
    match source {
        "node" => "says it itself".into(),
        source if source.strip_prefix("profile ") == Some(name) => "says it itself".into(),
        source if source.starts_with("profile ") || !source.contains(", ") => {
            format!("from {source}")
        }
        layers => format!("appended from {layers}"),
    }
}
