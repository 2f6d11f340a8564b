//! Whole sections of an entry as forms: network devices, disks and partitions, file systems, tags.

use std::sync::Arc;

use super::{App, Effect, Part, Place, Sent};
use crate::api::{Command, Reply};
use crate::console::form::{Branch, Section, Subject};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::model::{Key, Table};

impl App {
    /// `S`: the section of the field under the cursor.
    pub(super) fn section_here(&mut self) -> Vec<Effect> {
        let key = match self.place {
            Place::Node(_) | Place::Nodes => self.node.key(),
            Place::Profiles => self.profiles.key(),
            _ => None,
        };
        let key = key.and_then(|key| Key::parse(&key).ok());
        let Some((branch, name)) = key.as_ref().and_then(Branch::of) else {
            self.say(
                "section: put the cursor on a field of a device, disk, file system or tag first; i makes a new one",
                Role::Stalled,
            );
            return Vec::new();
        };
        let Some(place) = self.one() else {
            return Vec::new();
        };
        let subject = Subject {
            table: place.table,
            names: vec![place.name],
        };
        let effects = self.open_section(subject, branch, Some(name));
        if let (Some(section), Some(key)) = (self.section(), key) {
            section.seek(&key);
        }
        self.section_changed();
        effects
    }

    /// A section as a form; without a name a new one.
    pub(super) fn open_section(
        &mut self,
        subject: Subject,
        branch: Branch,
        name: Option<Arc<str>>,
    ) -> Vec<Effect> {
        let Some(only) = subject.only().cloned() else {
            self.say(
                "that is done to one at a time: Esc drops the marks",
                Role::Stalled,
            );
            return Vec::new();
        };
        let mut effects = self.learn();
        self.ticket += 1;
        let (serial, table) = (self.ticket, subject.table);
        let section = Section::new(serial, subject, branch, name, self.mirror.head.revision);
        self.layers.push(Layer::Section(Box::new(section)));
        let entry = Command::Entries {
            table,
            names: Some(only.clone()),
            secrets: false,
        };
        effects.extend(self.send(entry, Sent::Form(serial, Part::Entry)));
        if table == Table::Nodes {
            let node = Command::Node { name: only };
            effects.extend(self.send(node, Sent::Form(serial, Part::Resolved)));
        }
        effects
    }

    /// The section on top.
    pub(super) fn section(&mut self) -> Option<&mut Section> {
        match self.layers.last_mut() {
            Some(Layer::Section(section)) => Some(&mut **section),
            _ => None,
        }
    }

    /// Something that the section on top depends on is another.
    pub(super) fn section_changed(&mut self) {
        if let Some(Layer::Section(section)) = self.layers.last_mut() {
            section.offer(&self.known, &self.mirror);
        }
    }

    /// An answer for the section of that serial; whether there is one.
    pub(super) fn section_reply(&mut self, serial: u64, reply: &Reply) -> bool {
        let mut layers = self.layers.iter_mut();
        let found = layers.find_map(|layer| match layer {
            Layer::Section(section) if section.serial == serial => Some(section),
            _ => None,
        });
        let Some(section) = found else { return false };
        match reply {
            Reply::Entries(rows) => section.entry_came(rows.first()),
            Reply::Node(detail) => section.resolved(&detail.fields),
            Reply::Refused(refusal) => {
                let why = super::heard::sentence(refusal);
                self.say(format!("✗ {why}"), Role::Failed);
            }
            _ => {}
        }
        self.section_changed();
        true
    }

    /// Enter: what the section would change.
    pub(super) fn section_done(&mut self) -> Vec<Effect> {
        let Some(section) = self.section() else {
            return Vec::new();
        };
        let (meant, base) = (section.meant(), section.base);
        let title = format!("save {}", section.title());
        self.meant(meant, &title, base)
    }
}
