//! Who lists which overlays.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::api::User;
use crate::kit::hostlist;
use crate::model::{Key, Node, Source, Value, View};

/// The fields that list overlays, the one of system overlays first.
const LISTS: [&str; 2] = ["system_overlay", "runtime_overlay"];

/// Nodes that list each overlay: as a system overlay, as a runtime overlay.
pub(super) fn counts(view: &View) -> HashMap<&str, (u32, u32)> {
    let mut counts: HashMap<&str, (u32, u32)> = HashMap::new();
    for node in &view.nodes {
        for name in &node.system_overlay {
            counts.entry(name).or_default().0 += 1;
        }
        for name in &node.runtime_overlay {
            counts.entry(name).or_default().1 += 1;
        }
    }
    counts
}

/// Who lists the overlay `name`: profiles first, then the nodes that do so themselves, in one row.
pub(super) fn of(view: &View, name: &str) -> Vec<User> {
    let mut users = Vec::new();
    for field in LISTS {
        let key = Key::plain(field);
        let system = field == LISTS[0];
        let lists = |value: Option<&Arc<Value>>| match value.map(AsRef::as_ref) {
            Some(Value::List(items)) => items.iter().any(|item| **item == *name),
            _ => false,
        };
        let profiles = view.profiles.iter();
        let profiles = profiles.filter(|(_, profile)| lists(profile.values.get(&key)));
        let mut counts: BTreeMap<&str, u32> = profiles.map(|(who, _)| (&**who, 0)).collect();
        let mut own = Vec::new();
        for node in view.nodes.iter().filter(|node| has(node, system, name)) {
            let mut by_profile = false;
            for layer in layers(node.sources.get(&key)) {
                if let Some(count) = counts.get_mut(&**layer) {
                    *count += 1;
                    by_profile = true;
                }
            }
            if !by_profile {
                own.push(&*node.name);
            }
        }
        let row = |who: String, nodes| User {
            who: who.into(),
            system,
            nodes,
        };
        users.extend(
            counts
                .iter()
                .map(|(who, count)| row(format!("profile {who}"), *count)),
        );
        let word = if own.len() == 1 { "node" } else { "nodes" };
        let count = u32::try_from(own.len()).unwrap_or(u32::MAX);
        let all = (count > 0).then(|| format!("{word} {}", hostlist::compress(&own)));
        users.extend(all.map(|who| row(who, count)));
    }
    users
}

/// The nodes that get the overlay `name`, in either list, as a hostlist in the order in which nodes are listed.
pub(super) fn nodes(view: &View, name: &str) -> Arc<str> {
    let nodes = view.nodes.iter();
    let nodes = nodes.filter(|node| has(node, true, name) || has(node, false, name));
    let names: Vec<&str> = nodes.map(|node| &*node.name).collect();
    hostlist::compress(&names).into()
}

fn has(node: &Node, system: bool, name: &str) -> bool {
    let list = if system {
        &node.system_overlay
    } else {
        &node.runtime_overlay
    };
    list.iter().any(|listed| **listed == *name)
}

/// The profiles that a value came from.
fn layers(source: Option<&Source>) -> &[Arc<str>] {
    match source {
        Some(Source::Profile(name)) => std::slice::from_ref(name),
        Some(Source::Layers(names)) => names,
        _ => &[],
    }
}
