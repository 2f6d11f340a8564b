//! The one road of every change of the registry: it waits its turn, is checked, saved, put into force and told. One save at a
//! time; the file on disk decides.

use std::sync::Arc;

use super::engine::Engine;
use super::input::{Output, SaveError, Text, Ticket};
use super::journal::Revision;
use super::prepare::{Prepared, Trouble};
use crate::api::{Outcome, Refusal, Reply};
use crate::fleet::What;
use crate::kit::{Mac, Stamp};
use crate::model::{Edit, Fault, File};
use crate::registry::Draft;

/// How often a change is made anew because the file changed meanwhile.
const TRIES: u32 = 3;

/// A change that somebody wants.
#[derive(Debug, Clone)]
pub enum Wish {
    /// A stranger becomes a node.
    Adopt {
        /// The stranger.
        mac: Mac,
        /// The name wanted.
        name: Option<Arc<str>>,
    },
    /// A stranger takes the next discoverable node.
    Discover {
        /// The stranger.
        mac: Mac,
    },
    /// Entries change.
    Edits {
        /// How.
        edits: Vec<Edit>,
        /// The revision that the author looked at.
        base: Option<u64>,
        /// What the author says of it.
        note: Option<Arc<str>>,
    },
    /// A revision is taken back; none = the newest.
    Undo(Option<u64>),
    /// The newest undo is taken back.
    Redo,
}

/// A change on its way.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is wanted.
    pub wish: Wish,
    /// On whose behalf.
    pub by: Arc<str>,
    /// Whose reply it is; none for a machine's wish.
    pub ticket: Option<Ticket>,
    /// The revision in force when it was first tried: what changed since then may be somebody else's.
    pub seen: Option<u64>,
}

/// The change that is being saved.
#[derive(Debug)]
pub struct Saving {
    ticket: Ticket,
    change: Change,
    draft: Draft,
    revision: Revision,
    outcome: Outcome,
    /// Name of the node that a machine becomes.
    name: Option<Arc<str>>,
    tries: u32,
}

impl Saving {
    /// On whose behalf.
    pub fn by(&self) -> Arc<str> {
        self.change.by.clone()
    }

    /// The same with nobody to be told that it is done.
    fn unanswered(mut self) -> Self {
        self.change.ticket = None;
        self
    }

    /// Whether this is the text of a file that is being saved.
    pub fn is(&self, file: File, text: &Text) -> bool {
        self.draft.file == file && text.content() == Some(&*self.draft.text)
    }
}

impl Engine {
    /// Queues a change, and starts it if none is being saved.
    pub(super) fn change(&mut self, change: Change, now: Stamp, out: &mut Vec<Output>) {
        self.changes.push_back(change);
        self.next_change(now, out);
    }

    /// Says what a change would come to.
    pub(super) fn tried(&mut self, wish: Wish, by: Arc<str>, now: Stamp) -> Reply {
        let change = Change {
            wish,
            by,
            ticket: None,
            seen: None,
        };
        match self.prepare(&change, now) {
            Ok(prepared) => Reply::Change(Box::new(Outcome {
                revision: None,
                ..prepared.outcome
            })),
            Err(trouble) => trouble.reply(),
        }
    }

    /// Whether such a wish waits or is being saved.
    pub(super) fn is_wished(&self, wish: impl Fn(&Wish) -> bool) -> bool {
        let saving = self.saving.iter().map(|saving| &saving.change);
        self.changes
            .iter()
            .chain(saving)
            .any(|change| wish(&change.wish))
    }

    fn next_change(&mut self, now: Stamp, out: &mut Vec<Output>) {
        while self.saving.is_none() {
            let Some(change) = self.changes.pop_front() else {
                return;
            };
            self.begin(change, 1, now, out);
        }
    }

    /// Checks a change against the registry as it is and asks for the save.
    fn begin(&mut self, mut change: Change, tries: u32, now: Stamp, out: &mut Vec<Output>) {
        change.seen = change.seen.or(Some(self.view.revision));
        let prepared = match self.prepare(&change, now) {
            Ok(prepared) => prepared,
            Err(trouble) => return self.refuse(&change, trouble, now, out),
        };
        let Prepared {
            draft,
            revision,
            outcome,
            name,
        } = prepared;
        if draft.hunks.is_empty() {
            // All is as it is wished already.
            let outcome = Outcome {
                revision: Some(self.view.revision),
                ..outcome
            };
            reply(&change, Reply::Change(Box::new(outcome)), out);
            return;
        }
        let ticket = self.save_ticket();
        out.push(Output::Save {
            ticket,
            file: draft.file,
            old: self.text(draft.file).clone(),
            new: draft.text.clone(),
            revision: Box::new(revision.clone()),
        });
        self.saving = Some(Saving {
            ticket,
            change,
            draft,
            revision,
            outcome,
            name,
            tries,
        });
    }

