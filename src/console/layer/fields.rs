//! The choice of a field to edit.

use ratatui::layout::Rect;

use super::{draw_search, middle};
use crate::console::form::Subject;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::{Input, List};
use crate::kit::{fuzzy, text};
use crate::model::Key;
use crate::model::field::Field;

/// One key that can be chosen.
#[derive(Debug)]
pub struct Choice {
    /// It; with a `*` where a name is still to be given.
    pub key: String,
    /// Its field.
    pub field: &'static Field,
    /// What is in force, where that is known.
    pub value: String,
    /// What it is about.
    pub doc: String,
}

/// The choice.
#[derive(Debug)]
pub struct Fields {
    /// Whose field.
    pub subject: Subject,
    /// The line.
    pub input: Input,
    /// The cursor.
    pub list: List,
    keys: Vec<Choice>,
    found: Vec<usize>,
    /// What was typed, when it is a key that is not listed.
    typed: Option<String>,
}

impl Fields {
    /// Of all keys.
    #[must_use]
    pub fn new(subject: Subject, keys: Vec<Choice>) -> Self {
        let mut fields = Self {
            subject,
            input: Input::default(),
            list: List::default(),
            keys,
            found: Vec::new(),
            typed: None,
        };
        fields.search();
        fields
    }

    /// Ranks them anew by what is typed.
    pub fn search(&mut self) {
        self.list = List::default();
        let typed = self.input.text().trim();
        let texts: Vec<String> = self
            .keys
            .iter()
            .map(|row| match row.key.contains('*') {
                true => format!("{} {}", row.key, row.doc),
                false => format!("{} {} {}", row.key, row.field.label, row.field.flag),
            })
            .collect();
        let mut ranked = fuzzy::rank(typed, texts.iter().map(String::as_str), usize::MAX);
        for (at, score) in &mut ranked {
            // What begins as typed comes before what merely holds it.
            if !typed.is_empty() && self.keys[*at].key.starts_with(typed) {
                *score += 200;
            }
        }
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        self.found = ranked.into_iter().map(|(at, _)| at).collect();
        let listed = self.keys.iter().any(|row| row.key == typed);
        self.typed = Key::parse(typed)
            .ok()
            .filter(|_| !listed)
            .map(|key| key.to_string());
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len() + usize::from(self.typed.is_some())
    }

    /// The key under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&str> {
        let at = self.list.within(self.len());
        match &self.typed {
            Some(typed) if at == 0 => Some(typed),
            typed => {
                let at = self.found.get(at - usize::from(typed.is_some()))?;
                self.keys.get(*at).map(|row| row.key.as_str())
            }
        }
    }

    /// Takes the key under the cursor into the line, up to a name that is still to be typed.
    pub fn complete(&mut self) {
        let Some(key) = self.chosen() else { return };
        let known = key.split('*').next().unwrap_or(key);
        self.input = Input::new(known);
        self.search();
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let title = format!("a field of {}", self.subject.text());
        let height = (area.height * 2 / 3).clamp(8, 24);
        let inner = frame.window(middle(area, 104, height), &text::clip(&title, 90));
        let rows = draw_search(frame, inner, "▸ ", &self.input, (1, 1));
        self.draw_rows(frame, rows);
        let y = inner.bottom().saturating_sub(1);
        frame.put(
            inner.x,
            y,
            inner.width,
            "⏎ edit it   Tab take it into the line, to name a device or a tag   Esc cancel",
            Role::Dim,
        );
    }

    fn draw_rows(&self, frame: &mut Frame<'_>, rows: Rect) {
        let (len, cursor) = (self.len(), self.list.within(self.len()));
        if len == 0 {
            frame.put(
                rows.x,
                rows.y,
                rows.width,
                "there is no such field",
                Role::Dim,
            );
        }
        let first = self.list.first(cursor, len, usize::from(rows.height));
        let key_w = usize::from((rows.width / 3).clamp(20, 36));
        let value_w = usize::from(rows.width / 4);
        for (y, at) in (rows.y..rows.bottom()).zip(first..len) {
            let skip = usize::from(self.typed.is_some());
            let row = at
                .checked_sub(skip)
                .and_then(|at| self.keys.get(*self.found.get(at)?));
            let (key, value, doc) = match row {
                Some(row) => (row.key.as_str(), row.value.as_str(), row.doc.as_str()),
                None => (self.typed.as_deref().unwrap_or_default(), "", "as typed"),
            };
            let key = text::pad(key, key_w);
            let value = text::pad(value, value_w);
            frame.pieces(
                rows.x,
                y,
                rows.width,
                &[
                    (&key, Role::Text),
                    (" ", Role::Text),
                    (&value, Role::Title),
                    (" ", Role::Text),
                    (doc, Role::Dim),
                ],
            );
            let area = Rect::new(rows.x, y, rows.width, 1);
            frame.hit(area, Hit::Row { pane: 0, row: at });
            if at == cursor {
                frame.tint(Rect::new(rows.x, y, rows.width, 1), Role::Cursor);
            }
        }
    }
}
