//! Changes of the registry: check, save, commit, announce. One save at a time; the rest wait their turn.

use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::input::{Output, SaveError, Text, Ticket};
use crate::api::{Refusal, Reply};
use crate::fleet::What;
use crate::kit::{Mac, Stamp};
use crate::model::Fault;
use crate::registry::{self, Adoption};

/// How often a change is made anew because the file changed meanwhile.
const TRIES: u32 = 3;

/// A change that waits for its turn, or is being saved.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A person makes a stranger a node.
    Adopt {
        /// The stranger.
        mac: Mac,
        /// The name wanted.
        name: Option<Arc<str>>,
        /// Who wants it.
        by: Arc<str>,
        /// Whose reply it is.
        ticket: Ticket,
    },
    /// A stranger takes the next discoverable node.
    Discover {
        /// The stranger.
        mac: Mac,
    },
}

/// How long machines wait to be discovered after one could not be: reading a big registry for nothing is dear.
const PAUSE: Duration = Duration::from_secs(30);

/// The change that is being saved.
#[derive(Debug)]
pub struct Saving {
    ticket: Ticket,
    edit: Edit,
    text: Text,
    name: Arc<str>,
    summary: Arc<str>,
    tries: u32,
}

impl Saving {
    /// Whether this is the text that is being saved.
    pub fn is(&self, text: &Text) -> bool {
        self.text == *text
    }

    /// On whose behalf.
    pub fn by(&self) -> Arc<str> {
        match &self.edit {
            Edit::Adopt { by, .. } => by.clone(),
            Edit::Discover { .. } => "discovery".into(),
        }
    }
}

impl Engine {
    /// A stranger asked for its script: if a node waits for the next unknown machine, this is it.
    pub(super) fn discovered(&mut self, mac: Mac, now: Stamp, out: &mut Vec<Output>) {
        let waits = |edit: &Edit| matches!(edit, Edit::Discover { mac: other } if *other == mac);
        let queued = self.edits.iter().any(waits)
            || self
                .saving
                .as_ref()
                .is_some_and(|saving| waits(&saving.edit));
        let known = self.view.by_mac(&mac).is_some();
        if !queued
            && !known
            && now >= self.discover_after
            && registry::first_discoverable(&self.view).is_some()
        {
            self.edit(Edit::Discover { mac }, now, out);
        }
    }

    /// Queues a change, and starts it if none is being saved.
    pub(super) fn edit(&mut self, edit: Edit, now: Stamp, out: &mut Vec<Output>) {
        self.edits.push_back(edit);
        self.next_edit(now, out);
    }

    fn next_edit(&mut self, now: Stamp, out: &mut Vec<Output>) {
        while self.saving.is_none() {
            let Some(edit) = self.edits.pop_front() else {
                return;
            };
            self.begin(edit, 1, now, out);
        }
    }

    /// Checks a change against the registry as it is and asks for the save.
    fn begin(&mut self, edit: Edit, tries: u32, now: Stamp, out: &mut Vec<Output>) {
        let held = !self.view.nodes.is_empty() || !self.view.profiles.is_empty();
        let text = self.nodes.content().unwrap_or_default();
        if held && text.trim().is_empty() {
            // What is in force would be lost with the next reading.
            let fault =
                Fault::error("nodes.conf is gone or empty, and what is in force is not in it");
            return self.refuse(&edit, fault.hint("put it back, then try again"), now, out);
        }
        let (mac, name) = match &edit {
            Edit::Adopt { mac, name, .. } => (*mac, name.clone()),
            Edit::Discover { mac } => match registry::first_discoverable(&self.view) {
                Some(node) => (*mac, Some(node.name.clone())),
                // Another machine was faster.
                None => return,
            },
        };
        let stranger = self.strangers().into_iter().find(|one| one.mac == mac);
        let (near, proposed) = stranger.map_or((None, None), |one| (one.ip, one.proposed));
        let name = name.or(proposed);
        match registry::adopt(text, &self.view, mac, name.as_deref(), near) {
            Ok(adoption) => {
                let ticket = self.save_ticket();
                let Adoption {
                    text,
                    name,
                    summary,
                    ..
                } = adoption;
                let new: Arc<str> = text.into();
                out.push(Output::Save {
                    ticket,
                    old: self.nodes.clone(),
                    new: new.clone(),
                });
                self.saving = Some(Saving {
                    ticket,
                    edit,
                    text: Text::Content(new),
                    name,
                    summary: summary.into(),
                    tries,
                });
            }
            Err(fault) => self.refuse(&edit, fault, now, out),
        }
    }

    /// A change was refused: whoever asked is told, and a machine's wish is at least noted.
    fn refuse(&mut self, edit: &Edit, fault: Fault, now: Stamp, out: &mut Vec<Output>) {
        match edit {
            Edit::Adopt { ticket, .. } => {
                let refusal = Refusal {
                    what: fault.what.into(),
                    fix: fault.hint.map(Into::into),
                };
                out.push(Output::Reply(*ticket, Box::new(Reply::Refused(refusal))));
            }
            Edit::Discover { mac } => {
                self.discover_after = now + PAUSE;
                self.note(What::Fault(fault.about(mac.to_string())), now);
            }
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
        match result {
            Ok(()) => self.commit(saving, now, out),
            Err(SaveError::Changed(Text::Unreadable(why))) => {
                let fault = Fault::error(format!("nodes.conf cannot be read: {why}"))
                    .hint("nothing was changed; mend that first");
                self.refuse(&saving.edit, fault, now, out);
            }
            Err(SaveError::Changed(text)) if saving.tries < TRIES => {
                self.files(self.conf.clone(), text, now, out);
                self.begin(saving.edit, saving.tries + 1, now, out);
            }
            Err(SaveError::Changed(_)) => {
                let fault = Fault::error("nodes.conf keeps changing while muster tries to save it")
                    .hint("try again");
                self.refuse(&saving.edit, fault, now, out);
            }
            Err(SaveError::Io(why)) => {
                let fault = Fault::error(format!("nodes.conf could not be saved: {why}"))
                    .hint("nothing was changed");
                self.refuse(&saving.edit, fault, now, out);
            }
        }
        self.next_edit(now, out);
    }

    fn commit(&mut self, saving: Saving, now: Stamp, out: &mut Vec<Output>) {
        let by = saving.by();
        self.saving_summary = Some(saving.summary);
        // The file may have been read back already, by a reload that came in between.
        if self.nodes != saving.text {
            self.nodes = saving.text;
            self.load(&by, now, out);
        }
        self.saving_summary = None;
        self.untold.strangers = true;
        if let Edit::Adopt { ticket, .. } = saving.edit {
            let reply = Reply::Adopted {
                name: saving.name,
                revision: self.view.revision,
            };
            out.push(Output::Reply(ticket, Box::new(reply)));
        }
    }
}
