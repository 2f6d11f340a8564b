//! Help: the keys that work here, made from the action table. Enter does what the cursor is on.

use ratatui::layout::Rect;

use super::middle;
use crate::console::frame::Frame;
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
            .saturating_add(3);
        let inner = frame.window(middle(frame.area(), 100, height), "keys that work here");
        let list = Rect::new(
            inner.x,
            inner.y,
            inner.width,
            inner.height.saturating_sub(1),
        );
        let visible = usize::from(list.height);
        let cursor = self.list.within(rows.len());
        let first = self.list.first(cursor, rows.len(), visible);
        for (y, (at, row)) in (list.y..list.bottom()).zip(rows.iter().enumerate().skip(first)) {
            let keys = keys_of(keymap, row);
            let reason = off(row.id);
            let (role, doc) = match reason {
                Some(why) => (Role::Dim, format!("{} (off: {why})", row.doc)),
                None => (Role::Text, row.doc.to_owned()),
            };
            let keys = text::pad(&keys, 17);
            frame.pieces(
                inner.x,
                y,
                inner.width,
                &[(&keys, Role::Key), (" ", role), (&doc, role)],
            );
            if at == cursor {
                frame.tint(Rect::new(inner.x, y, inner.width, 1), Role::Cursor);
            }
        }
        let more = rows.len().saturating_sub(first + visible);
        let foot = if more > 0 {
            format!("⏎ do it   Esc close   ⋮ {more} more")
        } else {
            "⏎ do it   Esc close".to_owned()
        };
        frame.put(
            inner.x,
            inner.bottom().saturating_sub(1),
            inner.width,
            &foot,
            Role::Dim,
        );
    }
}

/// The keys of an action; of one without keys, how the palette finds it.
fn keys_of(keymap: &Keymap, row: &Action) -> String {
    let keys: Vec<String> = keymap
        .keys(row.id)
        .iter()
        .map(ToString::to_string)
        .collect();
    if keys.is_empty() {
        format!(": {}", row.name)
    } else {
        keys.join(" ")
    }
}
