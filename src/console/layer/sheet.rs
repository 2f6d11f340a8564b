//! A box of lines to be read, which can be scrolled where it is too small for them.

use ratatui::layout::Rect;

use super::{middle, wide};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::screens::Move;

/// Most cells of a box.
const WIDE: u16 = 100;
/// Columns and rows that are not for lines: border and air; border, and the keys with a row above them.
const AROUND: (u16, u16) = (4, 4);

/// How far it is scrolled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sheet {
    top: usize,
}

/// Cells of a line on a screen of that width.
#[must_use]
pub fn cells(screen: u16) -> usize {
    usize::from(wide(screen, WIDE).saturating_sub(AROUND.0))
}

/// Lines that are seen at once on a screen of that height.
fn visible(screen: u16, lines: usize) -> usize {
    lines.min(usize::from(screen.saturating_sub(2 + AROUND.1)))
}

impl Sheet {
    /// Scrolls `lines` lines on a screen of that height.
    pub fn step(&mut self, by: Move, lines: usize, screen: u16) {
        let most = lines - visible(screen, lines);
        self.top = by.from(self.top.min(most), most + 1);
    }

    /// Draws it.
    pub fn draw(self, frame: &mut Frame<'_>, title: &str, lines: &[(String, Role)]) {
        let area = frame.area();
        let visible = visible(area.height, lines.len());
        let height = u16::try_from(visible)
            .unwrap_or(u16::MAX)
            .saturating_add(AROUND.1);
        let inner = frame.window(middle(area, WIDE, height), title);
        let first = self.top.min(lines.len() - visible);
        for (y, (line, role)) in (inner.y..).zip(lines.iter().skip(first).take(visible)) {
            frame.put(inner.x, y, inner.width, line, *role);
        }
        let foot = Rect::new(inner.x, inner.bottom().saturating_sub(1), inner.width, 1);
        let keys = [
            ("y", Role::Key),
            (" copy   ", Role::Dim),
            ("Esc", Role::Key),
            (" close", Role::Dim),
        ];
        frame.pieces(foot.x, foot.y, foot.width, &keys);
        let below = lines.len() - visible - first;
        if first + below > 0 {
            let above = if first > 0 {
                format!("↑ {first}  ")
            } else {
                String::new()
            };
            let below = if below > 0 {
                format!("↓ {below} more")
            } else {
                String::new()
            };
            frame.put_right(
                foot.x + 22,
                foot.right(),
                foot.y,
                &format!("{above}{below}"),
                Role::Key,
            );
        }
    }
}
