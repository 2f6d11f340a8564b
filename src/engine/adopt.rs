//! Changes of the registry: check, save, commit, announce. One save at a time; the rest wait their turn.

use std::sync::Arc;

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

/// The change that is being saved.
#[derive(Debug)]
pub struct Saving {
    ticket: Ticket,
    edit: Edit,
    adoption: Adoption,
    tries: u32,
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
        if !queued && !known && registry::first_discoverable(&self.view).is_some() {
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
        let text = self.nodes.content().unwrap_or_default();
        let (mac, name) = match &edit {
            Edit::Adopt { mac, name, .. } => (*mac, name.as_deref()),
            Edit::Discover { mac } => match registry::first_discoverable(&self.view) {
                Some(node) => (*mac, Some(&*node.name)),
                // Another machine was faster.
                None => return,
            },
        };
        let near = self
            .fleet
            .strangers()
            .into_iter()
            .find(|stranger| stranger.mac == mac)
            .and_then(|s| s.ip);
        let adoption = registry::adopt(text, &self.view, mac, name, near);
        match adoption {
            Ok(adoption) => {
                let ticket = self.save_ticket();
                out.push(Output::Save {
                    ticket,
                    old: self.nodes.clone(),
                    new: adoption.text.as_str().into(),
                });
                self.saving = Some(Saving {
                    ticket,
                    edit,
                    adoption,
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
            Edit::Discover { mac } => self.note(What::Fault(fault.about(mac.to_string())), now),
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
            Err(SaveError::Changed(text)) if saving.tries < TRIES => {
                self.files(self.conf.clone(), text, "disk", now, out);
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
        let Saving { edit, adoption, .. } = saving;
        let before = self.view.revision;
        self.nodes = Text::Content(adoption.text.as_str().into());
        let loaded = self
            .registry
            .load(self.conf.content(), self.nodes.content());
        self.view = loaded.view;
        self.keep_texts(out);
        self.fleet.registry(&self.view);
        self.untold.registry = true;
        self.untold.strangers = true;
        out.push(Output::Swap(self.view.clone()));
        let revision = self.view.revision;
        debug_assert!(revision > before, "a saved change makes a revision");
        let by: Arc<str> = match &edit {
            Edit::Adopt { by, .. } => by.clone(),
            Edit::Discover { .. } => "discovery".into(),
        };
        self.note(
            What::Change {
                revision,
                by,
                text: adoption.summary.as_str().into(),
            },
            now,
        );
        if let Edit::Adopt { ticket, .. } = edit {
            let reply = Reply::Adopted {
                name: adoption.name,
                revision,
            };
            out.push(Output::Reply(ticket, Box::new(reply)));
        }
    }
}
