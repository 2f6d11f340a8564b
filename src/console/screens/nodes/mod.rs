//! The list of nodes, with the node under the cursor in more detail below it.

mod range;
mod table;

use std::cell::Cell;

use range::Range;
use ratatui::layout::Rect;

use super::{Move, Wish, World};
use crate::console::column::Column;
use crate::console::widgets::List;
use crate::model::NodeId;

/// From this height of the body on there is room for the detail below the list.
const TALL: u16 = 28;

/// The list's own state.
#[derive(Debug)]
pub struct Nodes {
    on: Option<NodeId>,
    list: List,
    /// Columns shown.
    pub columns: Vec<Column>,
    /// The column that the cursor is in, by its place among those.
    column: usize,
    /// What is being marked from one row to another.
    range: Option<Range>,
    /// Whether the detail is not wanted, however much room there is.
    pub bare: bool,
    /// Whether keys go to the detail.
    pub inside: bool,
    /// Where the cell under the cursor was drawn last.
    spot: Cell<Option<Rect>>,
}

impl Default for Nodes {
    fn default() -> Self {
        use Column::{Age, Comment, Drift, Image, Ip, Kernel, Node, Profiles, Rack, Stage, State};
        Self {
            on: None,
            list: List::default(),
            columns: vec![
                Node, State, Stage, Age, Ip, Rack, Profiles, Image, Kernel, Drift, Comment,
            ],
            column: 0,
            range: None,
            bare: false,
            inside: false,
            spot: Cell::new(None),
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

    /// The column that the cursor is in.
    #[must_use]
    pub fn column(&self) -> Column {
        let at = self.column.min(self.columns.len().saturating_sub(1));
        self.columns.get(at).copied().unwrap_or(Column::Node)
    }

    /// Moves the cursor among the columns.
    pub fn column_by(&mut self, by: isize) {
        let last = self.columns.len().saturating_sub(1);
        self.column = self.column.min(last).saturating_add_signed(by).min(last);
    }

    /// Puts the cursor into a column; whether it was there.
    pub fn column_to(&mut self, column: usize) -> bool {
        std::mem::replace(&mut self.column, column) == column
    }

    /// Every column: those that are shown, in their order, then the others.
    #[must_use]
    pub fn choice(&self) -> Vec<Column> {
        let others = Column::ALL.into_iter();
        let others = others.filter(|column| !self.columns.contains(column));
        self.columns.iter().copied().chain(others).collect()
    }

    /// Where the cell under the cursor was drawn last.
    #[must_use]
    pub fn spot(&self) -> Option<Rect> {
        self.spot.get()
    }

    /// The list, and the detail below it where there is room and it is wanted.
    #[must_use]
    pub fn parts(&self, body: Rect) -> (Rect, Option<Rect>) {
        if self.bare || body.height < TALL {
            return (body, None);
        }
        let below = body.height * 2 / 5;
        let above = body.height - below;
        let list = Rect::new(body.x, body.y, body.width, above);
        let pane = Rect::new(body.x, body.y + above, body.width, below);
        (list, Some(pane))
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
}
