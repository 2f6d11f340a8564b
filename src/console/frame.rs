//! What screens draw on: a buffer, the look, the ages, and the places that a click can hit.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::ages::Ages;
use super::keys::Act;
use super::look::{Look, Role};
use crate::kit::text;

/// What a click does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// An action.
    Act(Act),
    /// Puts the cursor on a row of a pane; a second click opens it.
    Row {
        /// Which pane, as the screen numbers them.
        pane: u8,
        /// Which row of its whole list.
        row: usize,
    },
    /// Puts the cursor on a cell of a table; a second click opens its row.
    Cell {
        /// Which row of the whole table.
        row: usize,
        /// Which of its columns.
        column: usize,
    },
    /// Shows a page, by its number, and lets keys go there.
    Page(usize),
    /// Sorts a table by one of its columns; a second click the other way round.
    Heading(usize),
}

/// One frame in the making.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The cells.
    pub buf: &'a mut Buffer,
    /// Styles and glyphs.
    pub look: &'a Look,
    /// Time.
    pub ages: &'a Ages,
    /// What can be clicked; later ones lie on top.
    pub hits: Vec<(Rect, Hit)>,
}

impl<'a> Frame<'a> {
    /// A frame over a buffer.
    pub fn new(buf: &'a mut Buffer, look: &'a Look, ages: &'a Ages) -> Self {
        Self {
            buf,
            look,
            ages,
            hits: Vec::new(),
        }
    }

    /// The whole area.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.buf.area
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.look.style(role)
    }

    /// `text` as it is written: where there is only ASCII, keys are told by their names, since their glyphs have no likeness.
    #[must_use]
    pub fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.look.ascii || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        match text {
            "←" => "Left".into(),
            "→" => "Right".into(),
            "↑" => "Up".into(),
            "↓" => "Down".into(),
            text if text.contains(['⏎', '␣']) => {
                text.replace('⏎', "Enter").replace('␣', "Space").into()
            }
            text => text.into(),
        }
    }

    /// Writes `text` in at most `cells` cells, `…` marking what is cut. Returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, cells: u16, text: &str, role: Role) -> u16 {
        let style = self.look.style(role);
        self.put_style(x, y, cells, text, style)
    }

    /// The same, with a style.
    pub fn put_style(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style) -> u16 {
        let area = self.buf.area;
        if y >= area.bottom() || x >= area.right() || cells == 0 {
            return x;
        }
        let cells = cells.min(area.right() - x);
        let text = &*self.plain(text);
        let fitting = text::fit(text, usize::from(cells));
        if fitting.len() == text.len() {
            return self
                .buf
                .set_stringn(x, y, text, usize::from(cells), style)
                .0;
        }
        let clipped = text::clip(text, usize::from(cells));
        self.buf
            .set_stringn(x, y, clipped, usize::from(cells), style)
            .0
    }

    /// Writes `text` so that it ends before column `end`, if at least `from` stays free. Returns where it begins.
    pub fn put_right(&mut self, from: u16, end: u16, y: u16, text: &str, role: Role) -> u16 {
        let wide = u16::try_from(text::width(&self.plain(text))).unwrap_or(u16::MAX);
        let x = end.saturating_sub(wide).max(from);
        self.put(x, y, end.saturating_sub(x), text, role);
        x
    }

    /// A row of pieces, one after the other, within `cells`. Returns the column after the last.
    pub fn pieces(&mut self, x: u16, y: u16, cells: u16, pieces: &[(&str, Role)]) -> u16 {
        let end = x.saturating_add(cells);
        let mut at = x;
        for (piece, role) in pieces {
            at = self.put(at, y, end.saturating_sub(at), piece, *role);
        }
        at
    }

    /// A horizontal rule.
    pub fn rule(&mut self, x: u16, y: u16, cells: u16) {
        let style = self.style(Role::Line);
        for at in x..x.saturating_add(cells).min(self.buf.area.right()) {
            self.buf.set_stringn(at, y, "─", 1, style);
        }
    }

    /// Gives a whole row another style: the cursor, a mark.
    pub fn tint(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buf.area);
        if role == Role::Cursor {
            // One colour over the whole row: reversed, every role's own would make a patchwork. Glyphs and words still tell.
            self.buf
                .set_style(area, Style::reset().patch(self.look.style(Role::Text)));
        }
        let style = self.style(role);
        self.buf.set_style(area, style);
    }

    /// An empty box with a border and a title, lying on top of what was drawn; returns its inside.
    pub fn window(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buf.area);
        let blank = " ".repeat(usize::from(area.width));
        let (line, plain) = (self.style(Role::Line), Style::reset());
        for y in area.top()..area.bottom() {
            self.buf
                .set_stringn(area.x, y, &blank, usize::from(area.width), plain);
            self.buf.set_stringn(area.x, y, "│", 1, line);
            self.buf
                .set_stringn(area.right().saturating_sub(1), y, "│", 1, line);
        }
        for (y, left, right) in [
            (area.top(), "╭", "╮"),
            (area.bottom().saturating_sub(1), "╰", "╯"),
        ] {
            self.rule(area.x, y, area.width);
            self.buf.set_stringn(area.x, y, left, 1, line);
            self.buf
                .set_stringn(area.right().saturating_sub(1), y, right, 1, line);
        }
        let titled = format!(" {title} ");
        self.put(
            area.x + 2,
            area.y,
            area.width.saturating_sub(4),
            &titled,
            Role::Title,
        );
        Rect::new(
            area.x + 2,
            area.y + 1,
            area.width.saturating_sub(4),
            area.height.saturating_sub(2),
        )
    }

    /// What there is to say where there is no list to show.
    pub fn remark(&mut self, body: Rect, text: &str) {
        let room = body.width.saturating_sub(2);
        self.put(body.x + 2, body.y + 1, room, text, Role::Dim);
    }

    /// Notes what a click there does.
    pub fn hit(&mut self, area: Rect, hit: Hit) {
        self.hits.push((area, hit));
    }
}
