//! Lines of the fleet pane, and what its cursor is on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Zoom;
use crate::console::screens::World;
use crate::fleet::{Condition, Stage};
use crate::model::NodeId;

/// What the fleet cursor is on: a thing, not a row, so that news never move it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// A group.
    Group(Arc<str>),
    /// A node.
    Node(NodeId),
}

/// One line of the fleet pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A group, by its place in the index.
    Group(usize),
    /// A row of a group's tiles.
    Tiles {
        /// The group's place in the index.
        group: usize,
        /// The first of its nodes in this row.
        from: usize,
    },
    /// A node, by its position in the listing.
    Node(u32),
    /// Above the nodes that are on their way; how many.
    Going(usize),
}

/// The lines at a zoom; `open` groups are followed by their nodes.
pub fn lines(
    world: &World<'_>,
    zoom: Zoom,
    open: &BTreeSet<Arc<str>>,
    tile_cells: usize,
    height: usize,
) -> Vec<Line> {
    if zoom == Zoom::Rows {
        return world.index.shown.iter().map(|at| Line::Node(*at)).collect();
    }
    let mut lines = Vec::new();
    for (at, group) in world.index.groups.iter().enumerate() {
        if zoom == Zoom::Tiles {
            let step = tile_cells.max(1);
            let tiles = (0..group.nodes.len()).step_by(step);
            lines.extend(tiles.map(|from| Line::Tiles { group: at, from }));
            continue;
        }
        lines.push(Line::Group(at));
        if open.contains(&group.name) {
            lines.extend(group.nodes.iter().map(|at| Line::Node(*at)));
        }
    }
    if zoom == Zoom::Groups && open.is_empty() {
        going(world, &mut lines, height);
    }
    lines
}

/// Where the groups leave room, the nodes that are on their way get it.
fn going(world: &World<'_>, lines: &mut Vec<Line>, height: usize) {
    let room = height.saturating_sub(lines.len() + 2);
    if room < 3 {
        return;
    }
    let on_the_way = |at: &&u32| {
        world.at(**at).is_some_and(|(_, status)| {
            status.condition == Condition::Fine && !matches!(status.stage, Stage::Off | Stage::Up)
        })
    };
    let mut going: Vec<u32> = world
        .index
        .shown
        .iter()
        .filter(on_the_way)
        .copied()
        .collect();
    // Those that load something first: there is something to see.
    going.sort_by_key(|at| {
        let loads = world
            .at(*at)
            .is_some_and(|(_, status)| status.progress.is_some());
        !loads
    });
    if !going.is_empty() {
        lines.push(Line::Going(going.len()));
        lines.extend(going.into_iter().take(room).map(Line::Node));
    }
}
