//! The list of nodes.

use ratatui::layout::Rect;

use super::{Move, Wish, World};
use crate::console::column::Column;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_role};
use crate::console::widgets::List;
use crate::kit::text;
use crate::model::NodeId;

/// The list's own state.
#[derive(Debug)]
pub struct Nodes {
    on: Option<NodeId>,
    list: List,
    /// Columns shown.
    pub columns: Vec<Column>,
}

impl Default for Nodes {
    fn default() -> Self {
        use Column::{Age, Comment, Image, Ip, Kernel, Node, Profiles, Rack, Stage, State};
        Self {
            on: None,
            list: List::default(),
            columns: vec![
                Node, State, Stage, Age, Ip, Rack, Profiles, Image, Kernel, Comment,
            ],
        }
    }
}

impl Nodes {
    /// The row that the cursor is on: that of its node; if that is not shown, the nearest to its last place.
    fn row(&self, world: &World<'_>) -> usize {
        let shown = &world.index.shown;
        let last = self.list.within(shown.len());
        let Some(position) = self.on.and_then(|id| world.mirror.index.get(&id)) else {
            return last;
        };
        let is = |at: &u32| *at as usize == *position;
        if shown.get(last).is_some_and(is) {
            return last;
        }
        shown.iter().position(is).unwrap_or(last)
    }

    fn put_on(&mut self, world: &World<'_>, row: usize) {
        self.list.at = row;
        self.on = world
            .index
            .shown
            .get(row)
            .and_then(|at| world.at(*at))
            .map(|(row, _)| row.id);
    }

    /// Puts the cursor on a node.
    pub fn go(&mut self, id: NodeId) {
        self.on = Some(id);
    }

    /// Moves the cursor.
    pub fn step(&mut self, world: &World<'_>, by: Move) {
        let at = by.from(self.row(world), world.index.shown.len());
        self.put_on(world, at);
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, world: &World<'_>, row: usize) -> bool {
        let same = self.row(world) == row;
        self.put_on(world, row);
        same
    }

    /// To the next (`1`) or previous (`-1`) node that is not fine; whether there is one.
    pub fn problem_by(&mut self, world: &World<'_>, by: isize) -> bool {
        let len = world.index.shown.len() as isize;
        let from = self.row(world) as isize;
        let found = (1..=len)
            .map(|step| (from + by * step).rem_euclid(len))
            .find(|at| {
                world
                    .index
                    .shown
                    .get(*at as usize)
                    .is_some_and(|at| world.index.problems.contains(at))
            });
        if let Some(at) = found {
            self.put_on(world, at as usize);
        }
        found.is_some()
    }

    /// The node under the cursor.
    #[must_use]
    pub fn node(&self, world: &World<'_>) -> Option<NodeId> {
        let at = world.index.shown.get(self.row(world))?;
        world.at(*at).map(|(row, _)| row.id)
    }

    /// Enter.
    #[must_use]
    pub fn open(&self, world: &World<'_>) -> Wish {
        match self.node(world).and_then(|id| world.node(id)) {
            Some((row, _)) => Wish::Open(row.name.clone()),
            None => Wish::None,
        }
    }

    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        let columns = place(&self.columns, body.width.saturating_sub(2));
        heading(world, frame, body, &columns);
        let shown = &world.index.shown;
        if shown.is_empty() {
            let why = if world.mirror.head.nodes.is_empty() {
                "no nodes yet: power one on, or write nodes.conf"
            } else {
                "nothing matches the filter: Esc drops it"
            };
            frame.put(
                body.x + 2,
                body.y + 2,
                body.width.saturating_sub(2),
                why,
                Role::Dim,
            );
            return;
        }
        let height = usize::from(body.height.saturating_sub(1));
        let cursor = self.row(world);
        let first = self.list.first(cursor, shown.len(), height);
        let rows = shown.iter().enumerate().skip(first).take(height);
        for (y, (at, position)) in (body.y + 1..).zip(rows) {
            let area = Rect::new(body.x, y, body.width, 1);
            row(world, frame, area, &columns, *position);
            if at == cursor {
                frame.put(area.x, y, 1, "▌", Role::Text);
                frame.tint(Rect::new(area.x + 1, y, area.width - 1, 1), Role::Cursor);
            }
            frame.hit(area, Hit::Row { pane: 0, row: at });
        }
    }
}

/// Columns that fit and where: what can use more cells shares what is left.
fn place(wanted: &[Column], width: u16) -> Vec<(Column, u16, u16)> {
    let mut used = 0;
    let mut fitting: Vec<(Column, u16)> = Vec::new();
    for column in wanted {
        let (cells, _) = column.width();
        if used + cells > width {
            break;
        }
        used += cells + 1;
        fitting.push((*column, cells));
    }
    let elastic = fitting
        .iter()
        .filter(|(column, _)| column.width().1)
        .count() as u16;
    let spare = (width + 1)
        .saturating_sub(used)
        .checked_div(elastic)
        .unwrap_or(0);
    let mut x = 1;
    fitting
        .into_iter()
        .map(|(column, cells)| {
            let cells = cells + if column.width().1 { spare } else { 0 };
            let at = x;
            x += cells + 1;
            (column, at, cells)
        })
        .collect()
}

fn heading(world: &World<'_>, frame: &mut Frame<'_>, body: Rect, columns: &[(Column, u16, u16)]) {
    let sorted = world.order.sort.unwrap_or(Column::Node);
    for (column, x, cells) in columns {
        let arrow = match (*column == sorted, world.order.reverse) {
            (true, false) => "▲",
            (true, true) => "▼",
            _ => "",
        };
        let role = if arrow.is_empty() {
            Role::Dim
        } else {
            Role::Title
        };
        let word = format!("{}{arrow}", column.word());
        let word = if *column == Column::Age {
            text::pad_left(&word, usize::from(*cells))
        } else {
            word
        };
        frame.put(body.x + x, body.y, *cells, &word, role);
    }
    if !world.marks.is_empty() {
        let marked = format!(" {} marked", world.marks.len());
        frame.put_right(
            body.x,
            body.right().saturating_sub(1),
            body.y,
            &marked,
            Role::Mark,
        );
    }
}

fn row(
    world: &World<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    columns: &[(Column, u16, u16)],
    position: u32,
) {
    let Some((row, status)) = world.at(position) else {
        return;
    };
    let marked = world.marks.contains(&row.id);
    if marked {
        frame.put(area.x, area.y, 1, "•", Role::Mark);
    }
    let state = bar_role(status.stage, status.condition);
    for (column, x, cells) in columns {
        let role = match column {
            Column::Node if marked => Role::Mark,
            Column::State | Column::Stage => state,
            Column::Node | Column::Ip => Role::Text,
            _ => Role::Dim,
        };
        let cell = column.cell(row, status, frame.ages);
        let cell = if *column == Column::Age {
            text::pad_left(&cell, usize::from(*cells))
        } else {
            cell
        };
        frame.put(area.x + x, area.y, *cells, &cell, role);
    }
}
