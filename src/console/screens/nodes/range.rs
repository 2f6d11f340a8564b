//! Marking from one row to another: every row between the first and the cursor is marked, wherever the cursor goes.

use std::collections::BTreeSet;

use super::{Nodes, World};
use crate::model::NodeId;

/// A range under way.
#[derive(Debug)]
pub struct Range {
    anchor: NodeId,
    /// What was marked before it began.
    before: BTreeSet<NodeId>,
}

impl Nodes {
    /// Whether a range is under way.
    #[must_use]
    pub const fn ranges(&self) -> bool {
        self.range.is_some()
    }

    /// Begins a range at the cursor, unless there is nothing.
    pub fn begin_range(&mut self, world: &World<'_>) {
        let before = world.marks.clone();
        self.range = self.node(world).map(|anchor| Range { anchor, before });
    }

    /// Ends the range; gives what was marked before it.
    pub fn end_range(&mut self) -> Option<BTreeSet<NodeId>> {
        self.range.take().map(|range| range.before)
    }

    /// What is marked with the range as far as the cursor; none when there is no range.
    #[must_use]
    pub fn ranged(&self, world: &World<'_>) -> Option<BTreeSet<NodeId>> {
        let range = self.range.as_ref()?;
        let shown = &world.index.shown;
        let anchor = world.mirror.index.get(&range.anchor);
        let from = anchor.and_then(|at| shown.iter().position(|row| *row as usize == *at));
        let here = self.row(world);
        // The row that it began at is not shown any more: it begins at the cursor.
        let from = from.unwrap_or(here);
        let rows = shown
            .iter()
            .skip(from.min(here))
            .take(from.abs_diff(here) + 1);
        let between = rows.filter_map(|at| world.at(*at)).map(|(row, _)| row.id);
        Some(range.before.iter().copied().chain(between).collect())
    }
}
