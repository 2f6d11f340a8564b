//! One event in one row.

use ratatui::layout::Rect;

use crate::api::EventRow;
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::kit::text;
use crate::model::Level;

/// The role of a level.
#[must_use]
pub const fn level_role(level: Level) -> Role {
    match level {
        Level::Debug => Role::Dim,
        Level::Info => Role::Text,
        Level::Warning => Role::Stalled,
        Level::Error => Role::Failed,
    }
}

/// A MAC by its second half, which is what tells two machines apart.
#[must_use]
pub fn short(who: &str) -> &str {
    let mac = who.len() == 17 && who.bytes().filter(|byte| *byte == b':').count() == 5;
    if mac { &who[9..] } else { who }
}

/// Cells for who it was: all of a MAC where there is room.
const fn who_cells(width: u16) -> usize {
    if width < 100 { 10 } else { 17 }
}

/// The heading above such rows.
pub(super) fn heading(width: u16) -> String {
    let who = text::pad("NODE", who_cells(width));
    format!("  TIME         {who} KIND     WHAT")
}

/// One event in one row.
pub fn line(frame: &mut Frame<'_>, row: Rect, event: &EventRow) {
    let sign = match event.level {
        Level::Debug | Level::Info => "  ",
        Level::Warning => "! ",
        Level::Error => "✗ ",
    };
    let ages = frame.ages;
    let time = format!("{} ", ages.zone.near_precise(event.at, ages.now));
    let cells = who_cells(row.width);
    let who = if text::width(&event.who) > cells {
        short(&event.who)
    } else {
        &event.who
    };
    let who = format!("{} ", text::pad(who, cells));
    let kind = format!("{} ", text::pad(&event.kind, 8));
    let role = level_role(event.level);
    frame.pieces(
        row.x,
        row.y,
        row.width.saturating_sub(1),
        &[
            (sign, role),
            (&time, Role::Dim),
            (&who, Role::Text),
            (&kind, Role::Dim),
            (&event.text, role),
        ],
    );
}
