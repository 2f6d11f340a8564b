//! Taking revisions back: line by line where their lines are as they left them, else value by value, and not at all over what
//! somebody else did since.

use std::collections::HashSet;
use std::sync::Arc;

use super::change::Wish;
use super::engine::Engine;
use super::journal::{Revision, Stuck, Touched};
use super::prepare::{Means, Plan, Trouble};
use crate::model::{Edit, Fault, Place, Turn, Value};
use crate::registry::Difference;

impl Engine {
    /// The revision that an undo or redo takes back; none if there is none.
    fn wished_back(&self, wish: &Wish) -> Option<u64> {
        match wish {
            Wish::Undo(Some(revision)) => Some(*revision),
            Wish::Undo(None) => self.journal.newest(),
            _ => self.journal.newest_undo(),
        }
    }

    /// The step that an undo or redo takes back.
    pub(super) fn taken_back(&self, wish: &Wish) -> Result<&Revision, Trouble> {
        if let Wish::Redo = wish
            && let Some(hand) = self.journal.last()
            && self.journal.overwritten().is_some()
        {
            return Ok(hand);
        }
        let refused = |what: String, hint: &str| Trouble::Refused(Fault::error(what).hint(hint));
        let Some(of) = self.wished_back(wish) else {
            let what = if matches!(wish, Wish::Redo) {
                "there is no undo to take back, or something was changed after it"
            } else {
                "there is nothing to undo"
            };
            return Err(refused(what.into(), "`muster log` shows what was done"));
        };
        self.journal.bearer(of).ok_or_else(|| {
            refused(
                format!("there is no revision r{of} in the log"),
                "`muster log` shows them",
            )
        })
    }

    /// Which revision an undo or redo takes back, and how.
    pub(super) fn way_back(&self, wish: &Wish, text: &str) -> Result<Plan, Trouble> {
        if let Wish::Redo = wish
            && let Some(plan) = self.brought_back(text)
        {
            return plan;
        }
        let refused = |what: String, hint: &str| Trouble::Refused(Fault::error(what).hint(hint));
        let step = self.taken_back(wish)?;
        let of = self.wished_back(wish).unwrap_or(step.revision);
        if let Some(by) = self.journal.undone().get(&of) {
            return Err(refused(
                format!("r{of} was taken back by r{by} already"),
                "`muster redo` brings it back",
            ));
        }
        if step.hunks.as_ref().is_some_and(Vec::is_empty) {
            return Err(refused(
                format!("r{of} changed nothing in nodes.conf"),
                "change muster.conf by hand",
            ));
        }
        let means = match self.journal.without(step.revision, text) {
            Ok(new) => Means::Text(new),
            Err(Stuck::Forgotten) => {
                let what = format!(
                    "what r{of} changed, or what came after it, is not known line by line any more"
                );
                let hint = "change it by hand; `muster diff` shows what is known";
                return Err(refused(what, hint));
            }
            Err(Stuck::Changed) => Means::Edits(self.values_back(of)?),
        };
        let word = if matches!(wish, Wish::Redo) {
            "redo"
        } else {
            "undo"
        };
        Ok(Plan {
            means,
            name: None,
            said: Some(self.taking_back(word, of)),
            undoes: Some(of),
        })
    }

    /// The edits that give back the values that a revision changed, if nobody has changed them again.
    pub(super) fn values_back(&self, of: u64) -> Result<Vec<Edit>, Trouble> {
        let Some(step) = self.journal.bearer(of) else {
            return Err(Trouble::Late);
        };
        let later = self.journal.touched_since(step.revision);
        let mut clashes: Vec<(&Difference, &Arc<str>, &Revision)> = Vec::new();
        let mut edits = Vec::new();
        for one in &step.differences {
            for name in &one.names {
                match self.disturbed(one, name, &later) {
                    Some(by) => clashes.push((one, name, by)),
                    None => edits.push(reverse(one, name)?),
                }
            }
        }
        if !clashes.is_empty() {
            return Err(Trouble::Clash(self.told(&clashes, false)));
        }
        // What was made by the revision goes whole, and names are given back last.
        let removes = |edit: &Edit| matches!(edit, Edit::Remove { .. });
        let gone: HashSet<Place> = edits
            .iter()
            .filter(|edit| removes(edit))
            .map(|edit| edit.place().clone())
            .collect();
        edits.retain(|edit| removes(edit) || !gone.contains(edit.place()));
        edits.sort_by_key(|edit| matches!(edit, Edit::Rename { .. }));
        Ok(edits)
    }

    /// Who changed what a revision made of an entry's key since, if it is not as that left it.
    fn disturbed<'j>(
        &self,
        one: &Difference,
        name: &Arc<str>,
        later: &Touched<'j>,
    ) -> Option<&'j Revision> {
        let by = |key: &str| later.get(&(one.table, &**name, key)).copied();
        if one.turn != Turn::Changed {
            // Whoever touched the entry since would lose that.
            let mut all = later.iter();
            let mine = all.find(|((table, of, _), _)| *table == one.table && *of == &**name);
            return mine.map(|(_, by)| *by);
        }
        let same = self.own(one.table, name, &one.key) == one.after;
        by(&one.key).or_else(|| by("")).filter(|_| !same)
    }

    fn taking_back(&self, word: &str, of: u64) -> String {
        let step = self.journal.find(of);
        let said = step.map_or(String::new(), |step| format!(": {}", step.summary));
        // A redo names what comes into force again.
        match step.and_then(|step| step.undoes).filter(|_| word == "redo") {
            Some(first) => {
                let said = self
                    .journal
                    .find(first)
                    .map_or(String::new(), |step| format!(": {}", step.summary));
                format!("redo r{first}{said}")
            }
            None => format!("{word} r{of}{said}"),
        }
    }
}

/// The edit that takes a difference back.
fn reverse(one: &Difference, name: &Arc<str>) -> Result<Edit, Trouble> {
    let place = Place {
        table: one.table,
        name: name.clone(),
    };
    let key = one.key.clone();
    Ok(match (one.turn, &one.before) {
        (Turn::Added, _) => Edit::Remove { place },
        (Turn::Changed, None) => Edit::Unset { place, key },
        (Turn::Changed, Some(value)) => Edit::Set {
            place,
            key,
            value: value.clone(),
        },
        (Turn::Renamed, Some(Value::Text(to))) => Edit::Rename {
            place,
            to: to.clone(),
        },
        (Turn::Removed | Turn::Renamed, _) => {
            let what = format!("{place} cannot be put back: the lines around it changed since");
            let fault = Fault::error(what).hint("`muster diff` shows what it said");
            return Err(Trouble::Refused(fault));
        }
    })
}
