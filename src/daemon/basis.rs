//! What a rendered archive was made from: as long as all of that is as it was, so is the archive.

use std::sync::Arc;

use super::files::Disk;
use crate::model::{Node, Settings, View};
use crate::overlay::{Files, Input};

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The node's resolved values.
    pub node: Arc<Node>,
    /// The server's settings.
    pub settings: Arc<Settings>,
    /// Set if the list of all nodes was read.
    pub revision: Option<u64>,
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
        let same_list = self.revision.is_none_or(|seen| seen == view.revision);
        same_node && same_settings && same_list
    }
}

/// Whether every path is as it was.
#[must_use]
pub fn unchanged(inputs: &[Input]) -> bool {
    let same = |input: &Input| Disk.meta(&input.path).unwrap_or(None) == input.meta;
    inputs.iter().all(same)
}
