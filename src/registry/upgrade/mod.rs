//! Whole files of Warewulf, of any release, made files of muster: today's spellings, everything else as it is. What comes of it is
//! read and compared with what the old text says, so that a text which means something else never leaves here.

mod nodes;
mod settings;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub use nodes::{Registered, Split, masked, nodes};
pub use settings::{Configured, settings};

use super::edit::{Changed, Uneditable};
use super::load::Registry;
use crate::model::{Fault, Level, Paths, Spot};

/// One line that became another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Line of the file, from 1.
    pub line: u32,
    /// What stood there; secrets are masked.
    pub old: String,
    /// What stands instead; empty when nothing does.
    pub new: String,
    /// Why: the same sentence for all changes of a kind.
    pub why: String,
    /// Whether it leaves something out that somebody may have meant.
    pub loses: bool,
}

/// A registry that holds nothing and reads files of the folder of `file`.
fn registry(file: &Path) -> Registry {
    let conf = file.parent().unwrap_or(file).to_owned();
    let paths = Paths {
        state: conf.clone(),
        run: conf.clone(),
        cache: conf.clone(),
        conf,
    };
    Registry::new(paths, "")
}

/// Changes with their lines in the file; `first` is the line at which their text begins, from 0.
fn placed(changes: Vec<Changed>, first: usize) -> impl Iterator<Item = Change> {
    changes.into_iter().map(move |change| Change {
        line: line(first + change.line),
        old: change.old,
        new: change.new,
        why: change.why,
        loses: change.loses,
    })
}

/// A line from 0 as people count it.
fn line(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// Why a part of a file stays as it is.
fn stays(file: &str, first: usize, why: &Uneditable) -> Fault {
    let spot = Spot {
        file: file.into(),
        line: line(first + why.line),
        column: 1,
    };
    let what = format!("older spellings stay here: {}", why.why);
    Fault::warning(what)
        .at(spot)
        .hint("muster reads them, and warns")
}

/// What is wrong with the old text and would be with the new one too, at its place in the old one.
fn lasting(before: Vec<Fault>, after: &[Fault], file: &str) -> Vec<Fault> {
    let last: BTreeSet<&str> = after.iter().map(|fault| fault.what.as_str()).collect();
    let file: Arc<str> = file.into();
    before
        .into_iter()
        .filter(|fault| last.contains(fault.what.as_str()))
        .map(|mut fault| {
            if let Some(spot) = &mut fault.spot {
                spot.file = file.clone();
            }
            fault
        })
        .collect()
}

/// The faults for which a text cannot be taken at all: it is no YAML, or says something twice.
fn refusals(faults: &[Fault], file: &str) -> Vec<Fault> {
    let twice = |fault: &&Fault| fault.level == Level::Error && fault.what.contains("occurs twice");
    let mut out: Vec<Fault> = faults.iter().filter(twice).cloned().collect();
    for fault in &mut out {
        if let Some(spot) = &mut fault.spot {
            spot.file = file.into();
        }
    }
    out
}
