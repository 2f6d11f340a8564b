//! Changes of overlays as clients are told of them: what they come to, whom they reach, and the log.

use std::path::Path;
use std::sync::Arc;

use super::Overlays;
use super::back::unknown;
use super::ledger::{Ledger, unlogged};
use super::looked::{self, Looked};
use super::record::Record;
use crate::api::{
    Content, FileKind, FileRow, OverlayChanged, OverlayFile, OverlayLogRow, OverlayOutcome,
    Standing,
};
use crate::daemon::files::Disk;
use crate::kit::{Stamp, units};
use crate::model::{Fault, Node, View};
use crate::overlay::edit::{self, Piece, Plan, RECORD, Reach, Shipped, Way, digest, reach};
use crate::overlay::{Files, Found, Home, Item, is_shipped};

/// Longer texts are not sent with an outcome: nobody reads the difference of that.
const SENT: usize = 8 << 20;
/// The record of what a copy was made from is not larger than what is shipped.
const LARGEST_RECORD: u64 = 16 << 20;
/// Rows of the log that are sent at once.
const ROWS: u32 = 10_000;

/// What a plan comes to.
pub(super) fn outcome(plan: &Plan, number: Option<u64>, impact: Vec<Arc<str>>) -> OverlayOutcome {
    let changed = plan.rows.iter().map(|row| {
        let text = |data: Option<&bytes::Bytes>| -> Option<Arc<str>> {
            let data = data.filter(|data| data.len() <= SENT)?;
            std::str::from_utf8(data).ok().map(Into::into)
        };
        let (before, after) = (row.before_data(), row.after_data());
        let differs = before != after;
        OverlayChanged {
            path: row.path.as_str().into(),
            turn: row.turn,
            what: row.what.as_str().into(),
            before: text(before).filter(|_| differs),
            after: text(after).filter(|_| differs),
        }
    });
    OverlayOutcome {
        number,
        summary: plan.summary.as_str().into(),
        copied: plan.copied,
        changed: changed.collect(),
        impact,
        warnings: plan.warnings.clone(),
    }
}

/// Whom a change of an overlay reaches, and when.
pub(super) fn impact(overlays: &Overlays, view: &View, name: &str, plan: &Plan) -> Vec<Arc<str>> {
    if plan.rows.is_empty() {
        return Vec::new();
    }
    let Reach { system, runtime } = reach(view, name);
    if system.is_empty() && runtime.is_empty() {
        return vec!["no node lists it".into()];
    }
    let mut says: Vec<Arc<str>> = Vec::new();
    let count = |nodes: &[Arc<Node>], one: &str, many: &str| match nodes.len() {
        1 => format!("1 node {one}"),
        n => format!("{} nodes {many}", units::count(n)),
    };
    if !runtime.is_empty() {
        let text = count(&runtime, "gets", "get");
        says.push(format!("{text} it with the next refresh (runtime)").into());
    }
    if !system.is_empty() {
        let text = count(&system, "changes", "change");
        says.push(format!("{text} at the next boot (system)").into());
    }
    let booting = overlays.booting(view, &system);
    if booting > 0 {
        let verb = if booting == 1 { "boots" } else { "boot" };
        let text = format!("{} of them {verb} right now", units::count(booting));
        says.push(text.into());
    }
    if plan.way == Way::Drop && is_shipped(name) {
        says.push("the shipped one comes back".into());
    }
    says
}

/// That what is shipped is another by now than what the site's copy was made from.
pub(super) fn moved_on(looked: &Looked) -> Option<Fault> {
    let (Home::Site(root), Some(_)) = (&looked.home, &looked.shipped) else {
        return None;
    };
    let record = root.parent()?.join(RECORD);
    let then = Shipped::parse(&Disk.read(&record, LARGEST_RECORD).ok()?)?;
    let paths = edit::moved_on(&looked.name, &then);
    let (first, others) = paths.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let what =
        format!("what is shipped is another than what this copy was made from: {first}{more}");
    let hint = format!("`muster overlay merge {}` takes it in", looked.name);
    Some(Fault::warning(what).hint(hint))
}

/// The log, newest first.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn log(
    state: &Path,
    name: Option<&str>,
    limit: u32,
) -> Result<Vec<OverlayLogRow>, String> {
    let Some(base) = Ledger::look(state)? else {
        return Ok(Vec::new());
    };
    let rows = base.overlay_log(name, limit.min(ROWS))?;
    let row = |change: crate::daemon::history::Change| {
        let record = Record::parse(&change.record)?;
        Ok(OverlayLogRow {
            number: change.number,
            at: record.at,
            by: record.by,
            name: record.overlay,
            summary: record.summary,
            note: record.note,
            paths: record.paths,
            undoes: change.undoes,
            undone_by: change.undone_by,
        })
    };
    rows.into_iter().map(row).collect()
}

/// Who changed a path of an overlay last, and when.
pub(super) fn last(state: &Path, name: &str, path: &str) -> Option<(Arc<str>, Stamp)> {
    let rows = log(state, Some(name), ROWS).unwrap_or_default();
    let mut of = rows
        .into_iter()
        .filter(|row| row.paths.iter().any(|one| **one == *path));
    of.next().map(|row| (row.by, row.at))
}

/// A file as it was before or after a change.
///
/// # Errors
/// There is no such change, or what was in the file is not kept any more.
pub(super) fn past(
    state: &Path,
    number: u64,
    path: &str,
    before: bool,
) -> Result<OverlayFile, Fault> {
    let base = Ledger::look(state).map_err(|why| unlogged(&why))?;
    let base = base.ok_or_else(|| unknown(number))?;
    let change = base.overlay_change(number).map_err(|why| unlogged(&why))?;
    let change = change.ok_or_else(|| unknown(number))?;
    let contents = |digest: &str| base.overlay_content(digest);
    let record = Record::parse(&change.record).map_err(Fault::error)?;
    let piece = record.side(path, before, &contents).map_err(Fault::error)?;
    let Some(piece) = piece else {
        let what = format!("#{number} did not touch {path}");
        let hint = format!("it touched {}", record.paths.join(", "));
        return Err(Fault::error(what).hint(hint));
    };
    Ok(OverlayFile {
        name: record.overlay,
        row: row(path, piece.as_ref()),
        content: piece.as_ref().and_then(content),
        digest: digest(piece.as_ref()).into(),
        shipped: None,
        faults: Vec::new(),
    })
}

/// The content of a file.
pub(super) fn content(piece: &Piece) -> Option<Content> {
    piece.data().map(|data| Content::of(data))
}

/// A file that is not there has nothing but its path.
fn row(path: &str, piece: Option<&Piece>) -> FileRow {
    let item = |piece: &Piece| Item {
        body: piece.body.clone(),
        mode: piece.mode,
        uid: piece.uid,
        gid: piece.gid,
        overlay: "".into(),
        shared: false,
        xattrs: piece.xattrs.as_slice().into(),
    };
    let absent = FileRow {
        path: path.into(),
        kind: FileKind::File,
        mode: 0,
        uid: 0,
        gid: 0,
        size: 0,
        standing: Standing::Own,
    };
    piece.map_or(absent, |piece| {
        looked::row(&Found::of(path.as_bytes(), &item(piece)), Standing::Own)
    })
}
