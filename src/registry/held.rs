//! What is held of the files: the last good form of everything in them, where it stands, and what was found while `nodes.conf` was
//! read.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::document::{self, Last, Table, Tables};
use super::entry::{Entries, Entry};
use super::findings::Findings;
use super::intern::Interner;
use super::layout::Layout;
use crate::model::{Fault, Place, Spot, Table as Part, Values};

/// Nodes, profiles and settings as they are in force, or would be.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    pub nodes: Entries,
    pub profiles: Entries,
    /// One entry, once `muster.conf` was looked at: what it says.
    pub settings: Entries,
    /// Profiles of the file that could not be taken and have no last good form.
    pub broken: BTreeSet<Arc<str>>,
    /// Entries of the file that could not be taken; what is in force of them is older, if there is anything.
    pub flawed: HashSet<Place>,
    /// What was found while the text was read.
    pub findings: Findings,
    /// Where everything stands in the text; none without one that can be read.
    pub layout: Option<Layout>,
    /// Whether the text is broken somewhere and was read in pieces.
    pub cut: bool,
    /// Whether nothing that is in force is missed in the text.
    pub good: bool,
}

impl Held {
    /// Whether no text was ever read.
    pub(super) fn is_new(&self) -> bool {
        self.layout.is_none() && self.nodes.is_empty() && self.profiles.is_empty()
    }

    /// What is held once this text is read; none for a file that is not there or cannot be read.
    pub(super) fn reading(
        &self,
        text: Option<&str>,
        file: &Arc<str>,
        interner: &mut Interner,
    ) -> Self {
        let mut findings = Findings::default();
        let some = !self.nodes.is_empty() || !self.profiles.is_empty();
        let tables = match text {
            None => {
                findings.faults.extend(some.then(|| gone(file)));
                None
            }
            Some(text) if text.trim().is_empty() && some => {
                let fault = Fault::error("the file is empty; what was in force stays");
                let hint = "write `nodes: {}` to remove every node";
                findings.faults.push(fault.at(top(file)).hint(hint));
                None
            }
            Some(text) => {
                let last = self.last();
                document::read(text, file, last, interner, &mut findings)
            }
        };
        match tables {
            Some(tables) => self.renewed(tables, findings),
            None => Self {
                findings,
                layout: None,
                good: false,
                ..self.clone()
            },
        }
    }

    /// What a text is compared with while it is read.
    pub(super) fn last(&self) -> Last<'_> {
        Last {
            nodes: &self.nodes,
            profiles: &self.profiles,
        }
    }

    fn renewed(&self, tables: Tables, findings: Findings) -> Self {
        let Tables {
            nodes,
            profiles,
            cut,
            layout,
        } = tables;
        let good = whole(&nodes, &self.nodes) && whole(&profiles, &self.profiles);
        let mut flawed = HashSet::new();
        for (table, part) in [(&nodes, Part::Nodes), (&profiles, Part::Profiles)] {
            let bad = table.entries.iter().filter(|(_, entry)| entry.is_none());
            flawed.extend(bad.map(|(name, _)| Place {
                table: part,
                name: name.clone(),
            }));
        }
        let named: Vec<Arc<str>> = profiles
            .entries
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let profiles = renew(profiles, &self.profiles);
        let broken = named
            .into_iter()
            .filter(|name| !profiles.contains_key(name));
        Self {
            broken: broken.collect(),
            settings: self.settings.clone(),
            nodes: renew(nodes, &self.nodes),
            profiles,
            flawed,
            findings,
            layout: Some(layout),
            cut,
            good,
        }
    }

    /// The entries of a table.
    pub(super) fn table(&self, table: Part) -> &Entries {
        match table {
            Part::Nodes => &self.nodes,
            Part::Profiles => &self.profiles,
            Part::Settings => &self.settings,
        }
    }

    /// The same, to be changed.
    pub(super) fn table_mut(&mut self, table: Part) -> &mut Entries {
        match table {
            Part::Nodes => &mut self.nodes,
            Part::Profiles => &mut self.profiles,
            Part::Settings => &mut self.settings,
        }
    }

    /// What `muster.conf` says; nothing before it was read.
    pub(super) fn conf(&self) -> Arc<Entry> {
        let name = Place::settings().name;
        self.settings.get(&name).cloned().unwrap_or_default()
    }

    /// The same with other settings.
    pub(super) fn with_conf(self, conf: Entry) -> Self {
        let settings = Entries::from([(Place::settings().name, Arc::new(conf))]);
        Self { settings, ..self }
    }

    /// An entry that is in force.
    pub(super) fn entry(&self, place: &Place) -> Option<&Arc<Entry>> {
        self.table(place.table).get(&place.name)
    }

    /// The own values of an entry, if what stands in the text is what is in force.
    pub(super) fn values(&self, place: &Place) -> Option<&Values> {
        let entry = self.entry(place).filter(|_| !self.flawed.contains(place))?;
        Some(&entry.values)
    }
}

/// Whether nothing of a table is left to its last good form.
fn whole(table: &Table, before: &Entries) -> bool {
    let held =
        |(name, entry): &(Arc<str>, Option<Entry>)| entry.is_none() && before.contains_key(name);
    !table.unsure && !table.entries.iter().any(held)
}

/// The new table, with the last good entry where the new one could not be taken.
fn renew(table: Table, before: &Entries) -> Entries {
    let mut entries = if table.unsure {
        before.clone()
    } else {
        Entries::new()
    };
    for (name, entry) in table.entries {
        match entry {
            Some(entry) => {
                entries.insert(name, Arc::new(entry));
            }
            None => {
                if let Some(last) = before.get(&name) {
                    entries.insert(name, last.clone());
                }
            }
        }
    }
    entries
}

/// The beginning of a file.
fn top(file: &Arc<str>) -> Spot {
    Spot {
        file: file.clone(),
        line: 1,
        column: 1,
    }
}

/// A file that was there is there no more.
pub(super) fn gone(file: &Arc<str>) -> Fault {
    Fault::error("the file is gone or cannot be read; what was in force stays").at(top(file))
}
