//! Changing the registry: what is asked for is shown as a difference first, and done only then.

use std::collections::HashSet;
use std::sync::Arc;

use super::{App, Effect, Part, Place, Sent};
use crate::api::Command;
use crate::console::filter::Filter;
use crate::console::form::{self, Form, Guard, Meant, Names, Proposal, Subject, Task, What};
use crate::console::keys::Act;
use crate::console::layer::{Answer, DiffPane, Fields, Layer, LogPane};
use crate::console::look::Role;
use crate::model::{Edit, Place as Entry, Table};

/// The profile that new nodes list where it exists, as everybody who comes from Warewulf expects.
const USUAL: &str = "default";

/// How many revisions are asked for at a time.
pub(super) const REVISIONS: u32 = 200;

impl App {
    /// The actions that change the registry, or look at its history.
    pub(super) fn perform_change(&mut self, act: Act) -> Vec<Effect> {
        match act {
            Act::Edit => self.edit(),
            Act::Editor => self.edit_text(),
            Act::DropSection => self.drop_section(),
            Act::New => self.add(),
            Act::Duplicate => self.duplicate(),
            Act::Rename => self.rename(),
            Act::Delete => self.delete(),
            Act::Undo => self.send(
                Command::Log {
                    before: None,
                    limit: REVISIONS,
                },
                Sent::Newest,
            ),
            Act::UndoThis => self.undo_this(),
            Act::Redo => self.propose(
                What::Redo,
                "take the newest undo back".into(),
                Guard::Enter,
                None,
            ),
            Act::Log => self.open_log(),
            Act::Revision | Act::SinceThen => self.revision(act),
            Act::Apply => self.apply(),
            Act::Insist => self.insist(),
            Act::Theirs => {
                self.close_change();
                self.say("left at theirs", Role::Dim);
                Vec::new()
            }
            Act::TakeOut => {
                if let Some(Layer::Form(form)) = self.layers.last_mut()
                    && let Err(why) = form.take_out()
                {
                    self.say(why, Role::Stalled);
                }
                self.form_changed();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The entries that a change is about: what is marked in the list, else what the cursor is on.
    pub(super) fn subject(&self) -> Option<Subject> {
        if self.place == Place::Nodes && !self.marks.is_empty() {
            let rows = self.mirror.head.nodes.iter();
            let marked = rows.filter(|row| self.marks.contains(&row.id));
            let names: Vec<Arc<str>> = marked.map(|row| row.name.clone()).collect();
            return (!names.is_empty()).then_some(Subject {
                table: Table::Nodes,
                names,
            });
        }
        if self.place == Place::Profiles {
            return Some(Subject {
                table: Table::Profiles,
                names: vec![self.profiles.here()?.clone()],
            });
        }
        let row = self.node_here().and_then(|id| self.mirror.row(id))?;
        Some(Subject::node(row.name.clone()))
    }

    /// `e`: the field under the cursor, else the choice of one.
    fn edit(&mut self) -> Vec<Effect> {
        let Some(subject) = self.subject() else {
            return Vec::new();
        };
        let key = match self.place {
            Place::Node(_) => self.node.key(),
            Place::Profiles => self.profiles.key(),
            _ => None,
        };
        match key {
            Some(key) => self.open_form(subject, &key),
            None => self.open_fields(subject),
        }
    }

    /// The choice of a field.
    fn open_fields(&mut self, subject: Subject) -> Vec<Effect> {
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
        let keys = form::keys(subject.table == Table::Profiles, named);
        let valued = keys
            .into_iter()
            .map(|(key, field)| {
                let row = rows.iter().find(|row| *row.key == *key);
                let value = row.map(|row| row.value.to_string()).unwrap_or_default();
                (key, field, value)
            })
            .collect();
        Fields::new(subject, valued)
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
        self.ticket += 1;
        let serial = self.ticket;
        let form = match Form::new(serial, subject, key, self.mirror.head.revision) {
            Ok(form) => form,
            Err(why) => {
                self.say(why, Role::Failed);
                return Vec::new();
            }
        };
        let mut effects = self.learn();
        let (table, only) = (form.subject.table, form.subject.only().cloned());
        let unset = form.unset();
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
        let entry = Command::Entries {
            table,
            names: Some(name.clone()),
            secrets: false,
        };
        effects.extend(self.send(entry, Sent::Form(serial, Part::Entry)));
        if table == Table::Nodes {
            effects.extend(self.send(Command::Node { name }, Sent::Form(serial, Part::Resolved)));
        }
        effects
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
        }
    }

    /// `i`: another field on a node's page, else new nodes.
    fn add(&mut self) -> Vec<Effect> {
        if let (Place::Node(_), Some(subject)) = (&self.place, self.subject()) {
            return self.open_fields(subject);
        }
        let task = match self.place {
            Place::Profiles => Task::Build(self.profiles.here().cloned()),
            _ => Task::Add,
        };
        self.ask_names(task, "")
    }

    /// The nodes that list a profile.
    pub(super) fn show_users(&mut self, profile: &str) -> Vec<Effect> {
        match Filter::parse(&format!("profile:{profile}")) {
            Ok(filter) => {
                self.order.filter = filter;
                self.perform(Act::Nodes)
            }
            Err(error) => {
                self.say(error.to_string(), Role::Failed);
                Vec::new()
            }
        }
    }

    /// A profile among the others.
    pub(super) fn show_profile(&mut self, profile: &str) -> Vec<Effect> {
        self.profiles.go(&self.known, profile);
        self.perform(Act::Profiles)
    }

    fn duplicate(&mut self) -> Vec<Effect> {
        match self.one() {
            Some(place) => self.ask_names(Task::Copy(place), ""),
            None => Vec::new(),
        }
    }

    fn rename(&mut self) -> Vec<Effect> {
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

    fn ask_names(&mut self, task: Task, text: &str) -> Vec<Effect> {
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

    fn delete(&mut self) -> Vec<Effect> {
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

    /// The device, disk, file system or other named section that the field under the cursor is in goes, with all its fields.
    fn drop_section(&mut self) -> Vec<Effect> {
        let key = match self.place {
            Place::Node(_) => self.node.key(),
            Place::Profiles => self.profiles.key(),
            _ => None,
        };
        let place = self.one();
        let section = key.as_deref().and_then(form::section);
        let (Some(place), Some(key)) = (place, section) else {
            self.say(
                "drop-section: put the cursor on a field of a device, disk, file system or tag first",
                Role::Stalled,
            );
            return Vec::new();
        };
        let title = format!("take {key} out of {}", place.name);
        let key = key.into();
        let edits = vec![Edit::Drop { place, key }];
        self.propose(What::Edits(edits), title, Guard::Enter, None)
    }

    fn undo_this(&mut self) -> Vec<Effect> {
        let Some(Layer::Log(pane)) = self.layers.last() else {
            return Vec::new();
        };
        let Some(row) = pane.here() else {
            return Vec::new();
        };
        let (revision, title) = (row.revision, undo_title(row.revision, &row.by));
        if let Some(later) = row.undone_by {
            self.say(
                format!("r{revision} was taken back by r{later} already"),
                Role::Stalled,
            );
            return Vec::new();
        }
        self.propose(What::Undo(revision), title, Guard::Enter, None)
    }

    /// Asks what a change would come to, and shows it. `base`: the revision that was looked at; none = the one in force.
    pub(super) fn propose(
        &mut self,
        what: What,
        title: String,
        guard: Guard,
        base: Option<u64>,
    ) -> Vec<Effect> {
        self.ticket += 1;
        let serial = self.ticket;
        let proposal = Proposal {
            what,
            base: base.unwrap_or(self.mirror.head.revision),
            title,
            guard,
        };
        let command = proposal.command(true, &self.start.user);
        let pane = DiffPane::new(serial, proposal, self.start.zone.clone());
        self.layers.push(Layer::Diff(Box::new(pane)));
        self.send(command, Sent::Change(serial))
    }

    /// Enter in a form: what it would change.
    pub(super) fn form_done(&mut self) -> Vec<Effect> {
        let Some(Layer::Form(form)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let title = format!("save {} of {}", form.key, form.subject.text());
        let base = form.base;
        match form.meant() {
            Err(why) => {
                self.say(format!("✗ {why}"), Role::Failed);
                Vec::new()
            }
            Ok(Meant::Nothing(why)) => {
                self.layers.pop();
                self.say(why, Role::Dim);
                Vec::new()
            }
            Ok(Meant::Edits(edits)) => {
                let title = crate::kit::text::clip(&title, 90);
                self.propose(What::Edits(edits), title, Guard::Enter, Some(base))
            }
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

    /// Enter on a field of the choice.
    pub(super) fn field_chosen(&mut self) -> Vec<Effect> {
        let Some(Layer::Fields(fields)) = self.layers.last_mut() else {
            return Vec::new();
        };
        let Some(key) = fields.chosen().map(str::to_owned) else {
            self.say("there is no such field", Role::Failed);
            return Vec::new();
        };
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

    fn diff_pane(&mut self) -> Option<&mut DiffPane> {
        match self.layers.last_mut() {
            Some(Layer::Diff(pane)) => Some(pane),
            _ => None,
        }
    }

    fn apply(&mut self) -> Vec<Effect> {
        let user = self.start.user.clone();
        let Some(pane) = self.diff_pane() else {
            return Vec::new();
        };
        pane.applying = true;
        let (command, serial) = (pane.proposal.command(false, &user), pane.serial);
        self.send(command, Sent::Change(serial))
    }

    /// Looks at ours again, over what somebody else did meanwhile.
    fn insist(&mut self) -> Vec<Effect> {
        let (user, newest) = (self.start.user.clone(), self.mirror.head.revision);
        let Some(pane) = self.diff_pane() else {
            return Vec::new();
        };
        if let Answer::Clash(rows) = &pane.answer {
            let theirs = rows.iter().map(|row| row.revision).max().unwrap_or(newest);
            pane.proposal.base = theirs.max(newest);
        }
        pane.answer = Answer::Asked;
        let (command, serial) = (pane.proposal.command(true, &user), pane.serial);
        self.send(command, Sent::Change(serial))
    }

    /// Closes the difference on top, and what it was made from.
    pub(super) fn close_change(&mut self) {
        if matches!(self.layers.last(), Some(Layer::Diff(_))) {
            self.layers.pop();
        }
        if matches!(self.layers.last(), Some(Layer::Form(_) | Layer::Names(_))) {
            self.layers.pop();
        }
    }

    fn open_log(&mut self) -> Vec<Effect> {
        self.layers.push(Layer::Log(LogPane::default()));
        self.ask_log(None)
    }

    pub(super) fn ask_log(&mut self, before: Option<u64>) -> Vec<Effect> {
        let limit = REVISIONS;
        self.send(Command::Log { before, limit }, Sent::Log)
    }

    /// What a revision changed, or what differs since.
    fn revision(&mut self, act: Act) -> Vec<Effect> {
        let here = match self.layers.last() {
            Some(Layer::Log(pane)) => pane.here().map(|row| (row.revision, row.by.clone())),
            _ => None,
        };
        match (here, act) {
            (Some((revision, by)), Act::Revision) => self.show_revision(revision, &by),
            (Some((from, _)), _) => {
                let title = format!("what differs since r{from}");
                self.send(
                    Command::Diff { from, to: None },
                    Sent::Differences(title.into()),
                )
            }
            (None, _) => Vec::new(),
        }
    }

    pub(super) fn show_revision(&mut self, revision: u64, by: &str) -> Vec<Effect> {
        let title = format!("r{revision} by {by}");
        let command = Command::Diff {
            from: revision.saturating_sub(1),
            to: Some(revision),
        };
        self.send(command, Sent::Differences(title.into()))
    }

    /// Why something cannot be done in the layer on top; none if it can.
    pub(super) fn off_here(&self, act: Act) -> Option<String> {
        let Some(Layer::Diff(pane)) = self.layers.last() else {
            return None;
        };
        let clash = matches!(pane.answer, Answer::Clash(_));
        match act {
            Act::Apply => pane.held(),
            Act::Editor => self.no_draft(),
            Act::Theirs | Act::Insist if !clash => Some("nobody else changed the same".into()),
            Act::Insist if !matches!(pane.proposal.what, What::Edits(_)) => {
                Some("a later change stands on it: undo that one first".into())
            }
            _ => None,
        }
    }
}

/// The question whether to take a revision back.
pub(super) fn undo_title(revision: u64, by: &str) -> String {
    format!("undo r{revision} of {by}")
}
