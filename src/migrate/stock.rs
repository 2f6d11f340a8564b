//! Warewulf's own overlays: which of them do what in a cluster of muster's.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Key, Value, Values, View};
use crate::overlay::{FOREIGN, is_shipped};
use crate::registry::upgrade::Split;

/// How Warewulf works rather than what nodes are like: muster does that in its own way.
const MACHINERY: [(&str, &str); 5] = [
    ("wwinit", "muster's own starts nodes"),
    ("wwclient", "muster's own refreshes nodes"),
    ("wwclient.x86_64", "muster's own wwclient refreshes nodes"),
    ("wwclient.aarch64", "muster's own wwclient refreshes nodes"),
    ("host", "it set up Warewulf's server; muster needs none"),
];

/// Up to 4.5 `wwinit` and `generic` did what overlays of their own do since: list of a node, overlay, and these, lowest first.
const DIVIDED: [(&str, &str, &[&str]); 2] = [
    (
        "system_overlay",
        "wwinit",
        &[
            "wwinit",
            "wwclient",
            "hosts",
            "fstab",
            "hostname",
            "ssh.host_keys",
            "issue",
            "resolv",
            "udev.netname",
            "systemd.netname",
            "ifcfg",
            "ifupdown",
            "NetworkManager",
            "wicked",
            "ignition",
        ],
    ),
    (
        "runtime_overlay",
        "generic",
        &["hosts", "ssh.authorized_keys", "syncuser"],
    ),
];

/// Why an overlay has no place in muster; none if it may have one.
pub fn machinery(name: &str) -> Option<&'static str> {
    let known = MACHINERY.iter().find(|(known, _)| *known == name);
    known.map(|(_, why)| *why)
}

/// Whether muster has an overlay of that name itself, or one that the name stands for.
pub fn is_musters(name: &str) -> bool {
    is_shipped(name)
}

/// Whether Warewulf ships, or shipped, an overlay of that name.
pub fn is_warewulfs(name: &str) -> bool {
    is_musters(name)
        || FOREIGN.contains(&name)
        || DIVIDED.iter().any(|(_, known, _)| *known == name)
}

/// What takes the place of an overlay that was divided.
pub fn parts(name: &str) -> Option<Vec<Arc<str>>> {
    let (.., parts) = DIVIDED.iter().find(|(_, known, _)| *known == name)?;
    Some(
        parts
            .iter()
            .filter(|part| is_musters(part))
            .map(|part| Arc::from(*part))
            .collect(),
    )
}

/// The overlays that the lists of nodes are to have divided: all that are `taken` as they are stay whole, and so do all in a registry
/// that lists one of the parts already.
pub fn splits(view: &View, taken: &BTreeSet<Arc<str>>) -> Vec<Split> {
    let listed = |name: &str| listed(view).any(|item| **item == *name);
    let mut out = Vec::new();
    let anew = DIVIDED
        .iter()
        .flat_map(|(_, whole, parts)| parts.iter().filter(move |part| *part != whole));
    if anew.into_iter().any(|part| listed(part)) {
        return out;
    }
    for (field, from, _) in DIVIDED {
        if !taken.contains(from) && listed(from) {
            out.push(Split {
                field,
                from: from.into(),
                to: parts(from).unwrap_or_default(),
            });
        }
    }
    out
}

/// Every item of a list of overlays, of nodes and of profiles.
fn listed(view: &View) -> impl Iterator<Item = &Arc<str>> {
    fn of<'v>(values: &'v Values, field: &'static str) -> &'v [Arc<str>] {
        match values.get(&Key::plain(field)).map(AsRef::as_ref) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }
    let profiles = view.profiles.values().map(|profile| &profile.values);
    let all = profiles.chain(view.nodes.iter().map(|node| &node.values));
    all.flat_map(|values| {
        of(values, "system_overlay")
            .iter()
            .chain(of(values, "runtime_overlay"))
    })
}
