//! What comes of a file for a node; of an overlay all that it makes.

use std::collections::HashSet;

use ratatui::layout::Rect;

use super::template::{Notes, Sheet, ending};
use super::tree::{parent, rights};
use super::{Overlays, Pane};
use crate::api::{Content, FileKind, Rendered, Rendering};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::kit::{text, units};
use crate::model::Level;

impl Overlays {
    /// Rows of that pane.
    pub(super) fn made_len(&self) -> usize {
        if self.made_of_file() {
            self.output.len()
        } else {
            self.listed.len()
        }
    }

    /// What is listed of all that an overlay makes: folders only where nothing else is in them.
    pub(super) fn list_made(&mut self) {
        let parents: HashSet<&str> = self
            .outputs()
            .iter()
            .filter_map(|one| parent(&one.path))
            .collect();
        let outputs = self.outputs().iter().enumerate();
        let told = outputs.filter(|(_, one)| !parents.contains(&*one.path));
        self.listed = told.map(|(at, _)| at).collect();
    }

    /// The output under the cursor where all are listed.
    pub(super) fn listed_here(&self) -> Option<&Rendered> {
        let at = self.listed.get(self.result.within(self.listed.len()))?;
        self.outputs().get(*at)
    }

    pub(super) fn draw_made(&self, frame: &mut Frame<'_>, area: Rect) {
        let head = Rect { height: 1, ..area };
        let below = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        let Some(node) = self.cast() else {
            let title = if self.pane == Pane::Made {
                Role::Title
            } else {
                Role::Dim
            };
            frame.put(head.x + 1, head.y, head.width, "AS NODE", title);
            let text = if self.detail().is_some() {
                "no node gets it: t renders it for one all the same"
            } else {
                ""
            };
            return frame.remark(below, text);
        };
        let held = self.rendering.held();
        let made = held.filter(|made| Some(&made.name) == self.overlay.as_ref());
        let whom = made.map_or(node, |made| &made.node);
        self.head(frame, head, whom);
        let wanted = self.wanted_cast();
        if let Some(why) = wanted
            .as_ref()
            .and_then(|cast| self.rendering.refused(cast))
        {
            return frame.remark(below, &format!("✗ {why}"));
        }
        let Some(made) = made else {
            return frame.remark(below, "asking what it makes …");
        };
        if self.made_of_file() {
            self.draw_output(frame, below, made);
        } else {
            self.draw_list(frame, below, made);
        }
    }

    /// The node, its place among those that get the overlay, and the keys.
    fn head(&self, frame: &mut Frame<'_>, row: Rect, node: &str) {
        let title = if self.pane == Pane::Made {
            Role::Title
        } else {
            Role::Dim
        };
        let at = self.users.iter().position(|user| **user == *node);
        let place = match at {
            Some(at) => format!(
                "  {} of {}",
                units::count(at + 1),
                units::count(self.users.len())
            ),
            None => "  does not get it".to_owned(),
        };
        let role = if at.is_some() {
            Role::Dim
        } else {
            Role::Stalled
        };
        let pieces = [("AS ", title), (node, Role::Title), (&*place, role)];
        let x = frame.pieces(row.x + 1, row.y, row.width.saturating_sub(2), &pieces);
        let keys = [
            ("[ ]", Role::Key),
            (" node ", Role::Dim),
            ("t", Role::Key),
            (" pick", Role::Dim),
        ];
        let wide: usize = keys.iter().map(|(word, _)| text::width(word)).sum();
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        let from = row.right().saturating_sub(wide + 1);
        if from > x + 1 {
            frame.pieces(from, row.y, wide, &keys);
        }
    }

    /// One output, under the names of all where there are several.
    fn draw_output(&self, frame: &mut Frame<'_>, area: Rect, made: &Rendering) {
        let mut area = area;
        let Some(one) = self.output() else {
            return self.nothing(frame, area, made);
        };
        self.strip(frame, Rect { height: 1, ..area }, one);
        area = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        let told = match (&one.symlink, &one.content) {
            (Some(target), _) => format!("a link to {}", text::sanitise(target)),
            (None, Some(Content::Bytes { .. })) => {
                let size = one.content.as_ref().and_then(Content::bytes);
                let size = size.map_or(0, |bytes| bytes.len() as u64);
                format!("{} that are no text", units::size(size))
            }
            (None, None) => "a folder".into(),
            (None, Some(Content::Text(text))) if text.is_empty() => "an empty file".into(),
            (None, Some(Content::Text(_))) => String::new(),
        };
        if !told.is_empty() {
            return frame.remark(area, &told);
        }
        let notes = Notes::new();
        let sheet = Sheet {
            paper: &self.output,
            list: &self.result,
            notes: &notes,
            pane: 2,
            focus: self.pane == Pane::Made,
            shift: self.shift,
            marks: &[],
        };
        sheet.draw(frame, area);
    }

