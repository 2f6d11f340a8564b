//! Changes that are saved together: each drafted on top of the one before, the file written once for all of them, and only then
//! every one in force, in the log, and answered. One that does not fit on what is not saved yet waits until it is.

use std::sync::Arc;

use super::change::{Change, Wish, reply};
use super::engine::Engine;
use super::input::{Output, SaveError, Text, Ticket};
use super::journal::Revision;
use super::prepare::{Prepared, Trouble};
use crate::api::{Outcome, Reply};
use crate::fleet::What;
use crate::kit::Stamp;
use crate::model::{Fault, File, View};
use crate::registry::{Draft, Tip};

/// How often a change is made anew because the file changed meanwhile.
const TRIES: u32 = 3;
/// How many changes share a save at most.
const TOGETHER: usize = 64;
/// How many bytes of text are drafted before the next save begins: what happens meanwhile must not wait for long.
const DRAFTED: usize = 4 << 20;

/// The changes that are being saved.
#[derive(Debug)]
pub struct Saving {
    ticket: Ticket,
    file: File,
    text: Arc<str>,
    /// What is in force once they are.
    tip: Tip,
    /// At least one, oldest first.
    parts: Vec<Part>,
    /// Whether the text was read before it was known that it is safe on the disk.
    early: bool,
}

/// One of them.
#[derive(Debug)]
struct Part {
    change: Change,
    revision: Revision,
    outcome: Outcome,
    /// Name of the node that a machine becomes.
    name: Option<Arc<str>>,
}

impl Saving {
    /// The changes.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.parts.iter().map(|part| &part.change)
    }

    /// Whether this is the text of a file that is being saved. It comes into force when that is done, and not before.
    pub fn awaits(&mut self, file: File, text: &Text) -> bool {
        let ours = self.file == file && text.content() == Some(&*self.text);
        self.early |= ours;
        ours
    }
}

/// What is in force, put aside while drafts lie on it.
struct Below {
    text: Text,
    view: Arc<View>,
    tip: Tip,
    steps: usize,
}

impl Engine {
    /// Begins to save what waits, as much at once as fits on each other, unless something is being saved.
    pub(super) fn next_save(&mut self, now: Stamp, out: &mut Vec<Output>) {
        while self.saving.is_none() && !self.changes.is_empty() {
            self.gather(now, out);
        }
    }

    /// Checks the changes that wait against the registry as it is, each on top of the one before, and asks for the save of those
    /// that fit.
    fn gather(&mut self, now: Stamp, out: &mut Vec<Output>) {
        let in_force = self.view.revision;
        let mut parts: Vec<Part> = Vec::new();
        let mut top: Option<Draft> = None;
        let mut below: Option<Below> = None;
        let mut drafted = 0;
        while parts.len() < TOGETHER && drafted < DRAFTED {
            let Some(mut change) = self.changes.pop_front() else {
                break;
            };
            change.seen = change.seen.or(Some(in_force));
            let last = parts.last().map(|part| &part.revision);
            if let (Some(draft), Some(step)) = (top.take(), last) {
                self.lay(draft, step.clone(), &mut below);
            }
            let file = last.map(|step| step.file);
            match self.prepare(&change, now) {
                Ok(prepared) if file.is_none() && prepared.draft.hunks.is_empty() => {
                    self.is_so_already(&change, prepared.outcome, out);
                }
                Ok(prepared) if fits(&prepared.draft, file) => {
                    drafted += prepared.draft.text.len();
                    let Prepared {
                        draft,
                        revision,
                        outcome,
                        name,
                    } = prepared;
                    top = Some(draft);
                    parts.push(Part {
                        change,
                        revision,
                        outcome,
                        name,
                    });
                }
                Err(trouble) if file.is_none() => self.refuse(&change, trouble, now, out),
                // What speaks against it is not in force, and may never be.
                _ => {
                    self.changes.push_front(change);
                    break;
                }
            }
        }
        let Some(file) = parts.last().map(|part| part.revision.file) else {
            return;
        };
        if let Some((text, tip)) = self.lifted(file, top, below) {
            self.save((file, text), tip, parts, out);
        }
    }

    /// All is as it is wished.
    fn is_so_already(&self, change: &Change, outcome: Outcome, out: &mut Vec<Output>) {
        let outcome = Outcome {
            revision: Some(self.view.revision),
            ..outcome
        };
        reply(change, Reply::Change(Box::new(outcome)), out);
    }

    /// Lays a draft on what is in force, for the next one to be drafted on.
    fn lay(&mut self, draft: Draft, step: Revision, below: &mut Option<Below>) {
        let text = Text::Content(draft.text.clone());
        let text = std::mem::replace(self.text_mut(draft.file), text);
        let view = std::mem::replace(&mut self.view, draft.view.clone());
        let tip = self.registry.lay(draft);
        let below = below.get_or_insert(Below {
            text,
            view,
            tip,
            steps: 0,
        });
        below.steps += 1;
        self.journal.push(step);
    }

    /// Puts back what is in force; gives the text on top, and what it would put into force.
    fn lifted(
        &mut self,
        file: File,
        top: Option<Draft>,
        below: Option<Below>,
    ) -> Option<(Arc<str>, Tip)> {
        let mut top = top.map(|draft| (draft.text.clone(), Tip::of(draft)));
        if let Some(below) = below {
            let text = std::mem::replace(self.text_mut(file), below.text);
            let tip = self.registry.lift(below.tip);
            self.view = below.view;
            for _ in 0..below.steps {
                self.journal.pop();
            }
            top = top.or_else(|| Some((text.shared(), tip)));
        }
        top
    }

