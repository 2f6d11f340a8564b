//! How the list of nodes is drawn: columns, heading, rows, and the cell under the cursor.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{Nodes, World};
use crate::console::column::Column;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_role};
use crate::kit::text;

/// A column in the frame: which it is, its place among those chosen, where it begins and how many cells it has.
struct Placed {
    column: Column,
    at: usize,
    x: u16,
    cells: u16,
}

impl Nodes {
    /// Draws the list.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        let columns = self.placed(body.width.saturating_sub(2));
        self.heading(world, frame, body, &columns);
        self.spot.set(None);
        let shown = &world.index.shown;
        if shown.is_empty() {
            let why = if world.mirror.head.nodes.is_empty() {
                "no nodes yet: i adds some by their names; machines that ask wait on the Board"
            } else {
                "nothing matches the filter: Esc drops it"
            };
            let room = body.width.saturating_sub(2);
            frame.put(body.x + 2, body.y + 2, room, why, Role::Dim);
            return;
        }
        let height = usize::from(body.height.saturating_sub(1));
        let cursor = self.row(world);
        let first = self.list.first(cursor, shown.len(), height);
        let rows = shown.iter().enumerate().skip(first).take(height);
        for (y, (at, position)) in (body.y + 1..).zip(rows) {
            let area = Rect::new(body.x, y, body.width, 1);
            row(world, frame, area, &columns, *position);
            frame.hit(area, Hit::Row { pane: 0, row: at });
            for placed in &columns {
                let (row, column) = (at, placed.at);
                frame.hit(cell(area, placed), Hit::Cell { row, column });
            }
            if at == cursor {
                self.cursor(frame, area, &columns);
            }
        }
    }

    /// The row that keys act on, and in it the cell.
    fn cursor(&self, frame: &mut Frame<'_>, area: Rect, columns: &[Placed]) {
        frame.put(area.x, area.y, 1, "▌", Role::Text);
        let here = columns.iter().find(|placed| placed.at == self.column);
        let spot = here.map(|placed| cell(area, placed));
        self.spot.set(spot);
        if self.inside {
            // Keys go to the detail: the row is only marked.
            return;
        }
        let width = area.width.saturating_sub(1);
        frame.tint(Rect::new(area.x + 1, area.y, width, 1), Role::Cursor);
        if let Some(spot) = spot.filter(|_| self.column > 0) {
            let style = frame.style(Role::Cursor);
            let style = style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
            frame.buf.set_style(spot, style);
        }
    }

    /// Columns that fit and where: what can use more cells shares what is left. The name stays; of the others those before the
    /// cursor give way where it would not be seen.
    fn placed(&self, width: u16) -> Vec<Placed> {
        let cursor = self.column.min(self.columns.len().saturating_sub(1));
        for skip in 1..self.columns.len() {
            let columns = fitting(&self.columns, skip, width);
            if cursor < skip || columns.iter().any(|placed| placed.at == cursor) {
                return columns;
            }
        }
        fitting(&self.columns, 1, width)
    }

    fn heading(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect, columns: &[Placed]) {
        let sorted = world.order.sort.unwrap_or(Column::Node);
        for placed in columns {
            let column = placed.column;
            let arrow = match (column == sorted, world.order.reverse) {
                (true, false) => "▲",
                (true, true) => "▼",
                _ => "",
            };
            let here = placed.at > 0 && placed.at == self.column && !self.inside;
            let role = match arrow {
                _ if here => Role::Key,
                "" => Role::Dim,
                _ => Role::Title,
            };
            let word = format!("{}{arrow}", column.word());
            let word = if column == Column::Age {
                text::pad_left(&word, usize::from(placed.cells))
            } else {
                word
            };
            frame.put(body.x + placed.x, body.y, placed.cells, &word, role);
            let area = Rect::new(body.x, body.y, body.width, 1);
            frame.hit(cell(area, placed), Hit::Heading(placed.at));
        }
        if !world.marks.is_empty() {
            let range = if self.ranges() { " · v ends" } else { "" };
            let marked = format!(" {} marked{range}", world.marks.len());
            let end = body.right().saturating_sub(1);
            frame.put_right(body.x, end, body.y, &marked, Role::Mark);
        }
    }
}

/// The cell of a row.
const fn cell(row: Rect, placed: &Placed) -> Rect {
    Rect::new(row.x + placed.x, row.y, placed.cells, 1)
}

/// The name, and of the other columns from the `skip`th on as many as fit.
fn fitting(wanted: &[Column], skip: usize, width: u16) -> Vec<Placed> {
    let mut used = 0;
    let mut fitting: Vec<Placed> = Vec::new();
    let chosen = wanted.iter().enumerate();
    for (at, column) in chosen.filter(|(at, _)| *at == 0 || *at >= skip) {
        let (cells, _) = column.width();
        if used + cells > width {
            break;
        }
        used += cells + 1;
        let column = *column;
        fitting.push(Placed {
            column,
            at,
            x: 0,
            cells,
        });
    }
    let elastic = fitting.iter().filter(|placed| placed.column.width().1);
    let elastic = elastic.count() as u16;
    let spare = (width + 1).saturating_sub(used);
    let spare = spare.checked_div(elastic).unwrap_or(0);
    let mut x = 1;
    for placed in &mut fitting {
        placed.cells += if placed.column.width().1 { spare } else { 0 };
        placed.x = x;
        x += placed.cells + 1;
    }
    fitting
}

fn row(world: &World<'_>, frame: &mut Frame<'_>, area: Rect, columns: &[Placed], position: u32) {
    let Some((row, status)) = world.at(position) else {
        return;
    };
    let marked = world.marks.contains(&row.id);
    if marked {
        frame.put(area.x, area.y, 1, "•", Role::Mark);
    }
    let state = bar_role(status.stage, status.condition);
    for placed in columns {
        let (column, cells) = (placed.column, placed.cells);
        let role = match column {
            Column::Node if marked => Role::Mark,
            Column::State | Column::Stage => state,
            Column::Node | Column::Ip => Role::Text,
            _ => Role::Dim,
        };
        let cell = column.cell(row, status, frame.ages);
        let cell = if column == Column::Age {
            text::pad_left(&cell, usize::from(cells))
        } else {
            cell
        };
        frame.put(area.x + placed.x, area.y, cells, &cell, role);
    }
}
