//! Which archives would be made anew if they were asked for now, for many nodes at once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Archives, Disk, Made, lock};
use crate::model::{Node, NodeId, View};
use crate::overlay::{Context, Files, Input, Meta};

/// What was at a path when it was looked at in this round.
type Looked = HashMap<PathBuf, Option<Meta>>;

impl Archives {
    /// Of `nodes`, those whose archive is no longer what would be made, and those of which none is kept. What many archives were made
    /// from is looked at once. An archive that is being made just now counts as good: who asked for it gets it.
    #[must_use]
    pub fn outdated_among(
        &self,
        view: &View,
        nodes: &[Arc<Node>],
        context: Context,
    ) -> (Vec<NodeId>, Vec<NodeId>) {
        let mut looked = Looked::new();
        let (mut stale, mut unknown) = (Vec::new(), Vec::new());
        for node in nodes {
            let key = (node.name.clone(), context);
            let slot = lock(&self.slots).get(&key);
            let Some(slot) = slot else {
                unknown.push(node.id);
                continue;
            };
            let Ok(made) = slot.made.try_lock() else {
                continue;
            };
            match made.as_ref() {
                None => unknown.push(node.id),
                Some(made) if !holds(made, view, node, &mut looked) => stale.push(node.id),
                Some(_) => {}
            }
        }
        (stale, unknown)
    }
}

fn holds(made: &Made, view: &View, node: &Arc<Node>, looked: &mut Looked) -> bool {
    let mut unchanged = |input: &Input| {
        let path: &Path = &input.path;
        if let Some(meta) = looked.get(path) {
            return input.is(*meta);
        }
        let meta = Disk.meta(path).unwrap_or(None);
        looked.insert(path.to_owned(), meta);
        input.is(meta)
    };
    made.basis.registry_holds(view, node) && made.basis.inputs.iter().all(&mut unchanged)
}
