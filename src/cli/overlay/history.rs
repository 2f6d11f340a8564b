//! `muster overlay log`, and what `muster overlay undo` takes back.

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::as_json;
use super::super::paper::Hue;
use super::super::table::{Cell, table};
use super::super::verb::strange;
use super::ask;
use super::carry::Wanted;
use crate::api::{OverlayCommand, OverlayLogRow, OverlayReply};

/// Prints the log.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn log(
    desk: &mut Desk<'_, '_>,
    name: Option<&str>,
    limit: u32,
    json: bool,
) -> Result<(), Failure> {
    let command = OverlayCommand::Log {
        name: name.map(Into::into),
        limit,
    };
    let rows = match ask(desk, command)? {
        OverlayReply::Log(rows) => rows,
        OverlayReply::Faulty(faults) => {
            let first = faults.first().map(ToString::to_string);
            return Err(Failure::Refused(first.unwrap_or_default()));
        }
        _ => return Err(strange()),
    };
    if json {
        return Ok(as_json(desk.paper, &rows)?);
    }
    let zone = desk.paper.zone.clone();
    let line = |row: &OverlayLogRow| {
        let mut what = row.summary.to_string();
        if let Some(undone) = row.undone_by {
            what.push_str(&format!(" (taken back by #{undone})"));
        }
        let hue = row.undone_by.map(|_| Hue::Faint);
        [
            Cell::hued(format!("#{}", row.number), hue),
            Cell::hued(zone.moment(row.at), hue),
            Cell::hued(&*row.by, hue),
            Cell::hued(what, hue),
            row.note.as_deref().unwrap_or_default().into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let head = ["NO", "WHEN", "WHO", "WHAT", "WHY"];
    Ok(table(desk.paper, head, &lines)?)
}

/// A number is that of a change, anything else an overlay.
pub fn undo(what: Option<&str>) -> Wanted {
    let number = what.and_then(|what| what.trim_start_matches('#').parse().ok());
    let name = what.filter(|_| number.is_none()).map(Into::into);
    Wanted::Undo { number, name }
}
