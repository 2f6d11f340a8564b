//! Opening a field as a form, and what Enter makes of it.

use std::collections::HashSet;
use std::sync::Arc;

use super::{App, Effect, Part, Place, Sent};
use crate::api::{Command, NodeDetail};
use crate::console::column::About;
use crate::console::form::{self, Branch, Form, Subject};
use crate::console::layer::{Choice, Fields, Layer};
use crate::console::look::Role;
use crate::console::widgets::Input;
use crate::model::field::{self, Kind};
use crate::model::{Key, Table};

impl App {
    /// `e`: the field under the cursor, else the choice of one.
    pub(super) fn edit(&mut self) -> Vec<Effect> {
        let Some(subject) = self.subject() else {
            return Vec::new();
        };
        if self.place == Place::Nodes && !self.nodes.inside {
            return self.edit_cell(subject);
        }
        match self.key_here() {
            None if self.place == Place::Settings => {
                self.say(
                    "put the cursor on a setting first: Tab or Enter",
                    Role::Stalled,
                );
                Vec::new()
            }
            Some(key) => self.open_form(subject, &key),
            None => self.open_fields(subject),
        }
    }

    /// The key that the cursor is on.
    pub(super) fn key_here(&self) -> Option<Arc<str>> {
        match self.place {
            Place::Node(_) => self.node.key(),
            Place::Nodes => self.node.key().filter(|_| self.nodes.inside),
            Place::Profiles => self.profiles.key(),
            Place::Settings => self.settings.here(&self.world()).map(|row| row.key.clone()),
            _ => None,
        }
    }

    /// The table of the entries of the screen.
    pub(super) const fn table_here(&self) -> Table {
        match self.place {
            Place::Settings => Table::Settings,
            Place::Profiles => Table::Profiles,
            _ => Table::Nodes,
        }
    }

    /// The cell of the list under the cursor.
    fn edit_cell(&mut self, subject: Subject) -> Vec<Effect> {
        let column = self.nodes.column();
        match column.about() {
            About::Node => self.open_fields(subject),
            About::Field(key) => self.open_form(subject, key),
            About::Tags => {
                let effects = self.open_fields(subject);
                if let Some(Layer::Fields(fields)) = self.layers.last_mut() {
                    fields.input = Input::new("tags.");
                    fields.search();
                }
                effects
            }
            About::Device(word) => match subject.only().cloned() {
                None => {
                    let why = "each node has its own: Esc drops the marks, or `muster node set` counts up over them";
                    self.say(format!("{}: {why}", column.word()), Role::Stalled);
                    Vec::new()
                }
                Some(name) => {
                    let ask = Command::Node { name: name.clone() };
                    self.send(ask, Sent::Device(name, word))
                }
            },
            About::Fleet(why) => {
                self.say(format!("{}: {why}", column.word()), Role::Stalled);
                Vec::new()
            }
        }
    }

    /// A word of the device whose address stands for a node; of a node without one the choice of its fields.
    pub(super) fn open_device(&mut self, detail: &NodeDetail, word: &str) -> Vec<Effect> {
        let subject = Subject::node(detail.row.name.clone());
        match form::primary(detail) {
            Some(device) => self.open_form(subject, &format!("{device}.{word}")),
            None => {
                self.say("it has no network device yet: choose `net.*`", Role::Text);
                self.open_fields(subject)
            }
        }
    }

    /// The choice of a field.
    pub(super) fn open_fields(&mut self, subject: Subject) -> Vec<Effect> {
        let effects = self.learn();
        let fields = self.fields_of(subject.clone());
        self.layers.push(Layer::Fields(fields));
        let known = self.node.detail.as_ref().map(|detail| &*detail.row.name);
        match subject.only() {
            Some(name) if subject.table == Table::Nodes && known != Some(&**name) => {
                let ask = Command::Node { name: name.clone() };
                let node = self.send(ask, Sent::Fields(name.clone()));
                effects.into_iter().chain(node).collect()
            }
            _ => effects,
        }
    }

