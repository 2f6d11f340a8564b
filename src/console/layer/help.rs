//! Help: the keys that work here, made from the action table. Enter does what the cursor is on.

use ratatui::layout::Rect;

use super::middle;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::{ACTIONS, Act, Action, Context, Keymap};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::text;

/// Help for a context.
#[derive(Debug)]
pub struct Help {
    /// Where it was asked for.
    pub about: Context,
    /// The cursor.
    pub list: List,
}

impl Help {
    /// For a context.
    #[must_use]
    pub fn new(about: Context) -> Self {
        Self {
            about,
            list: List::default(),
        }
    }

    /// The rows of the table that are heard there.
    #[must_use]
    pub fn rows(&self) -> Vec<&'static Action> {
        ACTIONS
            .iter()
            .filter(|row| row.heard_in(self.about))
            .collect()
    }

    /// What Enter does.
    #[must_use]
    pub fn chosen(&self) -> Option<Act> {
        let rows = self.rows();
        rows.get(self.list.within(rows.len())).map(|row| row.id)
    }

    /// Draws it; `off` tells why an action cannot be done now.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        keymap: &Keymap,
        off: impl Fn(Act) -> Option<String>,
    ) {
        let rows = self.rows();
        let height = u16::try_from(rows.len())
            .unwrap_or(u16::MAX)
            .saturating_add(6);
        let inner = frame.window(middle(frame.area(), 100, height), "keys that work here");
        let list = Rect::new(
            inner.x,
            inner.y,
            inner.width,
            inner.height.saturating_sub(4),
        );
        let cursor = self.list.within(rows.len());
        let visible = usize::from(list.height);
        let first = self.list.first(cursor, rows.len(), visible);
        let all: Vec<String> = rows.iter().map(|row| keys_of(frame, keymap, row)).collect();
        let widest = all.iter().map(|keys| text::width(keys)).max();
        let cells = widest.unwrap_or(0).min(17);
        for (y, (at, row)) in (list.y..list.bottom()).zip(rows.iter().enumerate().skip(first)) {
            let role = if off(row.id).is_some() {
                Role::Dim
            } else {
                Role::Text
            };
            let keys = text::pad(&all[at], cells);
            frame.pieces(
                inner.x,
                y,
                inner.width,
                &[(&keys, Role::Key), ("  ", role), (row.doc, role)],
            );
            if at == cursor {
                frame.tint(Rect::new(inner.x, y, inner.width, 1), Role::Cursor);
            }
            frame.hit(
                Rect::new(inner.x, y, inner.width, 1),
                Hit::Row { pane: 0, row: at },
            );
        }
        if let Some(row) = rows.get(cursor) {
            in_full(frame, inner, row, off(row.id));
        }
        foot(frame, inner, rows.len().saturating_sub(first + visible));
    }
}

/// The keys of the box, and how much is below.
fn foot(frame: &mut Frame<'_>, inner: Rect, more: usize) {
    let rest = if more > 0 {
        format!("   ↓ {more} more")
    } else {
        String::new()
    };
    let keys = [
        ("⏎", Role::Key),
        (" do it   ", Role::Dim),
        ("Esc", Role::Key),
        (" close", Role::Dim),
        (&rest, Role::Key),
    ];
    let y = inner.bottom().saturating_sub(1);
    frame.pieces(inner.x, y, inner.width, &keys);
}

/// What the action under the cursor does, in two rows, so that nothing of it is cut; and why it cannot be done now.
fn in_full(frame: &mut Frame<'_>, inner: Rect, row: &Action, off: Option<String>) {
    let top = inner.bottom().saturating_sub(4);
    frame.rule(inner.x, top, inner.width);
    let (text, role) = match off {
        Some(why) => (format!("{} (off: {why})", row.doc), Role::Stalled),
        None => (row.doc.to_owned(), Role::Title),
    };
    let lines = text::wrap(&text, usize::from(inner.width));
    for (y, line) in (top + 1..inner.bottom().saturating_sub(1)).zip(lines) {
        frame.put(inner.x, y, inner.width, &line, role);
    }
}

/// The keys of an action; of one without keys, how the palette finds it.
fn keys_of(frame: &Frame<'_>, keymap: &Keymap, row: &Action) -> String {
    let keys: Vec<String> = keymap
        .keys(row.id)
        .iter()
        .map(|key| frame.plain(&key.to_string()).into_owned())
        .collect();
    if keys.is_empty() {
        format!(": {}", row.name)
    } else {
        keys.join(" ")
    }
}
