//! Unknown machines and the names that they would get.

use std::sync::Arc;

use super::engine::Engine;
use crate::fleet::{CROWD, Stranger};
use crate::registry;

/// The next free names of the naming pattern, found once for a revision.
#[derive(Debug, Default)]
pub struct Proposals {
    names: Vec<Arc<str>>,
    revision: Option<u64>,
    wanted: bool,
}

impl Proposals {
    /// Whether nobody ever wanted one.
    pub fn is_empty(&self) -> bool {
        !self.wanted
    }
}

impl Engine {
    /// Finds the free names, if somebody wants one and the registry is not what it was.
    pub(super) fn propose(&mut self, strangers: bool) {
        self.proposals.wanted |= strangers;
        if self.proposals.wanted && self.proposals.revision != Some(self.view.revision) {
            let taken = |name: &str| self.view.by_name(name).is_some();
            self.proposals.names = registry::free_names(&self.view.settings.naming, taken, CROWD);
            self.proposals.revision = Some(self.view.revision);
        }
    }

    /// Unknown machines, newest first, each with the name that it would get: they are named in the order in which they came, so
    /// that a newcomer changes nobody's name.
    pub(super) fn strangers(&self) -> Vec<Stranger> {
        let mut strangers = self.fleet.strangers();
        let names = self.proposals.names.iter();
        for (stranger, name) in strangers.iter_mut().rev().zip(names) {
            stranger.proposed = Some(name.clone());
        }
        strangers
    }
}
