//! What the engine answers to changes and to questions about the registry.

use std::sync::Arc;

use super::heard::sentence;
use super::revisions::{REVISIONS, undo_title};
use super::{App, Effect, Part, Place, Sent};
use crate::api::{EntryRow, LogRow, Outcome, Reply};
use crate::console::form::{Form, Guard, Prose, Stand, What};
use crate::console::layer::{Answer, DiffPane, Layer, Told, differences};
use crate::console::look::Role;
use crate::model::Edit;

impl App {
    /// An answer to one of those.
    pub(super) fn change_reply(&mut self, sent: &Sent, reply: Reply) -> Vec<Effect> {
        match (sent, reply) {
            (Sent::Form(serial, part), reply) => self.form_reply(*serial, *part, reply),
            (Sent::Change(serial), reply) => return self.changed(*serial, reply),
            (Sent::Profiles, Reply::Entries(rows)) => {
                self.known.profiles = Some(rows);
                self.profiles.learn(&self.known, &self.mirror);
                self.node.learn(&self.known);
                self.form_changed();
                self.section_changed();
                self.names_learn();
                self.fields_again();
            }
            (Sent::Images, Reply::Images(rows)) => {
                self.known.images = rows;
                self.form_changed();
            }
            (Sent::Fields(name), Reply::Node(detail)) if detail.row.name == *name => {
                self.node.turn_to(name.clone());
                self.node.detail = Some(detail);
                self.node.learn(&self.known);
                self.fields_again();
            }
            (Sent::Device(name, word), Reply::Node(detail)) if detail.row.name == *name => {
                return self.open_device(&detail, word);
            }
            (Sent::Text(place), Reply::Entries(rows)) => return self.text_came(place, &rows),
            (Sent::Newest, Reply::Log(rows)) => return self.undo_newest(&rows),
            (Sent::Log, Reply::Log(rows)) => {
                let all = rows.len() < REVISIONS as usize;
                if let Some(Layer::Log(pane)) = self.log_pane() {
                    pane.came(rows, all);
                }
            }
            (Sent::Log, Reply::Refused(refusal)) => {
                let why = sentence(&refusal);
                if let Some(Layer::Log(pane)) = self.log_pane() {
                    pane.refused = Some(why.into());
                }
            }
            (Sent::Differences(title), Reply::Diff(rows)) => {
                let mut lines: Vec<(String, Role)> = differences(&rows)
                    .into_iter()
                    .map(|(_, text, role)| (text, role))
                    .collect();
                if lines.is_empty() {
                    lines.push(("nothing differs".into(), Role::Dim));
                }
                self.layers
                    .push(Layer::Told(Told::new(title.to_string(), lines)));
            }
            (_, Reply::Refused(refusal)) => {
                self.say(format!("✗ {}", sentence(&refusal)), Role::Failed);
            }
            _ => {}
        }
        Vec::new()
    }

    fn log_pane(&mut self) -> Option<&mut Layer> {
        let mut layers = self.layers.iter_mut();
        layers.find(|layer| matches!(layer, Layer::Log(_)))
    }

