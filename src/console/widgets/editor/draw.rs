//! How it looks: the lines that fit, each with its number, in the colours of its language.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::{cells, column};
use super::lines::Pos;
use super::{Editor, find};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::syntax::Piece;
use crate::console::widgets::window;
use crate::model::Level;

/// What is shown with the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sight<'s> {
    /// Whether keys go here: the cursor is shown.
    pub typing: bool,
    /// Lines, from 1, of which something is said, and how bad that is.
    pub marks: &'s [(usize, Level)],
    /// What is searched for.
    pub sought: &'s str,
    /// Which pane a click on a line is in.
    pub pane: u8,
}

/// One stretch of cells that look alike.
struct Run {
    x: u16,
    text: String,
    style: Style,
}

impl Editor {
    /// How many cells the numbers of the lines take, with what is around them.
    fn numbers(&self) -> u16 {
        let digits = self.lines.count().to_string().len().max(2);
        u16::try_from(digits).unwrap_or(8) + 2
    }

    /// Draws it; gives where the cursor is, if that is seen.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, sight: Sight<'_>) -> Option<(u16, u16)> {
        let numbers = self.numbers().min(area.width);
        let text = Rect {
            x: area.x + numbers,
            width: area.width - numbers,
            ..area
        };
        let (first, left) = self.moved(text);
        let mut pieces = Vec::new();
        for (y, row) in (area.y..area.bottom()).zip(first..self.lines.count()) {
            self.number(frame, (area.x, y), row, sight);
            pieces.clear();
            let _ends = self
                .syntax
                .read(self.state_of(row), self.lines.line(row), &mut pieces);
            let line = Rect {
                y,
                height: 1,
                ..text
            };
            self.line(frame, line, (row, left), (&pieces, sight));
            let area = Rect {
                y,
                height: 1,
                ..area
            };
            let pane = sight.pane;
            frame.hit(area, Hit::Row { pane, row });
        }
        self.seen(text, (first, left))
    }

    /// The first line and column that are seen, so that the cursor is among them and no more moves than must.
    fn moved(&self, text: Rect) -> (usize, usize) {
        let (top, left, _) = self.window.get();
        let (height, width) = (usize::from(text.height), usize::from(text.width));
        let first = window(top, self.cursor.row, self.lines.count(), height);
        let at = column(self.lines.line(self.cursor.row), self.cursor.at);
        // One cell stays for the sign that something is cut, and some of what comes next is shown.
        let air = (width / 8).min(8);
        let left = if at < left + air {
            at.saturating_sub(air)
        } else if at + air + 1 > left + width {
            (at + air + 1).saturating_sub(width)
        } else {
            left
        };
        let left = if at + 2 + air / 2 < width { 0 } else { left };
        self.window.set((first, left, height));
        (first, left)
    }

    /// Where the cursor is on the screen.
    fn seen(&self, text: Rect, (first, left): (usize, usize)) -> Option<(u16, u16)> {
        let row = u16::try_from(self.cursor.row.checked_sub(first)?).ok()?;
        let at = column(self.lines.line(self.cursor.row), self.cursor.at);
        let across = u16::try_from(at.checked_sub(left)?).ok()?;
        (row < text.height && across < text.width).then_some((text.x + across, text.y + row))
    }

    fn number(&self, frame: &mut Frame<'_>, (x, y): (u16, u16), row: usize, sight: Sight<'_>) {
        let worst = sight.marks.iter().filter(|(line, _)| *line == row + 1);
        let worst = worst.map(|(_, level)| *level).max();
        let (sign, role) = match worst {
            Some(Level::Error) => ("✗", Role::Failed),
            Some(_) => ("!", Role::Stalled),
            None => (" ", Role::Line),
        };
        let wide = usize::from(self.numbers()) - 2;
        let number = format!("{:>wide$}", row + 1);
        let here = sight.typing && row == self.cursor.row;
        let own = if here { Role::Key } else { Role::Line };
        let at = frame.put(x, y, self.numbers(), &number, own);
        frame.put(at, y, 1, sign, role);
    }

    /// One line from column `left` on.
    fn line(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (row, left): (usize, usize),
        (pieces, sight): (&[Piece], Sight<'_>),
    ) {
        let line = self.lines.line(row);
        let lit = Lit {
            pieces,
            sought: find::places(line, sight.sought),
            long: sight.sought.len(),
            chosen: self.chosen(row),
            here: (sight.typing && row == self.cursor.row).then_some(self.cursor.at),
        };
        let (end, cut) = lit.draw(frame, area, line, left);
        let behind = area.x + u16::try_from(end.max(left) - left).unwrap_or(0);
        let ending = if cut || behind >= area.right() {
            None
        } else if lit.here == Some(line.len()) {
            Some(Role::Cursor)
        } else {
            // The end of the line is selected as well.
            let over = lit.chosen.filter(|(_, to)| *to > line.len());
            over.map(|_| Role::Selected)
        };
        if let Some(role) = ending {
            frame.tint(Rect::new(behind, area.y, 1, 1), role);
        }
        if cut {
            let last = area.right().saturating_sub(1);
            frame.put(last, area.y, 1, "…", Role::Key);
        }
        if left > 0 && !line.is_empty() {
            frame.put(area.x, area.y, 1, "…", Role::Key);
        }
    }

    /// Which bytes of a line are selected; the end lies behind the line where its end is selected too.
    fn chosen(&self, row: usize) -> Option<(usize, usize)> {
        let (from, to) = self.selection()?;
        if row < from.row || row > to.row {
            return None;
        }
        let start = if row == from.row { from.at } else { 0 };
        let end = if row == to.row {
            to.at
        } else {
            self.lines.line(row).len() + 1
        };
        Some((start, end))
    }

    /// Puts the cursor where a click is, by the line and what of the line is seen.
    pub fn click(&mut self, row: usize, area: Rect, x: u16) {
        let (_, left, _) = self.window.get();
        let across = x.saturating_sub(area.x + self.numbers());
        let line = self.lines.line(row);
        let at = super::cells::place(line, left + usize::from(across));
        self.put(Pos { row, at });
    }
}

