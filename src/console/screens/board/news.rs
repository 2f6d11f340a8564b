//! The last things that a person wants to hear of, out of the whole timeline; the rest is on the Events screen.

use std::time::Duration;

use ratatui::layout::Rect;

use super::side::heading;
use crate::api::EventRow;
use crate::console::ages::stopwatch;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::{World, events};
use crate::fleet::{Stage, brief, headline};
use crate::kit::text;
use crate::model::Level;

/// Most rows of a piece of news that went wrong.
const WRAPPED: u16 = 2;
/// How far back a frame looks for news among packets.
const SEARCHED: usize = 2_000;

/// One line: an event, its words, and how often it repeated.
struct Line<'a> {
    event: &'a EventRow,
    text: String,
    times: u32,
}

/// Draws it.
pub fn draw(world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    heading(frame, area, "news", 0, "7 all events");
    frame.hit(Rect { height: 1, ..area }, Hit::Act(Act::Events));
    let lines = newest(world, usize::from(area.height) - 1);
    if lines.is_empty() {
        frame.put(area.x, area.y + 1, area.width, "none yet", Role::Dim);
    }
    let names = lines
        .iter()
        .map(|line| text::width(events::short(&line.event.who)));
    let who_cells = names.max().unwrap_or(0).clamp(6, 12);
    let mut y = area.y + 1;
    for line in &lines {
        let rows = area.bottom().saturating_sub(y);
        if rows == 0 {
            break;
        }
        let row = Rect::new(area.x, y, area.width, rows.min(WRAPPED));
        y += draw_one(frame, row, line, who_cells);
    }
}

/// One of them, in as many of the given rows as it needs; how many that are. Only what went wrong gets more than one.
fn draw_one(frame: &mut Frame<'_>, area: Rect, line: &Line<'_>, who_cells: usize) -> u16 {
    let role = match line.event.level {
        Level::Info if &*line.event.kind == "beacon" => Role::Up,
        level => events::level_role(level),
    };
    let sign = match line.event.level {
        Level::Debug | Level::Info => "  ",
        Level::Warning => "! ",
        Level::Error => "✗ ",
    };
    let time = format!("{} ", text::pad(&frame.ages.clock(line.event.at), 8));
    let who = format!("{} ", text::pad(events::short(&line.event.who), who_cells));
    let times = match line.times {
        1 => String::new(),
        n => format!("  ×{n}"),
    };
    let end = area.right().saturating_sub(1);
    let room = end.saturating_sub(area.x + text::width(&times) as u16);
    let front = [(time.as_str(), Role::Dim), (sign, role), (&who, Role::Text)];
    let x = frame.pieces(area.x, area.y, room, &front);
    let cells = usize::from((area.x + room).saturating_sub(x));
    let mut parts = text::wrap(&line.text, cells);
    let most = if line.event.level >= Level::Warning {
        usize::from(area.height)
    } else {
        1
    };
    if parts.len() > most {
        let rest = parts.split_off(most - 1).join(" ");
        parts.push(text::clip(&rest, cells));
    }
    let mut after = x;
    for (y, part) in (area.y..).zip(&parts) {
        after = frame.put(x, y, room, part, role);
    }
    let rows = u16::try_from(parts.len()).unwrap_or(1);
    let last = area.y + rows - 1;
    frame.put(after, last, end.saturating_sub(after), &times, Role::Dim);
    rows
}

/// The newest news, each thing said once.
fn newest<'a>(world: &World<'a>, most: usize) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for event in world.mirror.events.iter().rev().take(SEARCHED) {
        if !headline(&event.kind, event.level, event.node.is_some(), &event.text) {
            continue;
        }
        if asks_again(world, event) {
            continue;
        }
        let text = words(world, event);
        let same = |line: &&mut Line<'_>| line.event.who == event.who && line.text == text;
        if let Some(line) = lines.iter_mut().find(same) {
            line.times += 1;
        } else if lines.len() == most {
            break;
        } else {
            lines.push(Line {
                event,
                text,
                times: 1,
            });
        }
    }
    lines
}

/// Whether this is an unknown machine's second request or a later one: that it asks is news once, and it is listed above.
fn asks_again(world: &World<'_>, event: &EventRow) -> bool {
    event.node.is_none()
        && &*event.kind == "dhcp"
        && event.level <= Level::Info
        && world.mirror.head.strangers.iter().any(|stranger| {
            event.at.since(stranger.first) >= Duration::from_secs(1)
                && *stranger.mac.to_string() == *event.who
        })
}

fn words(world: &World<'_>, event: &EventRow) -> String {
    if &*event.kind == "dhcp" && event.node.is_none() && event.level <= Level::Info {
        let kind = event.text.rsplit_once(", ").map(|(_, kind)| kind);
        let kind = kind.unwrap_or_default().trim_end_matches(')');
        return format!("new machine asks · {kind}");
    }
    match took(world, event) {
        Some(took) => format!("up after {}", stopwatch(took)),
        None => brief(&event.kind, &event.text),
    }
}

/// How long the boot took whose end this event tells, while that boot is the node's last.
fn took(world: &World<'_>, event: &EventRow) -> Option<Duration> {
    if &*event.text != "up" {
        return None;
    }
    let (_, status) = world.node(event.node?)?;
    let up = status.trail[Stage::Up.index()]?;
    (status.boot == event.boot).then(|| up.since(status.began.unwrap_or(up)))
}
