//! The choice of what to make among overlays.

use std::sync::Arc;

use super::{draw_keys, middle};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::kit::text;
use ratatui::layout::Rect;

/// What can be made, by its action.
const ALL: [(Act, &str); 5] = [
    (Act::MakeFile, "a file, to be written here"),
    (Act::MakeFolder, "a folder"),
    (Act::MakeLink, "a symbolic link"),
    (Act::MakeImport, "a file taken from this machine"),
    (Act::MakeOverlay, "an overlay"),
];

/// The choice.
#[derive(Debug, Clone)]
pub struct Makes {
    /// The overlay in which all but the last is made.
    pub overlay: Option<Arc<str>>,
}

impl Makes {
    /// Draws it; `key` tells the key of an action.
    pub fn draw(&self, frame: &mut Frame<'_>, key: impl Fn(Act) -> String) {
        let title = match &self.overlay {
            Some(overlay) => format!("make what in {overlay}?"),
            None => "make what?".into(),
        };
        let height = u16::try_from(ALL.len()).unwrap_or(5) + 4;
        let inner = frame.window(middle(frame.area(), 52, height), &text::clip(&title, 44));
        for (y, (act, what)) in (inner.y..).zip(ALL) {
            let key = format!("{} ", key(act));
            let pieces = [(key.as_str(), Role::Key), (what, Role::Text)];
            frame.pieces(inner.x, y, inner.width, &pieces);
            frame.hit(Rect::new(inner.x, y, inner.width, 1), Hit::Act(act));
        }
        let y = inner.bottom().saturating_sub(1);
        let keys = [("Esc", "make nothing", Act::Close)];
        draw_keys(frame, (inner.x, y), inner.right(), &keys);
    }
}
