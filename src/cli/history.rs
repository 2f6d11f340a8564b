//! `muster events` and `muster boots`: what happened.

use std::io::{self, Write};

use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use crate::api::{BootRow, EventRow};
use crate::fleet::{Ended, STAGES};
use crate::kit::{text, units};
use crate::model::Level;

/// Prints one event: a line of text, or a JSON object on a line.
///
/// # Errors
/// Whatever writing gives.
pub fn event(paper: &mut Paper<'_>, row: &EventRow, as_json: bool) -> io::Result<()> {
    if as_json {
        return writeln!(paper, "{}", serde_json::to_string(row).unwrap_or_default());
    }
    let mark = match row.level {
        Level::Debug | Level::Info => ' ',
        Level::Warning => '!',
        Level::Error => '✗',
    };
    let at = paper.zone.precise_moment(row.at);
    let what = format!(
        "{mark} {} {:<7} {}",
        text::pad(&text::sanitise(&row.who), 17),
        row.kind,
        text::sanitise(&row.text)
    );
    let what = paper.paint(Hue::of_level(row.level), what.trim_end());
    writeln!(paper, "{at} {what}")
}

/// Prints boots: a table, or a JSON object on a line for each.
///
/// # Errors
/// Whatever writing gives.
pub fn boots(paper: &mut Paper<'_>, rows: &[BootRow], as_json: bool) -> Result<(), Failure> {
    if as_json {
        for row in rows {
            writeln!(paper, "{}", serde_json::to_string(row).unwrap_or_default())?;
        }
        return Ok(());
    }
    let zone = paper.zone.clone();
    let line = |row: &BootRow| {
        let took = row.ended.as_ref().map(|(at, _)| at.since(row.began));
        let how = row.ended.as_ref().map(|(_, how)| *how);
        let hue = match how {
            None => Hue::Moving,
            Some(Ended::Up) => Hue::Good,
            Some(_) => Hue::Bad,
        };
        let how = how.map_or_else(|| "under way".into(), |how| how.to_string());
        [
            Cell::from(row.id.0.to_string()),
            Cell::from(&*row.node),
            zone.moment(row.began).into(),
            took.map(units::age).into(),
            Cell::hued(how, Some(hue)),
            stages(row).into(),
            row.note.as_deref().unwrap_or_default().into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let header = ["BOOT", "NODE", "BEGAN", "TOOK", "HOW", "STAGES (s)", "NOTE"];
    Ok(table(paper, header, &lines)?)
}

/// How long each stage took, in seconds; the last one has no end.
fn stages(row: &BootRow) -> String {
    let passed: Vec<_> = STAGES
        .iter()
        .filter_map(|stage| Some((*stage, row.trail[stage.index()]?)))
        .collect();
    let mut words = Vec::new();
    for (at, (stage, entered)) in passed.iter().enumerate() {
        let next = passed.get(at + 1).map(|(_, next)| next.since(*entered));
        words.push(next.map_or_else(
            || stage.to_string(),
            |took| format!("{stage} {:.1}", took.as_secs_f32()),
        ));
    }
    words.join(" ")
}
