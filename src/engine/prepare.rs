//! What a wish comes to: the draft of it, or everything that speaks against it.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::change::{Change, Wish, sentence};
use super::differences::{rows, shown, summary};
use super::engine::Engine;
use super::journal::Revision;
use crate::api::{ClashRow, Outcome, Reply};
use crate::kit::{Mac, Stamp, hostlist};
use crate::model::{Edit, Fault, File, Place, Table, Value};
use crate::registry::{self, Difference, Draft};

/// Rows of a diff in one answer.
const ROWS: usize = 2_000;

/// A change that can be saved.
#[derive(Debug)]
pub struct Prepared {
    /// What it comes to.
    pub draft: Draft,
    /// For the journal.
    pub revision: Revision,
    /// For whoever asked.
    pub outcome: Outcome,
    /// Name of the node that a machine becomes.
    pub name: Option<Arc<str>>,
}

/// Why a change is not made.
#[derive(Debug)]
pub enum Trouble {
    /// For one reason.
    Refused(Fault),
    /// For these.
    Faults(Vec<Fault>),
    /// Somebody else changed the same.
    Clash(Vec<ClashRow>),
    /// Another machine was faster; nobody needs to hear of it.
    Late,
}

impl Trouble {
    /// As an answer.
    pub fn reply(self) -> Reply {
        match self {
            Self::Refused(fault) => Reply::Refused(sentence(&fault)),
            Self::Faults(faults) => Reply::Faulty(faults),
            Self::Clash(rows) => Reply::Clash(rows),
            Self::Late => Reply::Done("another machine was faster".into()),
        }
    }

    /// The first reason.
    pub fn fault(self) -> Fault {
        let first = match self {
            Self::Refused(fault) => Some(fault),
            Self::Faults(faults) => faults.into_iter().next(),
            Self::Clash(_) | Self::Late => None,
        };
        first.unwrap_or_else(|| Fault::error("somebody else changed the same"))
    }
}

/// How a wish is carried out: by edits, or by a text in which lines are put back.
pub(super) enum Means {
    Edits(Vec<Edit>),
    Text(String),
}

/// A wish that is understood.
pub(super) struct Plan {
    pub means: Means,
    /// Name of the node that a machine becomes.
    pub name: Option<Arc<str>>,
    /// What it does in one line, where that is not for the differences to say.
    pub said: Option<String>,
    /// The revision that it takes back.
    pub undoes: Option<u64>,
}

impl Plan {
    fn of(edits: Vec<Edit>) -> Self {
        Self {
            means: Means::Edits(edits),
            name: None,
            said: None,
            undoes: None,
        }
    }
}

impl Engine {
    /// Finds out what a change comes to. Nothing is in force or saved yet.
    pub(super) fn prepare(&mut self, change: &Change, now: Stamp) -> Result<Prepared, Trouble> {
        let (file, text) = self.readable(&change.wish)?;
        let plan = match &change.wish {
            Wish::Adopt { mac, name } => self.adoption(*mac, name.clone())?,
            Wish::Discover { mac } => {
                let node = registry::first_discoverable(&self.view).ok_or(Trouble::Late)?;
                let name = node.name.clone();
                self.adoption(*mac, Some(name))?
            }
            Wish::Edits { edits, .. } => Plan::of(edits.clone()),
            Wish::Undo(_) | Wish::Redo => self.way_back(&change.wish, &text)?,
        };
        let draft = self.drafted((file, &text), plan.means, plan.undoes)?;
        let mut note = None;
        if let Wish::Edits {
            base, note: said, ..
        } = &change.wish
        {
            self.clashes(&draft, *base, change.seen)?;
            note.clone_from(said);
        }
        let said = plan.said.unwrap_or_else(|| summary(&draft.differences));
        let summary: Arc<str> = said.into();
        let (diff, more) = rows(&draft.differences, ROWS);
        let outcome = Outcome {
            revision: Some(draft.view.revision),
            summary: summary.clone(),
            diff,
            more,
            impact: self.impact(&draft),
            warnings: self.doubts(&draft),
        };
        let revision = Revision {
            seq: self.journal.next_seq(),
            file,
            revision: draft.view.revision,
            listed: true,
            at: now,
            by: change.by.clone(),
            hand: false,
            good: draft.good(),
            summary,
            note,
            undoes: plan.undoes,
            digests: (digest(&text), digest(&draft.text)),
            hunks: Some(draft.hunks.clone()),
            differences: draft.differences.clone(),
        };
        Ok(Prepared {
            draft,
            revision,
            outcome,
            name: plan.name,
        })
    }

    fn adoption(&self, mac: Mac, name: Option<Arc<str>>) -> Result<Plan, Trouble> {
        let stranger = self.strangers().into_iter().find(|one| one.mac == mac);
        let (near, proposed) = stranger.map_or((None, None), |one| (one.ip, one.proposed));
        let wanted = name.or(proposed);
        let adoption = self.registry.adopt(mac, wanted.as_deref(), near);
        let adoption = adoption.map_err(Trouble::Refused)?;
        Ok(Plan {
            means: Means::Edits(adoption.edits),
            name: Some(adoption.name),
            said: Some(adoption.summary),
            undoes: None,
        })
    }

