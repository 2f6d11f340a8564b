//! Which change an undo takes back.

use std::sync::Arc;

use super::Overlays;
use super::ledger::{Ledger, unlogged};
use super::record::Record;
use crate::daemon::history::Base;
use crate::model::Fault;
use crate::overlay::edit::Done;

/// Changes that an undo looks through for something to take back.
const BACK: u32 = 10_000;

/// The change that is to be taken back, and the overlay that it was made to.
pub(super) fn target(
    overlays: &Overlays,
    number: Option<u64>,
    name: Option<&str>,
) -> Result<(Done, Arc<str>), Fault> {
    let nothing = || {
        let of = name.map_or_else(String::new, |name| format!(" of overlay {name}"));
        Fault::error(format!("there is no change{of} that could be taken back"))
    };
    let base = Ledger::look(&overlays.state).map_err(|why| unlogged(&why))?;
    let base = base.ok_or_else(nothing)?;
    let number = match number {
        Some(number) => tip(&base, number)?,
        None => newest(&base, name)?.ok_or_else(nothing)?,
    };
    let lost = |why: String| {
        let what = format!("#{number} cannot be taken back: {why}");
        Fault::error(what).hint("older contents go when there are too many; change it by hand")
    };
    let change = base.overlay_change(number).map_err(|why| unlogged(&why))?;
    let change = change.ok_or_else(|| unknown(number))?;
    let record = Record::parse(&change.record).map_err(lost)?;
    if name.is_some_and(|name| *name != *record.overlay) {
        let what = format!("#{number} is a change of overlay {}", record.overlay);
        return Err(Fault::error(what));
    }
    let contents = |digest: &str| base.overlay_content(digest);
    let done = Done {
        number,
        way: record.way(),
        shifts: record.shifts(&contents).map_err(lost)?,
        summary: record.summary.clone(),
    };
    Ok((done, record.overlay))
}

pub(super) fn unknown(number: u64) -> Fault {
    let what = format!("there is no change #{number} in the log of overlays");
    Fault::error(what).hint("`muster overlay log` shows them")
}

/// What has to be taken back so that the change of that number is: itself, or what brought it back.
fn tip(base: &Base, number: u64) -> Result<u64, Fault> {
    let (mut at, mut stands) = (number, true);
    loop {
        let change = base.overlay_change(at).map_err(|why| unlogged(&why))?;
        let change = change.ok_or_else(|| unknown(at))?;
        match change.undone_by {
            Some(later) if later > at => (at, stands) = (later, !stands),
            _ => break,
        }
    }
    if stands {
        return Ok(at);
    }
    let what = format!("#{number} was taken back by #{at} already");
    Err(Fault::error(what).hint(format!("`muster overlay undo {at}` brings it back")))
}

/// The newest change that stands and was no taking back.
fn newest(base: &Base, name: Option<&str>) -> Result<Option<u64>, Fault> {
    let rows = base.overlay_log(name, BACK).map_err(|why| unlogged(&why))?;
    let undoes = |number: u64| rows.iter().find(|row| row.number == number)?.undoes;
    let forth = |number: u64| {
        let mut steps = 0;
        let mut at = number;
        while let Some(earlier) = undoes(at) {
            (at, steps) = (earlier, steps + 1);
        }
        steps % 2 == 0
    };
    let mut standing = rows.iter().filter(|row| row.undone_by.is_none());
    Ok(standing.find(|row| forth(row.number)).map(|row| row.number))
}
