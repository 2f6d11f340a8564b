//! A file that was saved by hand from an older copy of it: what muster wrote meanwhile went back with that. It is noticed, told, and
//! brought in again in one step that keeps what else was written by hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::engine::Engine;
use super::journal::{Journal, Revision, Touched};
use super::prepare::{Means, Plan, Trouble};
use crate::kit::{Stamp, units};
use crate::model::{Edit, Fault, File, Place, Turn};
use crate::registry::{self, Difference};

/// Where faults of this kind are listed.
const ORIGIN: &str = "saved over";
/// How many steps back an editor may have read the file.
const RECENT: usize = 256;
/// How many keys are named.
const NAMED: usize = 3;

/// What a save by hand took back.
#[derive(Debug)]
pub struct Overwritten<'j> {
    /// The save by hand.
    hand: &'j Revision,
    /// What it took back, of whom, and whose that was.
    keys: Vec<(&'j Difference, &'j Arc<str>, &'j Revision)>,
}

impl Journal {
    /// What the newest step took back of earlier ones, if it was made by hand.
    pub fn overwritten(&self) -> Option<Overwritten<'_>> {
        let hand = self.last().filter(|last| last.hand && last.listed)?;
        let touched = self.lately(hand.file);
        let mut keys = Vec::new();
        for one in &hand.differences {
            for name in &one.names {
                let by = touched.get(&(one.table, &**name, &*one.key));
                keys.extend(
                    by.filter(|by| took_back(by, one, name))
                        .map(|by| (one, name, *by)),
                );
            }
        }
        (!keys.is_empty()).then_some(Overwritten { hand, keys })
    }

    /// What was touched lately before the newest step, by whom last.
    fn lately(&self, file: File) -> Touched<'_> {
        let mut touched = Touched::new();
        let before = self.newest_first().skip(1).take(RECENT);
        for step in before.filter(|step| step.file == file) {
            for one in &step.differences {
                for name in &one.names {
                    touched.entry((one.table, name, &one.key)).or_insert(step);
                }
            }
        }
        touched
    }
}

/// Whether a difference made by hand is the way back of what a step of ours did to the same.
fn took_back(by: &Revision, hand: &Difference, name: &Arc<str>) -> bool {
    let turned = |one: &&Difference| {
        (one.table, &one.key) == (hand.table, &hand.key) && one.names.contains(name)
    };
    let ours = by.differences.iter().find(turned).filter(|_| !by.hand);
    ours.is_some_and(|ours| match (ours.turn, hand.turn) {
        (Turn::Added, Turn::Removed) | (Turn::Removed, Turn::Added) => true,
        (Turn::Changed, Turn::Changed) => ours.before == hand.after && ours.after == hand.before,
        _ => false,
    })
}

impl Overwritten<'_> {
    /// The revisions that lost something, as people write them.
    fn revisions(&self) -> String {
        let of: BTreeSet<u64> = self.keys.iter().map(|(_, _, by)| by.revision).collect();
        let words: Vec<String> = of.iter().map(|revision| format!("r{revision}")).collect();
        words.join(", ")
    }

    fn fault(&self) -> Fault {
        let named = self.keys.iter().take(NAMED).map(|(one, name, _)| {
            let key = if one.key.is_empty() { "all" } else { &*one.key };
            format!("{key} of {} {name}", one.table.one())
        });
        let mut named: Vec<String> = named.collect();
        if self.keys.len() > NAMED {
            named.push("…".into());
        }
        let went = if self.keys.len() == 1 { "key" } else { "keys" };
        let what = format!(
            "{} was saved {} over {}: {} {went} went back ({})",
            self.hand.file.name(),
            self.hand.by,
            self.revisions(),
            units::count(self.keys.len()),
            named.join(", ")
        );
        let hint = "`muster redo` brings that in again and keeps what else was written; `muster log` shows whose it was";
        Fault::warning(what).hint(hint)
    }
}

impl Engine {
    /// A step was made by hand: says so if it took back what others had written.
    pub(super) fn look_for_overwritten(&mut self, now: Stamp) {
        let fault = self.journal.overwritten().map(|lost| lost.fault());
        self.set_faults(ORIGIN, fault.into_iter().collect(), now);
    }

    /// Another step was made: whoever made it has seen what is.
    pub(super) fn forget_overwritten(&mut self, now: Stamp) {
        if self.faults.contains_key(ORIGIN) {
            self.set_faults(ORIGIN, Vec::new(), now);
        }
    }

    /// How what a save by hand took back comes in again; none if the newest step is no such save.
    pub(super) fn brought_back(&self, text: &str) -> Option<Result<Plan, Trouble>> {
        let lost = self.journal.overwritten()?;
        let means = match self.merged_with(&lost, text) {
            Some(new) => Ok(Means::Text(new)),
            None => values_again(&lost).map(Means::Edits),
        };
        Some(means.map(|means| Plan {
            means,
            name: None,
            said: Some(format!("redo {}, saved over by hand", lost.revisions())),
            undoes: None,
        }))
    }

    /// The text as it would be had its author written into the newest one: their changes to the copy that they had, and ours to it.
    /// None if both are about the same lines.
    fn merged_with(&self, lost: &Overwritten<'_>, text: &str) -> Option<String> {
        let oldest = lost.keys.iter().map(|(_, _, by)| by.seq).min()?;
        let head = registry::apply(text, &registry::back(lost.hand.hunks.as_deref()?))?;
        let mut copy = head.clone();
        let since = self.journal.newest_first().skip(1);
        let since = since.filter(|step| step.file == lost.hand.file);
        for step in since.take_while(|step| step.seq >= oldest) {
            copy = registry::apply(&copy, &registry::back(step.hunks.as_deref()?))?;
        }
        let (theirs, ours) = (
            registry::between(&copy, text),
            registry::between(&copy, &head),
        );
        registry::apply(text, &registry::carried(&ours, &theirs)?)
    }
}

/// The edits that give again what was taken back.
fn values_again(lost: &Overwritten<'_>) -> Result<Vec<Edit>, Trouble> {
    let again = lost.keys.iter().map(|(one, name, _)| {
        let place = Place {
            table: one.table,
            name: (*name).clone(),
        };
        let key = one.key.clone();
        match (one.turn, &one.before) {
            (Turn::Changed, Some(value)) => Ok(Edit::Set {
                place,
                key,
                value: value.clone(),
            }),
            (Turn::Changed, None) => Ok(Edit::Unset { place, key }),
            (Turn::Added, _) => Ok(Edit::Remove { place }),
            _ => {
                let what = format!("{place} cannot be put back: the lines around it changed");
                let hint = "`muster undo` takes the whole save by hand back";
                Err(Trouble::Refused(Fault::error(what).hint(hint)))
            }
        }
    });
    again.collect()
}
