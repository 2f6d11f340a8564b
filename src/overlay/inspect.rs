//! Every template for every node, before a node asks: what would be wrong, and for whom.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::archive::Context;
use super::files::Files;
use super::lay;
use super::preview::{Draft, preview, with};
use super::ready::Ready;
use super::sources::Sources;
use crate::model::{Fault, Level, Node, Spot, View};

/// Different faults that are told; one that quotes a value of each node is not 10,000 lines.
const MOST: usize = 200;

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// For these nodes.
    pub nodes: &'a [Arc<Node>],
    /// Only these overlays: the nodes' lists that hold one of them, and, for a node that lists one nowhere, that one alone. None =
    /// everything that the nodes list.
    pub overlays: Option<&'a [Arc<str>]>,
    /// Files of one overlay as they are not saved yet.
    pub drafts: Option<(&'a str, &'a [Draft])>,
}

/// A fault, and the nodes that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What is wrong; it is about nobody in particular.
    pub fault: Fault,
    /// Nodes that have it, in order of the inspection; at least one.
    pub nodes: Vec<Arc<str>>,
}

/// What an inspection found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Errors before warnings, each by place. At most 200.
    pub hits: Vec<Hit>,
    /// Faults that were found and are not among `hits`, because those are enough.
    pub more: usize,
    /// Nodes that were looked at: all of them, unless it was stopped.
    pub nodes: usize,
    /// Nodes among them that have an error.
    pub failing: usize,
    /// Templates of the overlays that were looked at, each counted once.
    pub templates: usize,
}

/// Looks at every node with all processors, until all is done or `stop` is set; then the result tells of what was looked at so
/// far. Nothing is packed, nothing is kept, and nothing that a node is served changes.
#[must_use]
pub fn inspect(
    view: &View,
    wanted: &Inspection<'_>,
    sources: &Sources,
    files: &(dyn Files + Sync),
    stop: &AtomicBool,
) -> Inspected {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Found::default());
    let hands = thread::available_parallelism().map_or(1, usize::from);
    let drafted = wanted.drafts.and_then(|(name, drafts)| {
        let ready = sources.find(&name.into(), files, &mut Vec::new())?;
        Some(with(ready, drafts))
    });
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(node) = wanted.nodes.get(at) else {
                break;
            };
            let faults = one(view, node, wanted, sources, files, drafted.as_ref());
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.add(at, faults);
        }
    };
    thread::scope(|scope| {
        for _ in 1..hands.min(wanted.nodes.len()) {
            scope.spawn(work);
        }
        work();
    });
    sources.rest();
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut told = found.told(wanted.nodes);
    told.templates = templates(wanted, told.nodes, sources, files);
    told
}

/// How many templates there are to the overlays that were looked at.
fn templates(wanted: &Inspection<'_>, nodes: usize, sources: &Sources, files: &dyn Files) -> usize {
    let lists = wanted.nodes.iter().take(nodes);
    let listed: BTreeSet<&Arc<str>> = match wanted.overlays {
        _ if nodes == 0 => BTreeSet::new(),
        Some(only) => only.iter().collect(),
        None => lists
            .flat_map(|node| node.system_overlay.iter().chain(&node.runtime_overlay))
            .collect(),
    };
    let mut none = Vec::new();
    let meant: BTreeSet<Arc<str>> = listed
        .into_iter()
        .flat_map(|name| sources.meant(name, files, &mut none))
        .collect();
    let trees = meant
        .iter()
        .filter_map(|name| sources.find(name, files, &mut Vec::new()));
    trees.map(|ready| ready.tree.templates.len()).sum()
}

/// Everything that is wrong for one node.
fn one(
    view: &View,
    node: &Node,
    wanted: &Inspection<'_>,
    sources: &Sources,
    files: &dyn Files,
    drafted: Option<&Arc<Ready>>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lists = [
        (Context::System, &node.system_overlay),
        (Context::Runtime, &node.runtime_overlay),
    ];
    for (context, list) in lists {
        let meant = |overlays: &[Arc<str>]| overlays.iter().any(|one| list.contains(one));
        if wanted.overlays.is_none_or(meant) {
            let laid = lay::lay_with(view, node, context, sources, files, drafted);
            faults.extend(laid.map_or_else(|faults| faults, |layout| layout.faults));
        }
    }
    for name in wanted.overlays.unwrap_or_default() {
        if lists.iter().any(|(_, list)| list.contains(name)) {
            continue;
        }
        let drafts = wanted.drafts.filter(|(overlay, _)| *overlay == &**name);
        let drafts = drafts.map_or(&[][..], |(_, drafts)| drafts);
        faults.extend(preview(view, node, sources, files, name, None, drafts).faults);
    }
    faults
}

/// What makes two faults the same one.
type Identity = (Level, Option<Spot>, String, Option<String>);

#[derive(Default)]
struct Found {
    hits: HashMap<Identity, Vec<usize>>,
    more: usize,
    nodes: usize,
    failing: usize,
}

impl Found {
    fn add(&mut self, node: usize, faults: Vec<Fault>) {
        self.nodes += 1;
        self.failing += usize::from(faults.iter().any(|fault| fault.level == Level::Error));
        for fault in faults {
            let identity = (fault.level, fault.spot, fault.what, fault.hint);
            let known = self.hits.contains_key(&identity);
            if !known && self.hits.len() >= MOST {
                self.more += 1;
                continue;
            }
            let nodes = self.hits.entry(identity).or_default();
            if nodes.last() != Some(&node) {
                nodes.push(node);
            }
        }
    }

    fn told(self, nodes: &[Arc<Node>]) -> Inspected {
        let mut hits: Vec<Hit> = Vec::new();
        for ((level, spot, what, hint), mut at) in self.hits {
            at.sort_unstable();
            let names = at.iter().filter_map(|at| nodes.get(*at));
            hits.push(Hit {
                fault: Fault {
                    level,
                    spot,
                    about: None,
                    what,
                    hint,
                },
                nodes: names.map(|node| node.name.clone()).collect(),
            });
        }
        let order = |hit: &Hit| {
            let fault = &hit.fault;
            let first = hit.nodes.first().cloned();
            (
                std::cmp::Reverse(fault.level),
                fault.spot.clone(),
                fault.what.clone(),
                first,
            )
        };
        hits.sort_by_cached_key(order);
        Inspected {
            hits,
            more: self.more,
            nodes: self.nodes,
            failing: self.failing,
            templates: 0,
        }
    }
}
