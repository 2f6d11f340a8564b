//! Changing the registry: what is asked for is shown as a difference first, and done only then.

use std::sync::Arc;

use super::revisions::REVISIONS;
use super::{App, Effect, Part, Place, Sent};
use crate::api::Command;
use crate::console::filter::Filter;
use crate::console::form::{Guard, Proposal, Subject, What};
use crate::console::keys::Act;
use crate::console::layer::{Answer, DiffPane, Layer};
use crate::console::look::Role;
use crate::model::Table;

/// Most profiles that one filter names.
const LISTED: usize = 12;

impl App {
    /// The actions that change the registry, or look at its history; none when it is another one.
    pub(super) fn perform_change(&mut self, act: Act) -> Option<Vec<Effect>> {
        if self.place == Place::Overlays
            && let Some(effects) = self.perform_overlay_change(act)
        {
            return Some(effects);
        }
        Some(match act {
            Act::Edit => self.edit(),
            Act::Editor => self.edit_text(),
            Act::Section => self.section_here(),
            Act::DropSection => self.drop_section(),
            Act::New => self.add(),
            Act::Duplicate => self.duplicate(),
            Act::Rename => self.rename(),
            Act::Delete => self.delete(),
            Act::Undo => {
                let (before, limit) = (None, REVISIONS);
                self.send(Command::Log { before, limit }, Sent::Newest)
            }
            Act::UndoThis => self.undo_this(),
            Act::Redo => {
                let title = "take the newest undo back".into();
                self.propose(What::Redo, title, Guard::Enter, None)
            }
            Act::Log if self.place == Place::Overlays => self.open_history(),
            Act::Log => self.open_log(),
            Act::Revision | Act::SinceThen => self.revision(act),
            Act::LastChange => self.last_change(),
            _ => return None,
        })
    }

