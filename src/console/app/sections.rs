//! Whole sections of an entry as forms: network devices, disks and partitions, file systems, tags.

use std::sync::Arc;

use super::{App, Effect, Part, Sent};
use crate::api::{Command, Reply};
use crate::console::form::{Branch, Section, Subject};
use crate::console::layer::Layer;
use crate::console::look::Role;
use crate::model::{Key, Table};

impl App {
    /// `S`: the section of the field under the cursor.
    pub(super) fn section_here(&mut self) -> Vec<Effect> {
        let table = self.table_here();
        let key = self
            .key_here()
            .and_then(|key| Key::parse_in(table, &key).ok());
        let of = |key: &Key| Branch::of(table, key);
        let Some((branch, name)) = key.as_ref().and_then(of) else {
            let wanted = match table {
                Table::Settings => "setting of a network",
                _ => "field of a device, disk, file system or tag",
            };
            let why = format!("section: put the cursor on a {wanted} first; i makes a new one");
            self.say(why, Role::Stalled);
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
        let (serial, table, asked) = (self.ticket, subject.table, subject.asked());
        let mut section = Section::new(serial, subject, branch, name, self.mirror.head.revision);
        if table == Table::Settings {
            section.defaults(self.settings.rows.as_deref().unwrap_or_default());
        }
        self.layers.push(Layer::Section(Box::new(section)));
        if let Some(entry) = asked {
            effects.extend(self.send(entry, Sent::Form(serial, Part::Entry)));
        }
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