    /// A change was refused: whoever asked is told, and a machine's wish is at least noted.
    fn refuse(&mut self, change: &Change, trouble: Trouble, now: Stamp, out: &mut Vec<Output>) {
        match (&change.wish, trouble) {
            (_, Trouble::Late) => {}
            (Wish::Discover { mac }, trouble) => {
                self.pause_discovery(now);
                let fault = trouble.fault();
                self.note(What::Fault(fault.about(mac.to_string())), now);
            }
            // A machine is adopted by people who expect one sentence.
            (Wish::Adopt { .. }, trouble @ Trouble::Faults(_)) => {
                let fault = trouble.fault();
                reply(change, Reply::Refused(sentence(&fault)), out);
            }
            (_, trouble) => reply(change, trouble.reply(), out),
        }
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
        let refused = |what: String, hint: &str| Trouble::Refused(Fault::error(what).hint(hint));
        let file = saving.draft.file;
        let name = file.name();
        match result {
            Ok(()) => self.committed(saving, now, out),
            Err(SaveError::Changed(Text::Unreadable(why))) => {
                let what = format!("{name} cannot be read: {why}");
                let trouble = refused(what, "nothing was changed; mend that first");
                self.refuse(&saving.change, trouble, now, out);
            }
            Err(SaveError::Changed(text)) if saving.tries < TRIES => {
                // What was written by hand comes first; the change is made anew on top of it.
                match file {
                    File::Conf => self.files(text, self.nodes.clone(), now, out),
                    File::Nodes => self.files(self.conf.clone(), text, now, out),
                }
                self.begin(saving.change, saving.tries + 1, now, out);
            }
            Err(SaveError::Changed(_)) => {
                let what = format!("{name} keeps changing while muster tries to save it");
                self.refuse(&saving.change, refused(what, "try again"), now, out);
            }
            Err(SaveError::Unsure(why)) => {
                // It is what everybody reads now, so it is in force; but who asked is not told that it is safe.
                let change = saving.change.clone();
                self.committed(saving.unanswered(), now, out);
                let what = format!(
                    "{name} holds the change (r{}), and the system did not confirm that it is safe on the disk: {why}",
                    self.view.revision
                );
                let trouble = refused(
                    what,
                    "look at the disk, then at the file; `muster undo` takes the change back",
                );
                self.refuse(&change, trouble, now, out);
            }
            Err(SaveError::Io(why)) => {
                let what = format!("{name} could not be saved: {why}");
                self.refuse(
                    &saving.change,
                    refused(what, "nothing was changed"),
                    now,
                    out,
                );
            }
        }
        self.next_change(now, out);
    }

    fn committed(&mut self, saving: Saving, now: Stamp, out: &mut Vec<Output>) {
        let Saving {
            change,
            draft,
            mut revision,
            mut outcome,
            name,
            ..
        } = saving;
        let (file, new) = (draft.file, draft.text.clone());
        let text = Text::Content(new.clone());
        let summary = revision.summary.clone();
        let before = self.view.revision;
        self.saving_summary = Some(summary);
        if self.registry.stands(&draft) {
            *self.text_mut(file) = text;
            let loaded = self.registry.commit(draft);
            self.came(loaded, &change.by, now, out);
            out.push(Output::Journal(Box::new(revision.clone())));
            self.stepped(revision, new);
        } else {
            // Something was read in between: the file, by a reload that was faster, or the other one.
            if *self.text(file) != text {
                *self.text_mut(file) = text;
                let loaded = self.load();
                self.came(loaded, &change.by, now, out);
            }
            revision.revision = self.view.revision;
            revision.seq = self.journal.next_seq();
            outcome.revision = Some(revision.revision);
            out.push(Output::Journal(Box::new(revision.clone())));
            self.stepped(revision, new);
        }
        self.saving_summary = None;
        self.untold.strangers = true;
        debug_assert!(self.view.revision >= before);
        let answer = match (&change.wish, name) {
            (Wish::Adopt { .. }, Some(name)) => Reply::Adopted {
                name,
                revision: self.view.revision,
            },
            _ => Reply::Change(Box::new(outcome)),
        };
        reply(&change, answer, out);
    }
}

fn reply(change: &Change, reply: Reply, out: &mut Vec<Output>) {
    if let Some(ticket) = change.ticket {
        out.push(Output::Reply(ticket, Box::new(reply)));
    }
}

/// A fault as a refusal.
pub(super) fn sentence(fault: &Fault) -> Refusal {
    Refusal {
        what: fault.what.as_str().into(),
        fix: fault.hint.as_deref().map(Into::into),
    }
}