    fn form(&mut self, serial: u64) -> Option<&mut Form> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Form(form) if form.serial == serial => Some(&mut **form),
            _ => None,
        })
    }

    /// The lines of that serial.
    fn lines(&mut self, serial: u64) -> Option<&mut Prose> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Prose(prose) if prose.serial == serial => Some(&mut **prose),
            _ => None,
        })
    }

    fn prose_reply(&mut self, serial: u64, reply: &Reply) {
        let Some(prose) = self.lines(serial) else {
            return;
        };
        match reply {
            Reply::Entries(rows) => prose.entry_came(rows.first()),
            // What it inherits is not shown.
            Reply::Node(_) => {}
            Reply::Refused(refusal) => prose.stand = Stand::Refused(sentence(refusal).into()),
            _ => {
                prose.stand =
                    Stand::Refused("the engine gave another answer than was asked for".into())
            }
        }
    }

    /// A text of several lines that was opened as one line is opened as lines.
    fn turn_to_lines(&mut self, serial: u64, entry: Option<&EntryRow>) {
        for layer in &mut self.layers {
            if let Layer::Form(form) = layer
                && form.serial == serial
                && form.many_lines
            {
                let (subject, key) = (form.subject.clone(), form.key.clone());
                let mut prose = Prose::new(serial, subject, key, form.field, form.base);
                prose.entry_came(entry);
                *layer = Layer::Prose(Box::new(prose));
            }
        }
    }

    fn form_reply(&mut self, serial: u64, part: Part, reply: Reply) {
        if self.section_reply(serial, &reply) {
            return;
        }
        if self.lines(serial).is_some() {
            return self.prose_reply(serial, &reply);
        }
        let newest = self.mirror.head.revision;
        let Some(form) = self.form(serial) else {
            return;
        };
        match (part, reply) {
            (Part::Entry, Reply::Entries(rows)) => {
                form.entry_came(rows.first());
                self.turn_to_lines(serial, rows.first());
            }
            (Part::Again, Reply::Entries(rows)) => form.again(rows.first(), newest),
            (Part::Again, _) => {}
            (Part::Unset, Reply::Change(outcome)) => form.entries_came(Stand::of_unset(&outcome)),
            (Part::Resolved, Reply::Node(detail)) => {
                let row = detail.fields.iter().find(|row| row.key == form.key);
                form.resolved = row.cloned();
            }
            (Part::Resolved, _) => {}
            (_, Reply::Refused(refusal)) => form.stand = Stand::Refused(sentence(&refusal).into()),
            (_, Reply::Faulty(faults)) => {
                let why = faults
                    .first()
                    .map_or_else(|| "it was refused".into(), ToString::to_string);
                form.stand = Stand::Refused(why.into());
            }
            (_, _) => {
                form.stand =
                    Stand::Refused("the engine gave another answer than was asked for".into())
            }
        }
        self.form_changed();
    }

    /// Something that the form on top depends on is another: what was typed, or what is known.
    pub(super) fn form_changed(&mut self) {
        if let Some(Layer::Form(form)) = self.layers.last_mut() {
            form.inherits(&self.known);
            form.offer(&self.known, &self.mirror);
        }
    }

    /// More is known for the choice of a field: what was typed and where the cursor is stays.
    fn fields_again(&mut self) {
        let Some(Layer::Fields(fields)) = self.layers.last() else {
            return;
        };
        let (input, list) = (fields.input.clone(), fields.list.clone());
        let mut anew = self.fields_of(fields.subject.clone());
        anew.input = input;
        anew.search();
        anew.list = list;
        if let Some(Layer::Fields(fields)) = self.layers.last_mut() {
            *fields = anew;
        }
    }

    fn undo_newest(&mut self, rows: &[LogRow]) -> Vec<Effect> {
        let in_force = |row: &&LogRow| row.undoes.is_none() && row.undone_by.is_none();
        let Some(row) = rows.iter().find(in_force) else {
            self.say("there is nothing to undo", Role::Dim);
            return Vec::new();
        };
        let title = undo_title(row.revision, &row.by);
        self.propose(What::Undo(row.revision), title, Guard::Enter, None)
    }

    fn change_pane(&mut self, serial: u64) -> Option<&mut DiffPane> {
        self.layers.iter_mut().find_map(|layer| match layer {
            Layer::Diff(pane) if pane.serial == serial => Some(&mut **pane),
            _ => None,
        })
    }

    /// What a change comes to, or came to.
    fn changed(&mut self, serial: u64, reply: Reply) -> Vec<Effect> {
        if let Reply::Change(outcome) = &reply
            && outcome.revision.is_some()
        {
            return self.saved(serial, outcome);
        }
        let Some(pane) = self.change_pane(serial) else {
            return Vec::new();
        };
        pane.applying = false;
        pane.answer = match reply {
            Reply::Change(outcome) => Answer::Comes(outcome),
            Reply::Faulty(faults) => Answer::Faulty(faults),
            Reply::Clash(rows) => Answer::Clash(rows),
            Reply::Refused(refusal) => Answer::Refused(sentence(&refusal).into()),
            _ => Answer::Refused("the engine gave another answer than was asked for".into()),
        };
        Vec::new()
    }

    fn saved(&mut self, serial: u64, outcome: &Outcome) -> Vec<Effect> {
        let what = self
            .change_pane(serial)
            .map(|pane| pane.proposal.what.clone());
        if what.is_some() {
            let top =
                matches!(self.layers.last(), Some(Layer::Diff(pane)) if pane.serial == serial);
            if top {
                self.close_change();
            } else {
                self.layers
                    .retain(|layer| !matches!(layer, Layer::Diff(pane) if pane.serial == serial));
            }
        }
        let revision = outcome.revision.unwrap_or_default();
        let taken_back = matches!(what, Some(What::Undo(_)));
        let written = what.as_ref().is_some_and(What::is_text);
        let text = if outcome.diff.is_empty() && !written {
            "nothing differed: nothing was changed".to_owned()
        } else {
            let again = if taken_back { "U redo" } else { "u undo" };
            // The way back must not be what is cut off.
            let room = usize::from(self.start.size.0 / 2).saturating_sub(12);
            let summary = crate::kit::text::clip(&outcome.summary, room);
            format!("✓ saved r{revision}: {summary} · {again}")
        };
        self.say(text, Role::Good);
        let log = self.log_again();
        match what {
            Some(What::Edits(edits)) => log.into_iter().chain(self.follow(&edits)).collect(),
            _ => log,
        }
    }

    /// An open list of revisions is asked for anew.
    fn log_again(&mut self) -> Vec<Effect> {
        let Some(Layer::Log(pane)) = self.log_pane() else {
            return Vec::new();
        };
        pane.rows = None;
        pane.asked = true;
        self.ask_log(None)
    }

    /// A node's page follows its node: to its new name, or back when it is gone. Among profiles the cursor goes to the new one.
    fn follow(&mut self, edits: &[Edit]) -> Vec<Effect> {
        let new = edits.iter().find_map(|edit| match edit {
            Edit::Add { place } => Some(&place.name),
            Edit::Rename { to, .. } | Edit::Copy { to, .. } => Some(to),
            _ => None,
        });
        if let (Place::Profiles, Some(new)) = (&self.place, new) {
            self.profiles.go(&self.known, new);
        }
        let Place::Node(name) = &self.place else {
            return Vec::new();
        };
        let about = |edit: &&Edit| edit.place().name == *name;
        match edits.iter().find(about) {
            Some(Edit::Remove { .. }) => self.back(),
            Some(Edit::Rename { to, .. }) => {
                let to: Arc<str> = to.clone();
                self.place = Place::Node(to);
                self.arrive()
            }
            _ => Vec::new(),
        }
    }
}