    /// The path of the output, what it is on the node, and which of several it is.
    fn strip(&self, frame: &mut Frame<'_>, row: Rect, one: &Rendered) {
        let several = self.outputs().len();
        let mut about = format!(" {}", rights(one.mode, one.uid, one.gid));
        if one.backup {
            about.push_str(" · keeps a backup");
        }
        let place = if several > 1 {
            format!("{{ }} {}/{several}  ", self.output_at() + 1)
        } else {
            String::new()
        };
        let x = frame.put(row.x + 1, row.y, row.width, &place, Role::Key);
        let room = row.right().saturating_sub(x + 1);
        let cells = usize::from(room).saturating_sub(text::width(&about));
        let path = ending(&text::sanitise(&one.path), cells.max(8));
        frame.pieces(x, row.y, room, &[(&path, Role::Text), (&about, Role::Dim)]);
    }

    /// Nothing came of the file: what failed, or that it makes nothing.
    fn nothing(&self, frame: &mut Frame<'_>, area: Rect, made: &Rendering) {
        let errors = made
            .faults
            .iter()
            .filter(|fault| fault.level == Level::Error);
        let mut y = area.y + 1;
        let room = area.width.saturating_sub(4);
        let mut any = false;
        for fault in errors {
            any = true;
            for line in text::wrap(&super::overview::told(fault), usize::from(room)) {
                if y >= area.bottom() {
                    return;
                }
                frame.put(area.x + 2, y, room, &line, Role::Failed);
                y += 1;
            }
            for line in fault
                .hint
                .iter()
                .flat_map(|hint| text::wrap(hint, usize::from(room)))
            {
                if y >= area.bottom() {
                    return;
                }
                frame.put(area.x + 4, y, room, &line, Role::Failed);
                y += 1;
            }
        }
        if any {
            let text = "not served until that is mended: the node keeps what it had";
            for line in text::wrap(text, usize::from(room)) {
                if y + 1 < area.bottom() {
                    frame.put(area.x + 2, y + 1, room, &line, Role::Dim);
                }
                y += 1;
            }
        } else {
            frame.remark(area, "it makes nothing for this node");
        }
    }

    /// Everything that the overlay makes for the node.
    fn draw_list(&self, frame: &mut Frame<'_>, area: Rect, made: &Rendering) {
        let len = self.listed.len();
        if len == 0 {
            return self.nothing(frame, area, made);
        }
        let errors = made
            .faults
            .iter()
            .filter(|fault| fault.level == Level::Error)
            .count();
        let mut area = area;
        if errors > 0 {
            let text = match errors {
                1 => "✗ 1 error".to_owned(),
                many => format!("✗ {many} errors"),
            };
            frame.put(
                area.x + 2,
                area.y,
                area.width.saturating_sub(3),
                &text,
                Role::Failed,
            );
            area = Rect::new(
                area.x,
                area.y + 1,
                area.width,
                area.height.saturating_sub(1),
            );
        }
        let height = usize::from(area.height);
        let cursor = self.result.within(len);
        let first = self.result.first(cursor, len, height);
        let shown = self.listed.iter().enumerate().skip(first).take(height);
        for (y, (at, of)) in (area.y..).zip(shown) {
            let Some(one) = made.files.get(*of) else {
                continue;
            };
            self.draw_made_row(frame, Rect::new(area.x, y, area.width, 1), one);
            let row = Rect::new(area.x, y, area.width, 1);
            if at == cursor && self.pane == Pane::Made {
                frame.tint(
                    Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            frame.hit(row, Hit::Row { pane: 2, row: at });
        }
        let left = len.saturating_sub(first + height);
        if left > 0 {
            let y = area.bottom().saturating_sub(1);
            frame.put_right(
                area.x,
                area.right().saturating_sub(1),
                y,
                &format!(" ⋮ {left}"),
                Role::Dim,
            );
        }
    }

    fn draw_made_row(&self, frame: &mut Frame<'_>, row: Rect, one: &Rendered) {
        let rights = rights(one.mode, one.uid, one.gid);
        let size = match (&one.symlink, &one.content) {
            (Some(target), _) => format!("→ {}", text::sanitise(target)),
            (None, Some(Content::Text(text))) => units::size(text.len() as u64),
            (None, Some(Content::Bytes { base64 })) => units::size(base64.len() as u64 / 4 * 3),
            (None, None) => "folder".into(),
        };
        let about = if row.width < 60 {
            size
        } else {
            format!("{size}  {rights}")
        };
        let end = row.right().saturating_sub(1);
        let until = frame.put_right(row.x + 12, end, row.y, &about, Role::Dim);
        let role = if one.template.is_some() {
            Role::Text
        } else {
            Role::Dim
        };
        let sign = if one.template.is_some() { "◇ " } else { "  " };
        let x = frame.put(row.x + 2, row.y, 2, sign, Role::Key);
        let room = until.saturating_sub(x + 1);
        let path = ending(&text::sanitise(&one.path), usize::from(room));
        frame.put(x, row.y, room, &path, role);
    }

    /// Whether the file under the cursor is a template.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.row()
            .is_some_and(|row| matches!(row.kind, FileKind::Template(_)))
    }
}
