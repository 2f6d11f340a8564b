//! Whole entries: added, copied, renamed, taken out.

use std::collections::HashSet;

use super::{App, Effect, Place};
use crate::console::form::{self, Guard, Names, Task, What};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::model::{Edit, Place as Entry, Table};

/// The profile that new nodes list where it exists, as everybody who comes from Warewulf expects.
const USUAL: &str = "default";

impl App {
    /// `i` among the settings: a new network; among those of TFTP another loader.
    fn add_setting(&mut self) -> Vec<Effect> {
        let tftp = self.key_here().is_some_and(|key| key.starts_with("tftp."));
        let text = if tftp { "tftp.ipxe.*" } else { "networks.*" };
        match form::Branch::parse(Table::Settings, text) {
            Some(branch) => self.open_section(form::Subject::settings(), branch, None),
            None => Vec::new(),
        }
    }

    /// `i`: another field on a node's page, else new nodes.
    pub(super) fn add(&mut self) -> Vec<Effect> {
        if let (Place::Node(_), Some(subject)) = (&self.place, self.subject()) {
            return self.open_fields(subject);
        }
        if self.place == Place::Settings {
            return self.add_setting();
        }
        let task = match self.place {
            Place::Profiles => Task::Build(self.profiles.here().cloned()),
            _ => Task::Add,
        };
        self.ask_names(task, "")
    }

    pub(super) fn duplicate(&mut self) -> Vec<Effect> {
        match self.one() {
            Some(place) => self.ask_names(Task::Copy(place), ""),
            None => Vec::new(),
        }
    }

    pub(super) fn rename(&mut self) -> Vec<Effect> {
        match self.one() {
            Some(place) => {
                let name = place.name.clone();
                self.ask_names(Task::Rename(place), &name)
            }
            None => Vec::new(),
        }
    }

    /// The only entry that a change is about; tells when there are several.
    pub(super) fn one(&mut self) -> Option<Entry> {
        let subject = self.subject()?;
        let Some(name) = subject.only() else {
            self.say(
                "that is done to one at a time: Esc drops the marks",
                Role::Stalled,
            );
            return None;
        };
        Some(Entry {
            table: subject.table,
            name: name.clone(),
        })
    }

    pub(super) fn ask_names(&mut self, task: Task, text: &str) -> Vec<Effect> {
        let base = self.mirror.head.revision;
        self.layers.push(Layer::Names(Names::new(task, text, base)));
        self.names_learn();
        self.learn()
    }

    /// New nodes list the profile that every node usually lists, if there is one of that name.
    pub(super) fn names_learn(&mut self) {
        let usual = self.known.profile(USUAL).map(|entry| entry.name.clone());
        if let Some(Layer::Names(names)) = self.layers.last_mut()
            && names.task == Task::Add
        {
            names.profile = usual;
        }
    }

    /// Enter on names.
    pub(super) fn names_done(&mut self) -> Vec<Effect> {
        let Some(Layer::Names(names)) = self.layers.last() else {
            return Vec::new();
        };
        let taken = self.taken(names.table());
        match names.names(|name| taken.contains(name)) {
            Ok(found) => {
                let (edits, title, base) = (names.edits(&found), names.title(), names.base);
                self.propose(What::Edits(edits), title, Guard::Enter, Some(base))
            }
            Err(why) => {
                self.say(format!("✗ {why}"), Role::Failed);
                Vec::new()
            }
        }
    }

    pub(super) fn delete(&mut self) -> Vec<Effect> {
        let Some(subject) = self.subject() else {
            return Vec::new();
        };
        let guard = match subject.names.len() {
            1 => Guard::Enter,
            count => Guard::Word(count.to_string().into()),
        };
        let edits = subject
            .places()
            .map(|place| Edit::Remove { place })
            .collect();
        let title = format!("delete {}", crate::kit::text::clip(&subject.text(), 60));
        self.propose(What::Edits(edits), title, guard, None)
    }

    /// What the cursor is on goes: among entries the entry; of a field the device, disk, file system or other named section that
    /// it is in, with all its fields.
    pub(super) fn drop_section(&mut self) -> Vec<Effect> {
        let key = self.key_here();
        if key.is_none() && matches!(self.place, Place::Nodes | Place::Profiles) {
            return self.delete();
        }
        let table = self.table_here();
        let place = self.one();
        let section = key.as_deref().and_then(|key| form::section(table, key));
        let (Some(place), Some(key)) = (place, section) else {
            self.say(
                "take-out: put the cursor on a field of a device, disk, file system or tag first",
                Role::Stalled,
            );
            return Vec::new();
        };
        let title = format!("take {key} out of {}", place.name);
        let key = key.into();
        let edits = vec![Edit::Drop { place, key }];
        self.propose(What::Edits(edits), title, Guard::Enter, None)
    }

    /// Whether an entry of that name exists.
    pub(in crate::console) fn taken(&self, table: Table) -> HashSet<&str> {
        match table {
            Table::Nodes => self
                .mirror
                .head
                .nodes
                .iter()
                .map(|row| &*row.name)
                .collect(),
            Table::Profiles => self
                .known
                .profiles
                .iter()
                .flatten()
                .map(|entry| &*entry.name)
                .collect(),
            Table::Settings => HashSet::new(),
        }
    }
}
