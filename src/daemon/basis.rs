//! What a rendered archive was made from: as long as all of that is as it was, so is the archive.

use std::sync::Arc;

use super::files::Disk;
use crate::model::{Node, Settings, View};
use crate::overlay::{Input, Sight, Sources};

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The node's resolved values.
    pub node: Arc<Node>,
    /// The server's settings.
    pub settings: Arc<Settings>,
    /// Set if it is to be tried again with any change.
    pub revision: Option<u64>,
    /// How much of other nodes was seen, and what stands for that.
    pub sight: (Sight, Option<[u8; 32]>),
    /// What can tell what stands for it in another view.
    pub sources: Arc<Sources>,
    /// Every path that was looked at, and what was there.
    pub inputs: Arc<[Input]>,
}

impl Basis {
    /// Whether it would be the same for `node` in `view`.
    #[must_use]
    pub fn holds(&self, view: &View, node: &Arc<Node>) -> bool {
        self.registry_holds(view, node) && unchanged(&self.inputs)
    }

    /// The same as far as no file is asked.
    #[must_use]
    pub fn registry_holds(&self, view: &View, node: &Arc<Node>) -> bool {
        let same_node = Arc::ptr_eq(&self.node, node) || self.node == *node;
        let same_settings =
            Arc::ptr_eq(&self.settings, &view.settings) || self.settings == view.settings;
        let same_revision = self.revision.is_none_or(|seen| seen == view.revision);
        let (sight, seen) = self.sight;
        same_node && same_settings && same_revision && self.sources.digest(view, sight) == seen
    }
}

/// Whether every path is as it was.
#[must_use]
pub fn unchanged(inputs: &[Input]) -> bool {
    inputs.iter().all(|input| input.holds(&Disk))
}
