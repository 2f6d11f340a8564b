//! The funnel: how many nodes are at each stage, and the whole fleet as one bar. It counts every node, whatever is filtered.

use ratatui::layout::Rect;

use crate::console::frame::Frame;
use crate::console::look::{Role, bar_glyph, bar_role, stage_role};
use crate::console::screens::World;
use crate::console::widgets::{shares, spark};
use crate::fleet::{Condition, STAGES, Stage};
use crate::kit::{text, units};

/// Bytes a second below which no traffic is told.
const TRICKLE: u64 = 1_000;

/// Draws it; returns how many rows it took.
pub fn draw(world: &World<'_>, frame: &mut Frame<'_>, body: Rect, narrow: bool) -> u16 {
    let tally = &world.mirror.tally;
    let total: u32 = tally.stages.iter().sum();
    let end = body.right().saturating_sub(1);
    let x = stages(world, frame, body, narrow);
    let up = tally.stages[Stage::Up.index()];
    let mut right: Vec<(String, Role)> = Vec::new();
    if tally.failed > 0 {
        right.push((format!("✗ failed {}", tally.failed), Role::Failed));
    }
    if tally.stalled > 0 {
        right.push((format!("! stalled {}", tally.stalled), Role::Stalled));
    }
    if let Some(percent) = (up * 100).checked_div(total) {
        right.push((format!("{percent} % up"), Role::Title));
    }
    if let Some(left) = remaining(world, frame) {
        right.push((format!("~{left}"), Role::Dim));
    }
    let room = end.saturating_sub(if narrow { body.x } else { x + 1 });
    let wide: usize = right.iter().map(|(piece, _)| text::width(piece) + 2).sum();
    if wide > usize::from(room) {
        // The sign says as much as the word, and the number must not be cut.
        for (piece, _) in &mut right {
            *piece = piece
                .replace(" failed", "")
                .replace(" stalled", "")
                .replace(" up", "");
        }
    }
    // What still does not fit goes whole, from the end: how long it takes, then the share.
    let wide = |right: &[(String, Role)]| -> usize {
        right.iter().map(|(piece, _)| text::width(piece) + 2).sum()
    };
    while wide(&right) > usize::from(room) + 2 && !right.is_empty() {
        right.pop();
    }
    let y = if narrow { body.y + 1 } else { body.y };
    let mut at = end;
    for (piece, role) in right.iter().rev() {
        at = frame.put_right(if narrow { body.x } else { x + 1 }, at, y, piece, *role);
        at = at.saturating_sub(2);
    }
    let bar_y = body.y + 1;
    let bar_end = if narrow {
        at
    } else {
        traffic(world, frame, body, bar_y)
    };
    bar(
        world,
        frame,
        Rect::new(body.x + 1, bar_y, bar_end.saturating_sub(body.x + 2), 1),
    );
    2
}

/// How many nodes are at each stage; returns the column after that.
fn stages(world: &World<'_>, frame: &mut Frame<'_>, body: Rect, narrow: bool) -> u16 {
    let tally = &world.mirror.tally;
    let end = body.right().saturating_sub(1);
    let mut x = body.x + 1;
    for stage in STAGES {
        let count = tally.stages[stage.index()];
        let role = if count == 0 {
            Role::Dim
        } else {
            stage_role(stage)
        };
        if stage != Stage::Off {
            x += if narrow { 1 } else { 2 };
        }
        let word = if stage == Stage::Up {
            "UP"
        } else {
            stage.word()
        };
        // The glyph before the word makes this row the legend of every bar below.
        let sign = bar_glyph(stage, Condition::Fine);
        let shown = format!(" {}", units::count(count as usize));
        let room = end.saturating_sub(x);
        let number = if count == 0 { Role::Dim } else { Role::Title };
        x = frame.pieces(
            x,
            body.y,
            room,
            &[(sign, stage_role(stage)), (word, role), (&shown, number)],
        );
    }
    x
}

/// When the last of those that boot is expected to be up.
fn remaining(world: &World<'_>, frame: &Frame<'_>) -> Option<String> {
    let last = world
        .mirror
        .head
        .nodes
        .iter()
        .filter_map(|row| world.mirror.status_of(row.id))
        .filter(|status| status.condition == Condition::Fine && status.stage != Stage::Up)
        .filter_map(|status| status.eta)
        .max()?;
    (last > frame.ages.now).then(|| frame.ages.until(last))
}

/// What our servers send; returns where it begins.
fn traffic(world: &World<'_>, frame: &mut Frame<'_>, body: Rect, y: u16) -> u16 {
    let traffic = &world.mirror.head.traffic;
    let mut at = body.right().saturating_sub(1);
    let history = spark(world.rates, 16);
    at = frame.put_right(body.x, at, y, &history, Role::Image);
    let mut words = Vec::new();
    // What trickles is the tail of a smoothed rate, and nobody's news.
    if traffic.tftp >= TRICKLE {
        words.push(format!("tftp {}", units::rate(traffic.tftp)));
    }
    if traffic.http >= TRICKLE {
        words.push(format!("http {}", units::rate(traffic.http)));
    }
    if words.is_empty() {
        return at;
    }
    at = frame.put_right(
        body.x,
        at.saturating_sub(1),
        y,
        &words.join("  "),
        Role::Dim,
    );
    at.saturating_sub(1)
}

/// The fleet as one bar: what is done first, what is wrong at the right end, so that it is always in the same place.
fn bar(world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    let tally = &world.mirror.tally;
    let mut fine = tally.stages;
    // Tallies count bad nodes at their stage as well; here each node has one cell at most.
    for (row, status) in world.index.problems.iter().filter_map(|at| world.at(*at)) {
        debug_assert!(world.mirror.index.contains_key(&row.id));
        fine[status.stage.index()] = fine[status.stage.index()].saturating_sub(1);
    }
    let mut parts: Vec<(u32, Stage, Condition)> = STAGES
        .iter()
        .rev()
        .map(|stage| (fine[stage.index()], *stage, Condition::Fine))
        .collect();
    parts.push((tally.stalled, Stage::Off, Condition::Stalled));
    parts.push((tally.failed, Stage::Off, Condition::Failed));
    stacked(frame, area, &parts);
}

/// A bar of parts, each with the glyph and the role of its state.
pub fn stacked(frame: &mut Frame<'_>, area: Rect, parts: &[(u32, Stage, Condition)]) {
    let counts: Vec<u32> = parts.iter().map(|(count, _, _)| *count).collect();
    let mut x = area.x;
    for ((_, stage, condition), cells) in parts.iter().zip(shares(&counts, usize::from(area.width)))
    {
        let style = frame.style(bar_role(*stage, *condition));
        for _ in 0..cells {
            frame
                .buf
                .set_stringn(x, area.y, bar_glyph(*stage, *condition), 1, style);
            x += 1;
        }
    }
}