    fn save(
        &mut self,
        (file, text): (File, Arc<str>),
        tip: Tip,
        parts: Vec<Part>,
        out: &mut Vec<Output>,
    ) {
        let ticket = self.save_ticket();
        out.push(Output::Save {
            ticket,
            file,
            old: self.text(file).clone(),
            new: text.clone(),
            revisions: parts.iter().map(|part| part.revision.clone()).collect(),
        });
        self.saving = Some(Saving {
            ticket,
            file,
            text,
            tip,
            parts,
            early: false,
        });
    }

    /// The save is done, or failed. Only what is on disk comes into force.
    pub(super) fn saved(
        &mut self,
        ticket: Ticket,
        result: Result<(), SaveError>,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let Some(saving) = self.saving.take_if(|saving| saving.ticket == ticket) else {
            return;
        };
        let name = saving.file.name();
        match result {
            Ok(()) => self.committed(saving, None, now, out),
            Err(SaveError::Unsure(why)) => self.committed(saving, Some(&why), now, out),
            Err(SaveError::Changed(Text::Unreadable(why))) => {
                let what = format!("{name} cannot be read: {why}");
                self.failed(
                    saving,
                    (&what, "nothing was changed; mend that first"),
                    now,
                    out,
                );
            }
            Err(SaveError::Changed(text)) => self.overtaken(saving, text, now, out),
            Err(SaveError::Io(why)) => {
                let what = format!("{name} could not be saved: {why}");
                self.failed(saving, (&what, "nothing was changed"), now, out);
            }
        }
        self.next_save(now, out);
    }

    /// Nothing was saved, and everybody is told.
    fn failed(
        &mut self,
        saving: Saving,
        (what, hint): (&str, &str),
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        if saving.early {
            // Whatever the system said, somebody has read it.
            out.push(Output::Reread);
        }
        for part in saving.parts {
            let fault = Fault::error(what).hint(hint);
            self.refuse(&part.change, Trouble::Refused(fault), now, out);
        }
    }

    /// What was written by hand comes first; the changes are made anew on top of it.
    fn overtaken(&mut self, saving: Saving, text: Text, now: Stamp, out: &mut Vec<Output>) {
        let name = saving.file.name();
        match saving.file {
            File::Conf => self.files(text, self.nodes.clone(), now, out),
            File::Nodes => self.files(self.conf.clone(), text, now, out),
        }
        for part in saving.parts.into_iter().rev() {
            let mut change = part.change;
            change.tries += 1;
            if change.tries < TRIES {
                self.changes.push_front(change);
            } else {
                let what = format!("{name} keeps changing while muster tries to save it");
                let fault = Fault::error(what).hint("try again");
                self.refuse(&change, Trouble::Refused(fault), now, out);
            }
        }
    }

    /// What is saved comes into force, and everybody is told. Where the system did not confirm that it is safe, that is said.
    fn committed(
        &mut self,
        saving: Saving,
        unsure: Option<&Arc<str>>,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
        let Saving {
            file,
            text,
            tip,
            mut parts,
            ..
        } = saving;
        *self.text_mut(file) = Text::Content(text.clone());
        let loaded = match self.registry.commit(tip) {
            Some(loaded) => loaded,
            None => {
                // Something was read in between.
                let (before, seq) = (self.view.revision, self.journal.next_seq());
                let mut loaded = self.load();
                let mut last = before;
                for (part, nth) in parts.iter_mut().zip(1..) {
                    last = before + nth;
                    (part.revision.revision, part.revision.seq) = (last, seq + nth - 1);
                    part.outcome.revision = Some(last);
                }
                loaded.view = self.registry.number(last).unwrap_or(loaded.view);
                loaded
            }
        };
        let Some((last, earlier)) = parts.split_last() else {
            return;
        };
        let told = if self.started { earlier } else { &[] };
        for part in told {
            self.note(change_of(&part.revision), now);
        }
        self.saving_summary = Some(last.revision.summary.clone());
        self.came(loaded, &last.change.by, now, out);
        self.saving_summary = None;
        self.untold.strangers = true;
        self.forget_overwritten(now);
        for part in parts {
            let revision = part.revision.revision;
            out.push(Output::Journal(Box::new(part.revision.clone())));
            self.stepped(part.revision, text.clone());
            let answer = match (&part.change.wish, part.name) {
                _ if let Some(why) = unsure => unconfirmed(file, revision, why),
                (Wish::Adopt { .. }, Some(name)) => Reply::Adopted { name, revision },
                _ => Reply::Change(Box::new(part.outcome)),
            };
            reply(&part.change, answer, out);
        }
    }
}

/// Whether a draft can be saved together with what it lies on.
fn fits(draft: &Draft, below: Option<File>) -> bool {
    below.is_none_or(|file| file == draft.file && !draft.hunks.is_empty())
}

/// The answer to a change that is in the file and may be gone from it after a loss of power.
fn unconfirmed(file: File, revision: u64, why: &str) -> Reply {
    let fault = Fault::error(format!(
        "{} holds the change (r{revision}), and the system did not confirm that it is safe on the disk: {why}",
        file.name()
    ));
    let hint = "look at the disk, then at the file; `muster undo` takes the change back";
    Trouble::Refused(fault.hint(hint)).reply()
}

/// A revision that came into force, as it is told.
fn change_of(revision: &Revision) -> What {
    What::Change {
        revision: revision.revision,
        by: revision.by.clone(),
        text: revision.summary.clone(),
    }
}