/// What makes the letters of one line look as they do.
struct Lit<'l> {
    pieces: &'l [Piece],
    /// Where what is searched for begins, and how long it is.
    sought: Vec<usize>,
    long: usize,
    chosen: Option<(usize, usize)>,
    here: Option<usize>,
}

impl Lit<'_> {
    /// Draws the cells that fit, those alike in one piece; gives the column behind them, and whether some did not fit.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, line: &str, left: usize) -> (usize, bool) {
        let right = left + usize::from(area.width);
        let mut runs: Vec<Run> = Vec::new();
        let (mut piece, mut end, mut cut) = (0, left, false);
        for cell in cells(line, left) {
            if cell.column + cell.width > right {
                cut = true;
                break;
            }
            let over = |(range, _): &Piece| range.end <= cell.at;
            while self.pieces.get(piece).is_some_and(over) {
                piece += 1;
            }
            let role = match self.pieces.get(piece) {
                _ if cell.odd => Role::Line,
                Some((_, role)) => *role,
                None => Role::Text,
            };
            let style = self.style(frame, cell.at, role);
            end = cell.column + cell.width;
            // What begins before the window is shown by blanks.
            let (at, shown) = if cell.column < left {
                (left, " ".repeat(end - left).into())
            } else {
                (cell.column, cell.shown)
            };
            match runs.last_mut() {
                Some(run) if run.style == style => run.text.push_str(&shown),
                _ => runs.push(Run {
                    x: area.x + u16::try_from(at - left).unwrap_or(0),
                    text: shown.into_owned(),
                    style,
                }),
            }
        }
        for run in &runs {
            let room = area.right().saturating_sub(run.x);
            frame.put_style(run.x, area.y, room, &run.text, run.style);
        }
        (end, cut)
    }

    fn style(&self, frame: &Frame<'_>, at: usize, role: Role) -> Style {
        if self.here == Some(at) {
            let plain = Style::reset().patch(frame.style(Role::Text));
            return plain.patch(frame.style(Role::Cursor));
        }
        let mut style = frame.style(role);
        if self
            .sought
            .iter()
            .any(|from| (*from..from + self.long).contains(&at))
        {
            style = style.patch(frame.style(Role::Match));
        }
        if self
            .chosen
            .is_some_and(|(from, to)| (from..to).contains(&at))
        {
            style = style.patch(frame.style(Role::Selected));
        }
        style
    }
}
