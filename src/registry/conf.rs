//! Changes of `muster.conf`: its text is one entry, edited in place, read back, and tried as those of nodes are.

use std::collections::HashMap;
use std::sync::Arc;

use super::draft::{Draft, FAULTS, ended, unmeant};
use super::edit::Whole;
use super::entry::Entry;
use super::findings::Findings;
use super::held::Held;
use super::hunk;
use super::load::{Registry, Settled};
use super::settings;
use crate::model::{Edit, Fault, File, Key, Place, Settings, Spot};

impl Registry {
    /// Whether anything in force comes from `muster.conf`.
    #[must_use]
    pub fn says_settings(&self) -> bool {
        !self.held.conf().values.is_empty()
    }

    /// Where the value of a setting stands in `muster.conf`; none if it does not.
    #[must_use]
    pub fn setting_spot(&self, key: &Key) -> Option<Spot> {
        let conf = self.held.conf();
        let at = conf.values.contains_key(key).then(|| conf.mark(key))?;
        Some(Spot {
            file: self.conf_name.clone(),
            line: at.line,
            column: at.column,
        })
    }

    /// The settings of a file that says nothing.
    #[must_use]
    pub fn default_settings(&self) -> Arc<Settings> {
        self.settle(&Entry::default(), Findings::default()).0
    }

    /// Tries edits of the settings.
    pub(super) fn draft_conf(&mut self, text: &str, edits: &[Edit]) -> Result<Draft, Vec<Fault>> {
        let ended = ended(text);
        let mut whole = Whole::new(&ended, &self.conf_name);
        let mut faults = Vec::new();
        for edit in edits {
            faults.extend(whole.edit(edit).err());
            if faults.len() > FAULTS {
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut new = whole.text();
        let last = |text: &str| text.lines().next_back().map(str::to_owned);
        if ended.len() > text.len() && last(text) == last(&new) {
            // Its last line had no end before.
            new.truncate(new.trim_end_matches(['\n', '\r']).len());
        }
        let hunks = hunk::between(text, &new);
        let before = self.held.conf().values.clone();
        let tried = self.reading_conf(&new);
        let draft = self.tried(tried, (File::Conf, new.into(), hunks), &HashMap::new())?;
        match unmeant(&before, &whole.meant, &draft.conf_values()) {
            Some(fault) => Err(vec![fault.about(Place::settings().to_string())]),
            None => Ok(draft),
        }
    }

    /// What would be held with this text of `muster.conf`.
    pub(super) fn reading_conf(&mut self, text: &str) -> (Held, Settled) {
        let mut findings = Findings::default();
        let last = self.held.conf();
        let file = &self.conf_name;
        let conf = settings::read(text, file, &last, &mut self.interner, &mut findings);
        let settled = self.settle(&conf, findings);
        (self.held.clone().with_conf(conf), settled)
    }
}

/// Networks that share addresses and did not before: which one is meant cannot be told then.
pub(super) fn overlaps(old: &Settings, new: &Settings) -> Vec<Fault> {
    let pairs = |settings: &Settings| -> Vec<(String, String, String)> {
        let networks = &settings.networks;
        let mut pairs = Vec::new();
        for (at, one) in networks.iter().enumerate() {
            for other in &networks[..at] {
                let (a, b) = (one.subnet, other.subnet);
                if a.contains(&b) || b.contains(&a) {
                    let what = format!("{a} overlaps {b} of network {}", other.name);
                    pairs.push((one.name.to_string(), other.name.to_string(), what));
                }
            }
        }
        pairs
    };
    let known = pairs(old);
    let fresh = pairs(new).into_iter().filter(|(one, other, _)| {
        let same = |(a, b, _): &(String, String, String)| (a, b) == (one, other);
        !known.iter().any(same)
    });
    fresh
        .map(|(name, _, what)| {
            let fault = Fault::error(what).about(format!("network {name}"));
            fault.hint("give each network addresses of its own")
        })
        .collect()
}