    /// The actions of what is being edited, and of what a change comes to; none when it is another one.
    pub(super) fn perform_form(&mut self, act: Act) -> Option<Vec<Effect>> {
        match act {
            Act::Apply => return Some(self.apply()),
            Act::Insist => return Some(self.insist()),
            Act::Done => return Some(self.prose_done()),
            // Of a file being written it was done before.
            Act::Outside => return Some(self.prose_outside()),
            Act::Theirs if self.taken_by_others() => self.take_theirs(),
            Act::Mend if self.taken_by_others() => self.mend_writing(),
            Act::Theirs => {
                self.close_change();
                self.say("left at theirs", Role::Dim);
            }
            Act::Mend => self.mend(),
            Act::ItemUp => self.move_item(-1),
            Act::ItemDown => self.move_item(1),
            Act::TakeOut => match self.layers.last_mut() {
                Some(Layer::Prose(prose)) => prose.take(""),
                Some(Layer::Form(form)) => {
                    if let Err(why) = form.take_out() {
                        self.say(why, Role::Stalled);
                    }
                    self.form_changed();
                }
                _ => {}
            },
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Moves the item of the list being edited.
    fn move_item(&mut self, by: isize) {
        if let Some(Layer::Form(form)) = self.layers.last_mut()
            && let Err(why) = form.move_item(by)
        {
            self.say(why, Role::Stalled);
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
        if self.place == Place::Settings {
            return Some(Subject::settings());
        }
        let row = self.node_here().and_then(|id| self.mirror.row(id))?;
        Some(Subject::node(row.name.clone()))
    }

    /// The nodes that use a profile, by itself or through others.
    pub(super) fn show_users(&mut self, profile: &str) -> Vec<Effect> {
        let mut names: Vec<Arc<str>> = vec![profile.into()];
        names.extend(self.known.above(profile));
        if names.len() > LISTED {
            self.say(
                format!(
                    "{} profiles build on {profile}: only who lists it itself",
                    names.len() - 1
                ),
                Role::Stalled,
            );
            names.truncate(1);
        }
        self.show_found(&format!("profile:{}", names.join(",")))
    }

    /// The nodes that a query finds.
    pub(super) fn show_found(&mut self, query: &str) -> Vec<Effect> {
        match Filter::parse(query) {
            Ok(filter) => {
                let effects = self.perform(Act::Nodes);
                self.order.filter = filter;
                effects
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
        match (&pane.answer, &mut pane.proposal.what) {
            (Answer::Clash(rows), _) => {
                let theirs = rows.iter().map(|row| row.revision).max().unwrap_or(newest);
                pane.proposal.base = theirs.max(newest);
            }
            (Answer::Taken(taken), What::Overlay { base, .. }) => {
                *base = Some(taken.clash.digest.clone());
            }
            (Answer::Faulty(_), What::Overlay { force, .. }) => *force = true,
            _ => {}
        }
        pane.answer = Answer::Asked;
        let (command, serial) = (pane.proposal.command(true, &user), pane.serial);
        self.send(command, Sent::Change(serial))
    }

    /// Something was changed: the field being edited is looked at again.
    pub(super) fn form_again(&mut self) -> Vec<Effect> {
        let Some(Layer::Form(form)) = self.layers.last() else {
            return Vec::new();
        };
        match form.subject.asked() {
            Some(entry) => {
                let sent = Sent::Form(form.serial, Part::Again);
                self.send(entry, sent)
            }
            None => Vec::new(),
        }
    }

    /// Back from a clash to what was typed, with theirs beside it.
    fn mend(&mut self) {
        let newest = self.mirror.head.revision;
        let Some(Layer::Diff(pane)) = self.layers.pop() else {
            return;
        };
        let Answer::Clash(rows) = &pane.answer else {
            return;
        };
        let theirs = rows.iter().map(|row| {
            let value = row
                .theirs
                .as_deref()
                .map_or_else(|| "nothing of its own".into(), |text| format!("`{text}`"));
            format!("{} made it {value} in r{}", row.by, row.revision)
        });
        let theirs = theirs.collect::<Vec<_>>().join("; ");
        let newest = rows.iter().map(|row| row.revision).fold(newest, u64::max);
        match self.layers.last_mut() {
            Some(Layer::Form(form)) => {
                let row = rows.iter().find(|row| row.key == form.key);
                form.over(theirs, row.and_then(|row| row.theirs.clone()), newest);
            }
            Some(Layer::Prose(prose)) => {
                prose.base = newest;
                self.say(theirs, Role::Stalled);
            }
            Some(Layer::Section(section)) => {
                section.base = newest;
                self.say(theirs, Role::Stalled);
            }
            _ => {}
        }
    }

    /// Whether somebody else wrote the file that a change on top is about.
    fn taken_by_others(&self) -> bool {
        matches!(self.layers.last(), Some(Layer::Diff(pane)) if matches!(pane.answer, Answer::Taken(_)))
    }

    /// Closes the difference of that serial, and what it was made from where that is a question.
    pub(super) fn close_pane(&mut self, serial: u64) {
        self.layers
            .retain(|layer| !matches!(layer, Layer::Diff(pane) if pane.serial == serial));
        self.layers.retain(|layer| !matches!(layer, Layer::Ask(_)));
    }

    /// Why what clashes cannot be edited again; none if it can.
    fn no_mend(&self) -> Option<String> {
        let below = self
            .layers
            .len()
            .checked_sub(2)
            .and_then(|at| self.layers.get(at));
        match below {
            Some(Layer::Form(_) | Layer::Prose(_) | Layer::Section(_) | Layer::Writing(_)) => None,
            _ => Some("it was not typed in a form: choose t theirs or o ours".into()),
        }
    }

    /// Closes the difference on top, and what it was made from.
    pub(super) fn close_change(&mut self) {
        if matches!(self.layers.last(), Some(Layer::Diff(_))) {
            self.layers.pop();
        }
        if matches!(
            self.layers.last(),
            Some(
                Layer::Form(_)
                    | Layer::Names(_)
                    | Layer::Prose(_)
                    | Layer::Section(_)
                    | Layer::Lineup(_)
            )
        ) {
            self.layers.pop();
        }
    }

    /// Why something cannot be done in the layer on top; none if it can.
    pub(super) fn off_here(&self, act: Act) -> Option<String> {
        let Some(Layer::Diff(pane)) = self.layers.last() else {
            // Both lists hear the same keys.
            return match (self.layers.last(), act) {
                (Some(Layer::Tried(_)), Act::UndoThis) => {
                    Some("these are faults, not changes: H lists the changes".into())
                }
                _ => self.no_lineage(act),
            };
        };
        let clash = matches!(pane.answer, Answer::Clash(_) | Answer::Taken(_));
        match act {
            Act::Insist if pane.may_force() => None,
            Act::Apply => pane.held(),
            Act::Editor => self.no_draft(),
            Act::Theirs | Act::Insist | Act::Mend if !clash => {
                Some("nobody else changed the same".into())
            }
            Act::Mend => self.no_mend(),
            Act::Insist if !matches!(pane.proposal.what, What::Edits(_) | What::Overlay { .. }) => {
                Some("a later change stands on it: undo that one first".into())
            }
            _ => None,
        }
    }
}
