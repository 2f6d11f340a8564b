//! Whom a change of an overlay reaches.

use std::sync::Arc;

use crate::model::{Node, Value, View};

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

/// Who says that nodes get the overlay `name`: profiles that list it, and nodes that get it without one of these saying so.
#[must_use]
pub fn listed_by(view: &View, name: &str) -> Vec<Arc<str>> {
    let lists = |value: &Value| match value {
        Value::List(items) => items.iter().any(|item| **item == *name),
        value => value.text() == Some(name),
    };
    let keys = ["system_overlay", "runtime_overlay"];
    let mut who: Vec<Arc<str>> = Vec::new();
    for profile in view.profiles.values() {
        let mut own = profile.values.iter().filter(|(key, _)| keys.contains(&key.field));
        if own.any(|(_, value)| lists(value)) {
            who.push(format!("profile {}", profile.name).into());
        }
    }
    if who.is_empty() {
        let reach = reach(view, name);
        let mut nodes: Vec<&Arc<Node>> = reach.system.iter().chain(&reach.runtime).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes.dedup_by(|a, b| a.name == b.name);
        who.extend(nodes.iter().map(|node| Arc::from(format!("node {}", node.name))));
    }
    who
}
