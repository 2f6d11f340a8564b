//! Faults in force: who found them, and which of them are news.

use std::collections::HashSet;

use super::engine::Engine;
use crate::fleet::What;
use crate::kit::{Stamp, units};
use crate::model::Fault;

/// How many new faults at once are told one by one.
const TOLD: usize = 20;

impl Engine {
    /// Takes in the faults of one origin, in place of the earlier ones.
    pub(super) fn set_faults(&mut self, origin: &'static str, faults: Vec<Fault>, now: Stamp) {
        let old = self.faults.insert(origin, faults);
        if old.as_ref() != self.faults.get(origin) {
            self.refresh_faults(now);
        }
    }

    /// All faults in force, worst first.
    pub(super) fn all_faults(&self) -> Vec<Fault> {
        let mut all: Vec<Fault> = self
            .view
            .faults
            .iter()
            .chain(self.faults.values().flatten())
            .cloned()
            .collect();
        all.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.cmp(b)));
        all.dedup();
        all
    }

    /// Tells clients of faults that came or went, and the timeline of those that are new. Before the history is there nothing is
    /// told: [`Engine::tell_first_faults`] does.
    pub(super) fn refresh_faults(&mut self, now: Stamp) {
        let all = self.all_faults();
        if all == self.known_faults {
            return;
        }
        self.untold.faults = true;
        let before = std::mem::replace(&mut self.known_faults, all);
        if self.started {
            let known: HashSet<_> = before.iter().map(Fault::identity).collect();
            let new: Vec<Fault> = self
                .known_faults
                .iter()
                .filter(|fault| !known.contains(&fault.identity()))
                .cloned()
                .collect();
            self.tell(new, now);
        }
    }

    /// Tells the timeline of the faults of the start, unless it says so already. `told` are its lines about faults.
    pub(super) fn tell_first_faults(&mut self, told: &HashSet<std::sync::Arc<str>>, now: Stamp) {
        let new = self
            .known_faults
            .iter()
            .filter(|fault| !told.contains(fault.to_string().as_str()))
            .cloned()
            .collect();
        self.tell(new, now);
    }

    fn tell(&mut self, mut new: Vec<Fault>, now: Stamp) {
        let more = new.len().saturating_sub(TOLD);
        new.truncate(TOLD);
        if more > 0 {
            let text = format!("{} more faults", units::count(more));
            new.push(Fault::warning(text).hint("`muster check` lists them all"));
        }
        for fault in new {
            self.note(What::Fault(fault), now);
        }
    }
}
