//! What is held becomes a view: every node resolved, and what is wrong with them together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::entry::{Entries, Entry};
use super::findings::Findings;
use super::held::Held;
use super::layers::{Base, Merger};
use super::load::Registry;
use super::{clash, typed};
use crate::kit::{natural, suggest};
use crate::model::{Fault, Key, Node, NodeId, Profile, Settings, Spot, View};

/// The most faults of one load that are kept.
const FAULTS: usize = 10_000;

impl Registry {
    /// The view of what is held with these settings, and whether it differs from the one in force; `anyway` it counts as if.
    pub(super) fn view_of(
        &mut self,
        held: &Held,
        (settings, mut faults): (Arc<Settings>, Vec<Fault>),
        anyway: bool,
    ) -> (Arc<View>, bool) {
        let mut findings = held.findings.clone();
        let nodes = self.resolve(held, &mut findings);
        faults.extend(findings.finish());
        faults.extend(clash::find(
            &nodes,
            |name| held.nodes.get(name),
            &self.nodes_name,
        ));
        let same = !anyway && self.same(held, &settings, &nodes);
        let revision = self.revision + u64::from(!same);
        let view = View::new(revision, settings, nodes, profiles(held), capped(faults));
        (Arc::new(view), !same)
    }

    /// Every node resolved, in order of cluster, then name. A node that is as before is the same in memory.
    fn resolve(&mut self, held: &Held, findings: &mut Findings) -> Vec<Arc<Node>> {
        let mut merger = Merger::default();
        let mut nodes: Vec<Arc<Node>> = Vec::with_capacity(held.nodes.len());
        let mut told = HashSet::new();
        let before = self.view.clone();
        for (name, entry) in &held.nodes {
            let base = merger.base(entry.list("profiles"), &held.profiles, &mut self.interner);
            if told.insert(base)
                && let Some(made) = merger.made(base)
            {
                let missing = made
                    .expansion
                    .missing
                    .iter()
                    .filter(|name| !held.broken.contains(*name));
                findings
                    .faults
                    .extend(missing.map(|m| dangling(m, entry, &held.profiles, &self.nodes_name)));
                let about = format!("node {name}");
                findings.faults.extend(
                    made.clashes
                        .iter()
                        .map(|what| Fault::error(what).about(&about)),
                );
            }
            let old = before.as_ref().and_then(|view| view.by_name(name));
            let merged = match unmet(merger.made(base), &held.broken) {
                Some(why) => Err(why),
                None => merger.merge(base, entry, &mut self.interner),
            };
            let (plan, values) = match merged {
                Ok(merged) => merged,
                Err(what) => {
                    let fault = Fault::error(what).about(format!("node {name}"));
                    findings
                        .faults
                        .push(fault.at(place(&self.nodes_name, entry, "profiles")));
                    nodes.extend(old.cloned());
                    continue;
                }
            };
            let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
            let id = *self.ids.entry(name.clone()).or_insert(NodeId(next));
            let node = typed::node(id, name.clone(), &plan, values, &mut self.interner);
            nodes.push(match old {
                Some(old) if **old == node => old.clone(),
                _ => Arc::new(node),
            });
        }
        cycles(&held.profiles, &self.nodes_name, findings);
        nodes.sort_by(|a, b| {
            a.cluster
                .cmp(&b.cluster)
                .then_with(|| natural::compare(&a.name, &b.name))
        });
        nodes
    }

    /// Whether all is as it is in force.
    fn same(&self, held: &Held, settings: &Settings, nodes: &[Arc<Node>]) -> bool {
        let same_nodes = |view: &View| {
            let pairs = view.nodes.iter().zip(nodes);
            view.nodes.len() == nodes.len() && pairs.into_iter().all(|(a, b)| Arc::ptr_eq(a, b))
        };
        self.view.as_ref().is_some_and(|view| {
            same_nodes(view) && view.profiles == profiles(held) && *view.settings == *settings
        })
    }
}

fn profiles(held: &Held) -> BTreeMap<Arc<str>, Arc<Profile>> {
    let profiles = held.profiles.iter();
    profiles
        .map(|(name, entry)| (name.clone(), profile(entry)))
        .collect()
}

fn profile(entry: &Arc<Entry>) -> Arc<Profile> {
    Arc::new(Profile {
        name: entry.name.clone(),
        profiles: entry.list("profiles").to_vec(),
        values: entry.values.clone(),
    })
}

/// Why a node cannot be resolved now: a profile of its own is faulty and was never good.
fn unmet(base: Option<&Base>, broken: &BTreeSet<Arc<str>>) -> Option<String> {
    let missing = base?
        .expansion
        .missing
        .iter()
        .find(|name| broken.contains(*name))?;
    Some(format!(
        "its profile `{missing}` has faults and was never good; the node is left as it was"
    ))
}

fn place(file: &Arc<str>, entry: &Entry, field: &'static str) -> Spot {
    let at = entry.mark(&Key::plain(field));
    Spot {
        file: file.clone(),
        line: at.line,
        column: at.column,
    }
}

fn dangling(missing: &Arc<str>, entry: &Entry, profiles: &Entries, file: &Arc<str>) -> Fault {
    let fault = Fault::warning(format!("there is no profile `{missing}`; it is skipped"))
        .about(format!("node {}", entry.name))
        .at(place(file, entry, "profiles"));
    match suggest::hint(missing, profiles.keys().map(AsRef::as_ref)) {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// Entries that include themselves by way of others: told at the one where the circle closes.
fn cycles(profiles: &Entries, file: &Arc<str>, findings: &mut Findings) {
    // Whether a profile is on the way from the root (true) or done (false).
    let mut seen: HashMap<&str, bool> = HashMap::new();
    for (root, entry) in profiles {
        if seen.insert(root, true).is_some() {
            continue;
        }
        let mut stack = vec![(entry, entry.list("profiles").iter())];
        while let Some((top, rest)) = stack.last_mut() {
            let Some(name) = rest.next() else {
                seen.insert(&top.name, false);
                stack.pop();
                continue;
            };
            match (profiles.get(name), seen.get(name.as_ref())) {
                (Some(below), None) => {
                    seen.insert(name, true);
                    stack.push((below, below.list("profiles").iter()));
                }
                (Some(below), Some(true)) => {
                    let fault = Fault::warning(
                        "includes itself by way of its profiles; each is taken once",
                    );
                    let fault = fault.about(format!("profile {name}"));
                    findings
                        .faults
                        .push(fault.at(place(file, below, "profiles")));
                }
                _ => {}
            }
        }
    }
}

fn capped(mut faults: Vec<Fault>) -> Vec<Fault> {
    let more = faults.len().saturating_sub(FAULTS);
    if more > 0 {
        faults.truncate(FAULTS);
        faults.push(Fault::warning(format!("{more} more faults are not listed")));
    }
    faults
}
