//! The one road of every change of the registry: it waits its turn, is checked, saved, put into force and told. One save at a
//! time; the file on disk decides.

use std::sync::Arc;

use super::engine::Engine;
use super::input::{Output, Ticket};
use super::prepare::Trouble;
use super::saving::Saving;
use crate::api::{Outcome, Refusal, Reply};
use crate::fleet::What;
use crate::kit::{Mac, Stamp};
use crate::model::{Edit, Fault};

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
    /// How often it was tried in vain because the file changed meanwhile.
    pub tries: u32,
}

impl Engine {
    /// Queues a change, and starts it if none is being saved.
    pub(super) fn change(&mut self, change: Change, now: Stamp, out: &mut Vec<Output>) {
        self.changes.push_back(change);
        self.next_save(now, out);
    }

    /// Says what a change would come to.
    pub(super) fn tried(&mut self, wish: Wish, by: Arc<str>, now: Stamp) -> Reply {
        let change = Change {
            wish,
            by,
            ticket: None,
            seen: None,
            tries: 0,
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
        let saving = self.saving.iter().flat_map(Saving::changes);
        self.changes
            .iter()
            .chain(saving)
            .any(|change| wish(&change.wish))
    }

    /// A change was refused: whoever asked is told, and a machine's wish is at least noted.
    pub(super) fn refuse(
        &mut self,
        change: &Change,
        trouble: Trouble,
        now: Stamp,
        out: &mut Vec<Output>,
    ) {
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
}

/// Answers whoever wanted a change.
pub(super) fn reply(change: &Change, reply: Reply, out: &mut Vec<Output>) {
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
