//! How the screen is laid out: three panes side by side, or one at a time under their names.

use ratatui::layout::Rect;

use super::tree::{self, Shown};
use super::{BESIDE, Overlays, PANES, Pane};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;

/// Where each pane is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// The names of the panes.
    pub names: Option<Rect>,
    /// Overlays and files.
    pub tree: Option<Rect>,
    /// The file.
    pub template: Option<Rect>,
    /// What it makes.
    pub made: Option<Rect>,
}

impl Overlays {
    /// The panes of a body.
    #[must_use]
    pub fn parts(&self, body: Rect) -> Parts {
        let mut parts = Parts {
            names: None,
            tree: None,
            template: None,
            made: None,
        };
        if body.width < BESIDE || self.alone {
            parts.names = Some(Rect { height: 1, ..body });
            let below = Rect::new(
                body.x,
                body.y + 1,
                body.width,
                body.height.saturating_sub(1),
            );
            match self.pane {
                Pane::Tree => parts.tree = Some(below),
                Pane::Template => parts.template = Some(below),
                Pane::Made => parts.made = Some(below),
            }
            return parts;
        }
        let left = (body.width * 3 / 11).clamp(30, 56);
        let middle = (body.width - left - 2) / 2;
        let right = body.width - left - 2 - middle;
        let part = |x, width| Some(Rect::new(x, body.y, width, body.height));
        parts.tree = part(body.x, left);
        parts.template = part(body.x + left + 1, middle);
        parts.made = part(body.x + left + middle + 2, right);
        parts
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        self.spot.set(None);
        let Some(_) = self.items.held() else {
            let text = match self.items.refused(&()) {
                Some(why) => format!("✗ {why}"),
                None => "asking for the overlays …".into(),
            };
            return frame.remark(body, &text);
        };
        let parts = self.parts(body);
        if let Some(row) = parts.names {
            self.draw_names(frame, row);
        }
        if let Some(area) = parts.tree {
            let shown = Shown {
                list: &self.list,
                focus: self.pane == Pane::Tree,
            };
            tree::draw(frame, area, &self.source(), &self.rows, shown);
        }
        for area in [parts.template, parts.made].into_iter().flatten() {
            for y in body.top()..body.bottom() {
                if parts.names.is_none() {
                    frame.put(area.x - 1, y, 1, "│", Role::Line);
                }
            }
        }
        if let Some(area) = parts.template {
            if self.file.is_some() {
                self.draw_template(frame, area);
            } else {
                self.draw_overview(frame, area);
            }
        }
        if let Some(area) = parts.made {
            self.draw_made(frame, area);
        }
    }

    /// The names of the panes, where one is shown at a time.
    fn draw_names(&self, frame: &mut Frame<'_>, row: Rect) {
        frame.rule(row.x, row.y, row.width);
        let mut x = row.x + 1;
        for (at, (pane, word)) in PANES.into_iter().enumerate() {
            let role = if pane == self.pane {
                Role::Tab
            } else {
                Role::Dim
            };
            let word = match pane {
                Pane::Template if self.file.is_none() => "Overview".to_owned(),
                Pane::Made => match self.cast() {
                    Some(node) => format!("As {node}"),
                    None => word.to_owned(),
                },
                _ => word.to_owned(),
            };
            let (from, room) = (x, row.right().saturating_sub(x));
            let pieces = [(" ", Role::Text), (&*word, role), (" ", Role::Text)];
            x = frame.pieces(x, row.y, room, &pieces);
            frame.hit(Rect::new(from, row.y, x - from, 1), Hit::Page(at));
            x += 1;
        }
        // Which overlay and file that is, where the tree is not to be seen.
        if self.pane != Pane::Tree {
            let path = self.file.as_ref().map(|path| format!("/{path}"));
            let name = self.overlay.as_deref().unwrap_or_default();
            let text = format!(" {name}{} ", path.unwrap_or_default());
            frame.put_right(
                x + 1,
                row.right().saturating_sub(1),
                row.y,
                &text,
                Role::Title,
            );
        }
    }
}
