//! How lines to fill in look: each with its name, and what is said of what is typed.

use ratatui::layout::Rect;

use super::{bottom, draw_input, draw_keys};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::writing::Ask;
use crate::kit::text;

/// Cells of a line's name.
const LABEL: u16 = 11;

/// Draws them at the bottom of `body`, so that the tree stays in sight.
pub fn draw_ask(frame: &mut Frame<'_>, body: Rect, ask: &Ask) {
    let height = u16::try_from(ask.entries.len()).unwrap_or(2) + 5;
    let title = text::clip(
        &ask.title(),
        usize::from(body.width.saturating_sub(12)).min(86),
    );
    let inner = frame.window(bottom(body, 92, height), &title);
    for (y, (at, entry)) in (inner.y..).zip(ask.entries.iter().enumerate()) {
        let here = at == ask.at;
        let role = if here { Role::Title } else { Role::Dim };
        frame.put(inner.x, y, LABEL, entry.label, role);
        let x = inner.x + LABEL;
        let room = inner.right().saturating_sub(x);
        if here {
            draw_input(frame, (x, y), room, &entry.input);
        } else {
            frame.put(x, y, room, entry.input.text(), Role::Text);
        }
        let area = Rect::new(inner.x, y, inner.width, 1);
        frame.hit(area, Hit::Row { pane: 0, row: at });
    }
    let y = inner.bottom().saturating_sub(2);
    let (told, role) = match ask.told() {
        Ok(told) => (told, Role::Dim),
        Err(why) => (why, Role::Stalled),
    };
    frame.put(inner.x, y, inner.width, &told, role);
    let keys = [
        ("⏎", "go on", Act::Accept),
        ("Tab", "complete", Act::Complete),
        ("Esc", "cancel", Act::Cancel),
    ];
    draw_keys(frame, (inner.x, y + 1), inner.right(), &keys);
}
