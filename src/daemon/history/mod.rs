//! What is kept across runs, and the database that holds it. SQLite is named in this folder and nowhere else: [`base`] opens it,
//! `rows` holds boots, events and leases, `steps` the journal, `drifts` what nodes were given in their boots,
//! `packed` what is stored small.
//! `rows` holds boots, events and leases, `steps` the journal, `overlays` the log of
//! overlays, `packed` what is stored small.
//!
//! # What is kept
//! The newest 200,000 events and 50,000 boots, every lease, the last boot of every node, the last good text of both configuration
//! files, and of the journal the newest 20,000 revisions, or fewer where they take more than 64 MiB. Of
//! changes of overlays the newest 20,000, and of what was in their files the newest 64 MiB. What is older goes; a file that
//! is mostly empty then is made small again at the next start.

mod base;
mod drifts;
mod overlays;
mod packed;
mod rows;
mod steps;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use base::{Base, Unusable};
pub use drifts::{Drifts, Keep};
pub use overlays::{Change, Intent};
pub use steps::Depth;

use crate::api::{BootRow, EventRow};
use crate::engine::{Revision, Text};
use crate::model::File;

/// Something to keep.
#[derive(Debug)]
pub enum Record {
    /// Boots; they replace earlier records of the same id.
    Boots(Vec<BootRow>),
    /// Events.
    Events(Vec<EventRow>),
    /// A lease by address, as JSON; none = gone.
    Lease(Arc<str>, Option<String>),
    /// The last boot of a node by its name, as JSON.
    OpenBoot(Arc<str>, String),
    /// The last good content of a configuration file.
    Text(&'static str, Arc<str>),
    /// A revision that is in force.
    Step(Box<Revision>),
    /// What nodes were given in their boots.
    Drift(Vec<Keep>),
}

/// What was kept by earlier runs.
#[derive(Debug, Default)]
pub struct History {
    /// Boots, newest first.
    pub boots: Vec<BootRow>,
    /// Events, oldest first.
    pub events: Vec<EventRow>,
    /// Last good content of configuration files, by name.
    pub texts: Vec<(String, String)>,
    /// Leases as JSON.
    pub leases: Vec<String>,
    /// The last boot of every node, as JSON.
    pub open_boots: Vec<String>,
    /// First free boot id.
    pub next_boot: u64,
    /// What nodes were given in their last boots.
    pub drifts: Drifts,
    /// Revisions, newest first, each with whether it is known to be in force, or was only about to be saved.
    pub steps: Vec<(bool, Revision)>,
}

impl History {
    /// Of a first run.
    #[must_use]
    pub fn new() -> Self {
        Self {
            next_boot: 1,
            ..Self::default()
        }
    }

    /// Reads what was kept in the database at `path`, changing nothing; a first run's where there is none.
    ///
    /// # Errors
    /// [`Unusable`]: what is there cannot be read.
    pub fn look(path: &Path, depth: Depth) -> Result<Self, Unusable> {
        match path.try_exists() {
            Ok(false) => Ok(Self::new()),
            Ok(true) => twice(|| Base::looked_at(path)?.history(depth)),
            Err(cause) => Err(Unusable::Kept(cause.to_string())),
        }
    }

    /// The content of a file that was given to a node, by its digest (SHA-256, lower-case hex), from the database at `path`; none if
    /// it is not kept, or not any more.
    ///
    /// # Errors
    /// Why the database cannot be read.
    pub fn given_text(path: &Path, digest: &str) -> Result<Option<String>, String> {
        Base::looked_at(path)
            .and_then(|base| base.given_text(digest))
            .map_err(|e| e.to_string())
    }

    /// The revisions that came into force, oldest first; they are taken out. A save of which nobody noted that it was done was done
    /// if what is known to come next of its file began with what it led to, or if nothing comes next and the file holds that;
    /// `now` is what the files hold.
    pub fn revisions(&mut self, now: &[(File, &Text)]) -> Vec<Revision> {
        let mut steps: Vec<Revision> = Vec::with_capacity(self.steps.len());
        let mut began: BTreeMap<File, Arc<str>> = BTreeMap::new();
        for (done, step) in self.steps.drain(..) {
            let held = || now.iter().find(|(file, _)| *file == step.file)?.1.content();
            let came = match began.get(&step.file) {
                Some(next) => done || *next == step.digests.1,
                None => done || step.leads_to(held().unwrap_or_default()),
            };
            if came {
                began.insert(step.file, step.digests.0.clone());
                steps.push(step);
            }
        }
        steps.reverse();
        steps
    }
}

/// Does it again if the database seems broken: SQLite says so too of a disk that failed to read for once (its
/// `SQLITE_IOERR_CORRUPTFS`).
fn twice<T>(open: impl Fn() -> Result<T, Unusable>) -> Result<T, Unusable> {
    match open() {
        Err(Unusable::Broken(_)) => open(),
        opened => opened,
    }
}
