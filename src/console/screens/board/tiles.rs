//! A cell for each node.

use ratatui::layout::Rect;

use super::groups::name_cells;
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_role, stage_letter};
use crate::console::screens::World;

/// How many tiles fit on a line of the fleet pane.
#[must_use]
pub fn cells(world: &World<'_>, width: u16) -> usize {
    usize::from(width.saturating_sub(name_cells(world) + 3))
}

/// One line of a group's tiles, from its node number `from` on.
pub fn draw(
    world: &World<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    line: (usize, usize),
    here: bool,
) {
    let (at, from) = line;
    let Some(group) = world.index.groups.get(at) else {
        return;
    };
    let name = name_cells(world);
    if from == 0 {
        frame.put(area.x + 2, area.y, name - 1, &group.name, Role::Text);
    }
    if here {
        frame.put(area.x + 1, area.y, 1, "▌", Role::Text);
        frame.tint(Rect::new(area.x + 1, area.y, name, 1), Role::Cursor);
    }
    let room = cells(world, area.width);
    for (x, node) in (area.x + name + 2..).zip(group.nodes.iter().skip(from).take(room)) {
        if let Some((_, status)) = world.at(*node) {
            let style = frame.style(bar_role(status.stage, status.condition));
            let letter = stage_letter(status.stage, status.condition);
            frame.buf.set_stringn(x, area.y, letter, 1, style);
        }
    }
}