    /// The file that a wish is about.
    fn file_of(&self, wish: &Wish) -> Result<File, Trouble> {
        match wish {
            Wish::Adopt { .. } | Wish::Discover { .. } => Ok(File::Nodes),
            Wish::Undo(_) | Wish::Redo => Ok(self.taken_back(wish)?.file),
            Wish::Edits { edits, .. } => {
                let mut files = edits.iter().map(|edit| edit.place().table.file());
                let first = files.next().unwrap_or_default();
                if files.all(|file| file == first) {
                    return Ok(first);
                }
                let what = "a change of settings and one of nodes or profiles are two changes: they are in two files";
                let fault = Fault::error(what).hint("make one after the other");
                Err(Trouble::Refused(fault))
            }
        }
    }

    /// The file that is to be changed, and its text.
    fn readable(&self, wish: &Wish) -> Result<(File, Arc<str>), Trouble> {
        let file = self.file_of(wish)?;
        let held = match file {
            File::Nodes => !self.view.nodes.is_empty() || !self.view.profiles.is_empty(),
            // A file that says nothing is one of defaults; one that is gone may come back.
            File::Conf => self.registry.says_settings() && self.conf.content().is_none(),
        };
        let text = self.text(file).shared();
        if held && text.trim().is_empty() {
            // What is in force would be lost with the next reading.
            let what = format!(
                "{} is gone or empty, and what is in force is not in it",
                file.name()
            );
            let fault = Fault::error(what).hint("put it back, then try again");
            return Err(Trouble::Refused(fault));
        }
        Ok((file, text))
    }

    /// The draft of it. Lines that cannot be put back any more are made of the values that they had.
    fn drafted(
        &mut self,
        (file, text): (File, &str),
        means: Means,
        undoes: Option<u64>,
    ) -> Result<Draft, Trouble> {
        let edits = match means {
            Means::Text(new) => match (self.registry.draft_text(file, text, new), undoes) {
                (Ok(draft), _) => return Ok(draft),
                (Err(faults), None) => return Err(Trouble::Faults(faults)),
                (Err(_), Some(of)) => self.values_back(of)?,
            },
            Means::Edits(edits) => edits,
        };
        let draft = self.registry.draft(file, text, &edits);
        draft.map_err(Trouble::Faults)
    }

    /// Whether somebody changed the same keys to something else after `base`, or by hand after `seen`.
    fn clashes(&self, draft: &Draft, base: Option<u64>, seen: Option<u64>) -> Result<(), Trouble> {
        let touched = match (base, seen) {
            (Some(base), _) => self.journal.touched_since(base),
            // Who names no revision takes the turn after all others, but does not write over what came while it was tried.
            (None, Some(seen)) => self
                .journal
                .touched(|step| step.hand && step.revision > seen),
            (None, None) => return Ok(()),
        };
        let mut clashes = Vec::new();
        for one in &draft.differences {
            for name in &one.names {
                if let Some(by) = touched.get(&(one.table, &**name, &*one.key)) {
                    clashes.push((one, name, *by));
                }
            }
        }
        if clashes.is_empty() {
            return Ok(());
        }
        Err(Trouble::Clash(self.told(&clashes, true)))
    }

    /// Clashes as rows, equal ones together. `ours` is what a difference leads to, or (for an undo) what it led away from.
    pub(super) fn told(
        &self,
        clashes: &[(&Difference, &Arc<str>, &Revision)],
        forth: bool,
    ) -> Vec<ClashRow> {
        let mut rows: Vec<(ClashRow, Vec<&str>)> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        for (one, name, by) in clashes {
            let ours = if forth {
                shown(one, &one.after)
            } else {
                shown(one, &one.before)
            };
            let theirs = self
                .own(one.table, name, &one.key)
                .and_then(|value| shown(one, &Some(value)));
            let print = format!(
                "{:?} {} {theirs:?} {ours:?} {}",
                one.table, one.key, by.revision
            );
            let at = *index.entry(print).or_insert_with(|| {
                let row = ClashRow {
                    table: one.table,
                    names: "".into(),
                    count: 0,
                    key: one.key.clone(),
                    theirs,
                    ours,
                    by: by.by.clone(),
                    at: by.at,
                    revision: by.revision,
                };
                rows.push((row, Vec::new()));
                rows.len() - 1
            });
            rows[at].1.push(name);
        }
        let rows = rows.into_iter().map(|(row, names)| ClashRow {
            count: u32::try_from(names.len()).unwrap_or(u32::MAX),
            names: hostlist::compress(&names).into(),
            ..row
        });
        rows.take(ROWS).collect()
    }

    /// What an entry itself says of a key now.
    pub(super) fn own(&self, table: Table, name: &Arc<str>, key: &str) -> Option<Value> {
        let place = Place {
            table,
            name: name.clone(),
        };
        self.registry.own(&place, key)
    }
}

/// SHA-256 of a text, in hexadecimal.
pub(super) fn digest(text: &str) -> Arc<str> {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.into()
}
