//! A bar for each group.

use std::time::Duration;

use ratatui::layout::Rect;

use super::{Zoom, funnel, median};
use crate::console::frame::{Frame, Hit};
use crate::console::index::Group;
use crate::console::keys::Act;
use crate::console::look::{Role, stage_role};
use crate::console::screens::World;
use crate::fleet::{Condition, STAGES, Stage};
use crate::kit::text;

/// Cells for a group's name and the mark before it: as many as the longest needs, within reason.
#[must_use]
pub fn name_cells(world: &World<'_>) -> u16 {
    let names = world
        .index
        .groups
        .iter()
        .map(|group| text::width(&group.name));
    let longest = names.max().unwrap_or(0).clamp(3, 16);
    u16::try_from(longest).unwrap_or(16) + 1
}

/// The line above the groups.
pub fn heading(world: &World<'_>, frame: &mut Frame<'_>, area: Rect, zoom: Zoom) {
    let mut x = frame.pieces(
        area.x + 1,
        area.y,
        area.width.saturating_sub(2),
        &[
            ("by ", Role::Dim),
            (world.order.by.word(), Role::Title),
            (" ", Role::Dim),
        ],
    );
    for (key, word, act) in [
        ("b", " group  ", Act::Group),
        ("+", " in  ", Act::ZoomIn),
        ("-", " out  ", Act::ZoomOut),
    ] {
        let from = x;
        let room = area.right().saturating_sub(x);
        x = frame.pieces(x + 1, area.y, room, &[(key, Role::Key), (word, Role::Dim)]);
        frame.hit(
            Rect::new(from, area.y, x.saturating_sub(from), 1),
            Hit::Act(act),
        );
    }
    let legend = if zoom == Zoom::Tiles {
        "·off d l k i o n █up ✗ !"
    } else {
        zoom.word()
    };
    frame.put_right(
        x + 1,
        area.right().saturating_sub(1),
        area.y,
        legend,
        Role::Dim,
    );
}

/// One group.
pub fn group(
    world: &World<'_>,
    frame: &mut Frame<'_>,
    area: Rect,
    at: usize,
    open: bool,
    here: bool,
) {
    let Some(group) = world.index.groups.get(at) else {
        return;
    };
    let cells = name_cells(world);
    frame.put(area.x, area.y, 1, if open { "▾" } else { " " }, Role::Key);
    let mut name = text::pad(&group.name, usize::from(cells) - 1);
    name.insert(0, if here { '▌' } else { ' ' });
    frame.put(area.x + 1, area.y, cells, &name, Role::Text);
    if here {
        frame.tint(Rect::new(area.x + 1, area.y, cells, 1), Role::Cursor);
    }
    let bar_x = area.x + cells + 2;
    let wide = (area.width.saturating_sub(cells + 2) * 9 / 16).min(80);
    funnel::stacked(frame, Rect::new(bar_x, area.y, wide, 1), &parts(group));
    let total = group.nodes.len();
    let end = area.right().saturating_sub(1);
    let x = bar_x + wide + 1;
    let counts = format!("{}/{total} ", group.up());
    let role = if group.up() as usize == total {
        Role::Dim
    } else {
        Role::Text
    };
    let mut x = frame.put(x, area.y, end.saturating_sub(x), &counts, role);
    for (text, role) in remarks(group) {
        // A remark that is cut would count wrongly; the bar tells the rest.
        if usize::from(end.saturating_sub(x)) < text::width(&text) {
            break;
        }
        x = frame.put(x, area.y, end.saturating_sub(x), &text, role) + 1;
    }
    if group.up() as usize == total
        && let Some(took) = median::took(world, group)
    {
        frame.put_right(x, end, area.y, &minutes(took), Role::Dim);
    }
}

fn parts(group: &Group) -> Vec<(u32, Stage, Condition)> {
    let mut parts: Vec<(u32, Stage, Condition)> = STAGES
        .iter()
        .rev()
        .map(|stage| (group.stages[stage.index()], *stage, Condition::Fine))
        .collect();
    parts.push((group.stalled, Stage::Off, Condition::Stalled));
    parts.push((group.failed, Stage::Off, Condition::Failed));
    parts
}

/// What a bar says in words: bad ones first, then the others, most first.
fn remarks(group: &Group) -> Vec<(String, Role)> {
    let mut out = Vec::new();
    if group.failed > 0 {
        out.push((format!("✗ {}", group.failed), Role::Failed));
    }
    if group.stalled > 0 {
        out.push((format!("! {}", group.stalled), Role::Stalled));
    }
    let mut going: Vec<(u32, Stage)> = STAGES
        .iter()
        .filter(|stage| **stage != Stage::Up)
        .map(|stage| (group.stages[stage.index()], *stage))
        .filter(|(count, _)| *count > 0)
        .collect();
    going.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    out.extend(
        going
            .into_iter()
            .map(|(count, stage)| (format!("{stage} {count}"), stage_role(stage))),
    );
    out
}

/// `0:41`.
fn minutes(took: Duration) -> String {
    let s = took.as_secs();
    format!("{}:{:02}", s / 60, s % 60)
}

/// The line above the nodes that are on their way.
pub fn going(frame: &mut Frame<'_>, area: Rect, count: usize) {
    frame.rule(area.x + 1, area.y, area.width.saturating_sub(2));
    let title = format!(" on their way {count} ");
    frame.put(area.x + 2, area.y, area.width, &title, Role::Title);
}

/// The line that tells how much does not fit.
pub fn rest(frame: &mut Frame<'_>, rows: Rect, below: usize, above: usize) {
    let y = rows.bottom().saturating_sub(1);
    let mut text = String::from("⋮ ");
    if above > 0 {
        text.push_str(&format!("{above} above  "));
    }
    if below > 0 {
        text.push_str(&format!("{below} more"));
    }
    frame.put(
        rows.x + 2,
        y,
        rows.width.saturating_sub(2),
        &text,
        Role::Dim,
    );
}