    /// The fields of somebody, with what is in force where it is known.
    pub(super) fn fields_of(&self, subject: Subject) -> Fields {
        let detail = self.node.detail.as_ref();
        let own = detail.filter(|detail| subject.only() == Some(&detail.row.name));
        let rows = own
            .map(|detail| detail.fields.as_slice())
            .unwrap_or_default();
        let profiles = self.known.profiles.iter().flatten();
        let tags: HashSet<String> = self
            .mirror
            .head
            .nodes
            .iter()
            .flat_map(|row| &row.tags)
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, _)| format!("tags.{name}"))
            .collect();
        let named = rows
            .iter()
            .map(|row| &*row.key)
            .chain(profiles.flat_map(|entry| entry.values.iter().map(|(key, _)| &**key)))
            .chain(tags.iter().map(String::as_str));
        let own = rows.iter().map(|row| &*row.key);
        let new = form::places(own)
            .into_iter()
            .map(|(text, word, field)| Choice {
                key: text,
                field,
                value: String::new(),
                doc: format!("a new {word}, as a form"),
            });
        let keys = form::keys(subject.table == Table::Profiles, named);
        let keys = keys.into_iter().map(|(key, field)| {
            let row = rows.iter().find(|row| *row.key == *key);
            let value = row.map(|row| row.value.to_string()).unwrap_or_default();
            let value = value.lines().next().unwrap_or_default().to_owned();
            let doc = field.doc.to_owned();
            Choice {
                key,
                field,
                value,
                doc,
            }
        });
        let one = subject.only().is_some();
        Fields::new(subject, keys.chain(new.filter(|_| one)).collect())
    }

    /// Asks for what is known of profiles and images, unless it is known of this revision.
    pub(super) fn learn(&mut self) -> Vec<Effect> {
        let revision = self.mirror.head.revision;
        if self.known.profiles.is_some() && self.known.revision == revision {
            return Vec::new();
        }
        self.known.revision = revision;
        let profiles = Command::Entries {
            table: Table::Profiles,
            names: None,
            secrets: false,
        };
        let profiles = self.send(profiles, Sent::Profiles);
        let images = self.send(Command::Images, Sent::Images);
        profiles.into_iter().chain(images).collect()
    }

    /// A field as a form.
    pub(super) fn open_form(&mut self, subject: Subject, key: &str) -> Vec<Effect> {
        if let Ok(parsed) = Key::parse_in(subject.table, key)
            && let Some(field) = field::of(subject.table, parsed.field)
            && field.kind == Kind::Yaml
        {
            return self.open_prose(subject, parsed.to_string().into(), field);
        }
        self.ticket += 1;
        let serial = self.ticket;
        let asked = subject.asked();
        let mut form = match Form::new(serial, subject, key, self.mirror.head.revision) {
            Ok(form) => form,
            Err(why) => {
                self.say(why, Role::Failed);
                return Vec::new();
            }
        };
        let mut effects = self.learn();
        let (table, only) = (form.subject.table, form.subject.only().cloned());
        let unset = form.unset();
        if table == Table::Settings {
            let rows = self.settings.rows.iter().flatten();
            let row = rows.clone().find(|row| row.key == form.key);
            form.given = row
                .map(|row| row.default.clone())
                .filter(|text| !text.is_empty());
        }
        self.layers.push(Layer::Form(Box::new(form)));
        let Some(name) = only else {
            let command = Command::Change {
                edits: unset,
                base: None,
                note: None,
                dry: true,
                by: self.start.user.clone(),
            };
            effects.extend(self.send(command, Sent::Form(serial, Part::Unset)));
            return effects;
        };
        if let Some(entry) = asked {
            effects.extend(self.send(entry, Sent::Form(serial, Part::Entry)));
        }
        if table == Table::Nodes {
            effects.extend(self.send(Command::Node { name }, Sent::Form(serial, Part::Resolved)));
        }
        effects
    }

    /// Enter in a form: what it would change.
    pub(super) fn form_done(&mut self) -> Vec<Effect> {
        let Some(Layer::Form(form)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let title = format!("save {} of {}", form.key, form.subject.text());
        let base = form.base;
        let meant = form.meant();
        self.meant(meant, &title, base)
    }

    /// Enter on a field of the choice.
    pub(super) fn field_chosen(&mut self) -> Vec<Effect> {
        let Some(Layer::Fields(fields)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let Some(key) = fields.chosen().map(str::to_owned) else {
            self.say("there is no such field", Role::Failed);
            return Vec::new();
        };
        if let Some(branch) = Branch::parse(fields.subject.table, &key) {
            let subject = fields.subject.clone();
            self.layers.pop();
            return self.open_section(subject, branch, None);
        }
        if key.contains('*') {
            fields.complete();
            self.say(
                format!("{key}: type a name where the * is, then the rest"),
                Role::Text,
            );
            return Vec::new();
        }
        let subject = fields.subject.clone();
        self.layers.pop();
        self.open_form(subject, &key)
    }
}
