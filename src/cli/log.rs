//! `muster log` and `muster diff`: what was changed.

use std::io::Write;

use super::desk::Desk;
use super::diff;
use super::failure::Failure;
use super::outcome::as_json;
use super::paper::Hue;
use super::table::{Cell, table};
use super::verb::strange;
use crate::api::{Command, LogRow, Reply};

/// `muster log`.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn log(desk: &mut Desk<'_, '_>, limit: u32, json: bool) -> Result<(), Failure> {
    let Reply::Log(rows) = desk.ask(Command::Log {
        before: None,
        limit,
    })?
    else {
        return Err(strange());
    };
    if json {
        return Ok(as_json(desk.paper, &rows)?);
    }
    let zone = desk.paper.zone.clone();
    let line = |row: &LogRow| {
        let mut what = row.summary.to_string();
        if let Some(undone) = row.undone_by {
            what.push_str(&format!(" (taken back by r{undone})"));
        }
        let hue = row.undone_by.map(|_| Hue::Faint);
        [
            Cell::hued(format!("r{}", row.revision), hue),
            Cell::hued(zone.moment(row.at), hue),
            Cell::hued(&*row.by, hue),
            Cell::hued(what, hue),
            row.note.as_deref().unwrap_or_default().into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    Ok(table(
        desk.paper,
        ["REV", "WHEN", "WHO", "WHAT", "WHY"],
        &lines,
    )?)
}

/// `muster diff`.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn differences(
    desk: &mut Desk<'_, '_>,
    from: u64,
    to: Option<u64>,
    secrets: bool,
    json: bool,
) -> Result<(), Failure> {
    let Reply::Diff(rows) = desk.ask(Command::Diff { from, to, secrets })? else {
        return Err(strange());
    };
    if json {
        return Ok(as_json(desk.paper, &rows)?);
    }
    if rows.is_empty() {
        return Ok(writeln!(desk.paper, "nothing differs")?);
    }
    Ok(diff::tell(desk.paper, &rows)?)
}
