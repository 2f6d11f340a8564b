//! Taking a change back: what it made is to be there still, and becomes what was there before.

use std::sync::Arc;

use super::draft::{Base, Draft, parents};
use super::ground::Ground;
use super::piece::{Piece, same};
use super::plan::{Plan, Problem, Shift, Way};
use super::rows;
use crate::model::Fault;
use crate::overlay::found::Home;

/// A change that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Its number in the log.
    pub number: u64,
    /// How it was carried out.
    pub way: Way,
    /// What it did to every path.
    pub shifts: Vec<Shift>,
    /// It in one line.
    pub summary: Arc<str>,
}

/// What taking `done` back comes to.
///
/// # Errors
/// A clash with what somebody did since, or the fault that the overlay is not there, or is listed.
pub fn undo(ground: &Ground<'_>, done: &Done) -> Result<Plan, Problem> {
    let folder = ground.sources.folder(ground.name);
    let home = ground.home()?;
    let name = ground.name;
    let site = matches!(home, Some(Home::Site(_)));
    if done.way == Way::Drop && site {
        let what = format!("there is an overlay {name} again, in {}", folder.display());
        return Err(Fault::error(what).hint("delete that one first").into());
    }
    if done.way != Way::Drop && !site {
        let what = format!("overlay {name} is not there any more");
        let hint = format!("`muster overlay log {name}` tells what became of it");
        return Err(Fault::error(what).hint(hint).into());
    }
    let root = match &home {
        Some(Home::Site(root)) if *root != folder => "rootfs",
        Some(Home::Site(_)) => "",
        _ if done.shifts.iter().any(|shift| shift.path == "rootfs") => "rootfs",
        _ => "",
    };
    let base = match done.way {
        Way::Drop => Base::Nothing,
        Way::InPlace | Way::Make => Base::Disk(folder, ground.files),
    };
    let mut draft = Draft::new(base);
    for shift in &done.shifts {
        let theirs = draft.before_through(&shift.path)?;
        if !same(theirs.as_ref(), shift.after.as_ref()) {
            return Err(clash(root, &shift.path, theirs));
        }
    }
    for shift in &done.shifts {
        draft.put(&shift.path, shift.before.clone());
    }
    if done.way == Way::Make {
        ground.may_go("removed")?;
    }
    closed(&draft, root, &done.shifts)?;
    let way = match done.way {
        Way::InPlace => Way::InPlace,
        Way::Make => Way::Drop,
        Way::Drop => Way::Make,
    };
    let back = |shift: &Shift| Shift {
        path: shift.path.clone(),
        before: shift.after.clone(),
        after: shift.before.clone(),
    };
    let shifts: Vec<Shift> = done.shifts.iter().map(back).collect();
    let rows = rows::rows(name, root, (way, &shifts), ground.powers);
    Ok(Plan {
        way,
        rows,
        shifts,
        copied: false,
        summary: format!("undo #{}: {}", done.number, done.summary),
        warnings: Vec::new(),
    })
}

/// Whether everything that comes back lies in folders, and nothing is left in those that go.
fn closed(draft: &Draft<'_>, root: &str, shifts: &[Shift]) -> Result<(), Problem> {
    for shift in shifts {
        let path = &shift.path;
        if shift.before.is_some() {
            for parent in parents(path) {
                if !draft.is_folder(parent)? {
                    let what = format!("{path} cannot come back: {parent} is no folder any more");
                    return Err(Fault::error(what).into());
                }
            }
        }
        let stays = shift.before.as_ref().is_some_and(Piece::is_folder);
        if shift.after.as_ref().is_some_and(Piece::is_folder)
            && !stays
            && let Some(name) = draft.names(path)?.first()
        {
            let left = super::draft::join(path, name);
            let theirs = draft.before_through(&left)?;
            return Err(clash(root, &left, theirs));
        }
    }
    Ok(())
}

fn clash(root: &str, inner: &str, theirs: Option<Piece>) -> Problem {
    let path = inner.strip_prefix(root).unwrap_or(inner);
    let path = path.trim_start_matches('/').to_owned();
    let theirs = theirs.map(Box::new);
    Problem::Clash { path, theirs }
}
