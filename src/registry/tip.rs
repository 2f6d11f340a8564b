//! Drafts on top of drafts: several changes are tried one after the other, and none is in force before all of them are saved.

use std::sync::Arc;

use super::draft::Draft;
use super::held::Held;
use super::load::{Loaded, Registry, Settled};
use crate::model::View;

/// What a draft would put into force, or what was in force before a draft was laid on it.
#[derive(Debug)]
pub struct Tip {
    held: Held,
    settled: Option<Settled>,
    view: Option<Arc<View>>,
    revision: u64,
    turns: u64,
}

impl Tip {
    /// Of a draft.
    #[must_use]
    pub fn of(draft: Draft) -> Self {
        let (held, settled, turns) = (draft.held, draft.settled, draft.turns);
        Self {
            held,
            settled: Some(settled),
            revision: draft.view.revision,
            view: Some(draft.view),
            turns,
        }
    }
}

impl Registry {
    /// Lays a draft on what is in force, so that the next is drafted on top of it; gives what it lies on. What is in force does not
    /// turn by that: it is to be put back by [`lift`](Self::lift) before anything is read.
    pub fn lay(&mut self, draft: Draft) -> Tip {
        self.lift(Tip::of(draft))
    }

    /// Puts back what the first draft was laid on; gives what is on top.
    pub fn lift(&mut self, tip: Tip) -> Tip {
        let Tip {
            held,
            settled,
            view,
            revision,
            ..
        } = tip;
        Tip {
            held: std::mem::replace(&mut self.held, held),
            settled: std::mem::replace(&mut self.settled, settled),
            view: std::mem::replace(&mut self.view, view),
            revision: std::mem::replace(&mut self.revision, revision),
            turns: self.turns,
        }
    }

    /// Puts it into force; none if something else came into force since it was drafted.
    pub fn commit(&mut self, tip: Tip) -> Option<Loaded> {
        if tip.turns != self.turns {
            return None;
        }
        let (settled, view) = (tip.settled?, tip.view?);
        Some(self.enforce((tip.held, settled), view, (true, Vec::new())))
    }
}
