//! The server's settings, to be read.

use ratatui::layout::Rect;

use super::{Move, World};
use crate::api::SettingRow;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;

/// The state of that screen.
#[derive(Debug, Default)]
pub struct Settings {
    /// What the engine said; none while it has not.
    pub rows: Option<Vec<SettingRow>>,
    list: List,
}

impl Settings {
    fn shown<'a>(&'a self, world: &World<'_>) -> Vec<&'a SettingRow> {
        let words = world.order.filter.to_string().to_ascii_lowercase();
        let fits = |row: &&SettingRow| {
            words.split_whitespace().all(|word| {
                row.key.to_ascii_lowercase().contains(word)
                    || row.value.to_ascii_lowercase().contains(word)
            })
        };
        self.rows.iter().flatten().filter(fits).collect()
    }

    /// Moves the cursor.
    pub fn step(&mut self, world: &World<'_>, by: Move) {
        let len = self.shown(world).len();
        self.list.at = by.from(self.list.within(len), len);
    }

    /// Puts the cursor on a key.
    pub fn seek(&mut self, key: &str) {
        let at = self.rows.iter().flatten().position(|row| *row.key == *key);
        self.list.at = at.unwrap_or(self.list.at);
    }

    /// Puts the cursor on a row.
    pub fn click(&mut self, row: usize) {
        self.list.at = row;
    }

    /// The setting under the cursor as a line of text.
    #[must_use]
    pub fn line(&self, world: &World<'_>) -> Option<String> {
        let rows = self.shown(world);
        let row = rows.get(self.list.within(rows.len()))?;
        Some(format!("{}: {}", row.key, row.value))
    }

    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        frame.put(body.x + 2, body.y, body.width, "KEY", Role::Dim);
        let at_value = body.x + 2 + body.width / 3;
        frame.put(at_value, body.y, body.width, "VALUE", Role::Dim);
        frame.put_right(
            body.x,
            body.right().saturating_sub(1),
            body.y,
            "read from muster.conf",
            Role::Dim,
        );
        if self.rows.is_none() {
            frame.put(
                body.x + 2,
                body.y + 1,
                body.width,
                "asking the server …",
                Role::Dim,
            );
            return;
        }
        let rows = self.shown(world);
        let height = usize::from(body.height.saturating_sub(1));
        let cursor = self.list.within(rows.len());
        let first = self.list.first(cursor, rows.len(), height);
        for (y, (at, setting)) in
            (body.y + 1..).zip(rows.iter().enumerate().skip(first).take(height))
        {
            let row = Rect::new(body.x, y, body.width, 1);
            let role = if setting.set { Role::Title } else { Role::Dim };
            let value = match &*setting.value {
                "" => "—",
                value => value,
            };
            frame.put(body.x + 2, y, body.width / 3 - 1, &setting.key, Role::Text);
            let end = body.right().saturating_sub(10);
            frame.put(at_value, y, end.saturating_sub(at_value), value, role);
            let from = if setting.set { "set" } else { "default" };
            frame.put_right(end, body.right().saturating_sub(1), y, from, Role::Dim);
            if at == cursor {
                frame.tint(
                    Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
    }
}
