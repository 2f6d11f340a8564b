//! The choice of what to copy.

use ratatui::layout::Rect;

use super::{draw_keys, middle};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::kit::text;

/// What can be copied: the action that takes it, what it is, and the text.
#[derive(Debug)]
pub struct Copies(pub Vec<(Act, &'static str, String)>);

impl Copies {
    /// What an action takes; Enter takes the first.
    #[must_use]
    pub fn text(&self, act: Act) -> Option<&str> {
        let found = self.0.iter().find(|(own, ..)| *own == act);
        let found = found.or_else(|| self.0.first().filter(|_| act == Act::Accept));
        found.map(|(.., text)| text.as_str())
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, key: impl Fn(Act) -> String) {
        let height = u16::try_from(self.0.len()).unwrap_or(4) + 4;
        let inner = frame.window(middle(frame.area(), 100, height), "copy");
        for (y, (at, (act, what, text))) in (inner.y..).zip(self.0.iter().enumerate()) {
            let line = text.lines().next().unwrap_or_default();
            let sign = if at == 0 { "⏎ " } else { "  " };
            let pieces = [
                (sign, Role::Key),
                (&*format!("{} ", key(*act)), Role::Key),
                (&text::pad(what, 9), Role::Text),
                (line, Role::Title),
            ];
            frame.pieces(inner.x, y, inner.width, &pieces);
            frame.hit(Rect::new(inner.x, y, inner.width, 1), Hit::Act(*act));
        }
        let y = inner.bottom().saturating_sub(1);
        draw_keys(
            frame,
            (inner.x, y),
            inner.right(),
            &[("Esc", "copy nothing", Act::Close)],
        );
    }
}
