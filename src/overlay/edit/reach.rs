//! Whom a change of an overlay reaches.

use std::sync::Arc;

use crate::model::{Node, View};

/// The nodes that get an overlay.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// As a system overlay: when they boot.
    pub system: Vec<Arc<Node>>,
    /// As a runtime overlay: with every refresh.
    pub runtime: Vec<Arc<Node>>,
}

/// The nodes that get the overlay `name`.
#[must_use]
pub fn reach(view: &View, name: &str) -> Reach {
    let mut reach = Reach::default();
    for node in &view.nodes {
        let lists = |list: &[Arc<str>]| list.iter().any(|one| **one == *name);
        if lists(&node.system_overlay) {
            reach.system.push(node.clone());
        }
        if lists(&node.runtime_overlay) {
            reach.runtime.push(node.clone());
        }
    }
    reach
}
