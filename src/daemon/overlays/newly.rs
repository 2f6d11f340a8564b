//! What a change of an overlay would make fail: looked at with the nodes that get it, before it is made.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Overlays;
use crate::daemon::files::Disk;
use crate::kit::{hostlist, units};
use crate::model::{Fault, Level, Node, View};
use crate::overlay::edit::{Plan, Reach, Row, reach};
use crate::overlay::{Draft, Hit, Inspected, Inspection, inspect};

/// How long whoever saves waits for that: what is not looked at by then is told.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Newly {
    /// What would fail and does not now.
    pub(super) failing: Vec<Fault>,
    /// That not all nodes were looked at.
    pub(super) unseen: Option<Fault>,
}

/// Renders the overlay `name` with the plan for the nodes that get it.
pub(super) fn newly(overlays: &Overlays, view: &View, name: &Arc<str>, plan: &Plan) -> Newly {
    let drafts: Vec<Draft> = plan.rows.iter().filter_map(draft).collect();
    let nodes = first_of_each_kind(reach(view, name));
    if drafts.is_empty() || nodes.is_empty() {
        return Newly::default();
    }
    let drafts = Some((&**name, drafts.as_slice()));
    let after = look(overlays, view, (name, &nodes), drafts);
    let unseen = (after.nodes < nodes.len()).then(|| {
        let (seen, all) = (units::count(after.nodes), units::count(nodes.len()));
        let what = format!(
            "only {seen} of {all} nodes were looked at in {} s",
            PATIENCE.as_secs()
        );
        Fault::warning(what).hint(format!(
            "`muster overlay check {name}` looks at all of them"
        ))
    });
    let errors: Vec<Hit> = after
        .hits
        .into_iter()
        .filter(|hit| hit.fault.level == Level::Error)
        .collect();
    if errors.is_empty() {
        return Newly {
            failing: Vec::new(),
            unseen,
        };
    }
    let who: BTreeSet<&str> = errors
        .iter()
        .flat_map(|hit| &hit.nodes)
        .map(AsRef::as_ref)
        .collect();
    let failing: Vec<Arc<Node>> = nodes
        .into_iter()
        .filter(|node| who.contains(&*node.name))
        .collect();
    let before = look(overlays, view, (name, &failing), None);
    // Lines move with every edit above them.
    let known = |hit: &Hit| {
        before
            .hits
            .iter()
            .any(|old| old.fault.identity() == hit.fault.identity())
    };
    let new = errors.iter().filter(|hit| !known(hit));
    Newly {
        failing: new.map(told).collect(),
        unseen,
    }
}

/// The fault with the nodes that would have it.
fn told(hit: &Hit) -> Fault {
    let names: Vec<&str> = hit.nodes.iter().map(AsRef::as_ref).collect();
    let word = if names.len() == 1 { "node" } else { "nodes" };
    let whom = format!("{word} {}", hostlist::compress(&names));
    hit.fault.clone().about(whom)
}

fn look(
    overlays: &Overlays,
    view: &View,
    (name, nodes): (&Arc<str>, &[Arc<Node>]),
    drafts: Option<(&str, &[Draft])>,
) -> Inspected {
    let stop = AtomicBool::new(false);
    let wanted = Inspection {
        nodes,
        overlays: Some(std::slice::from_ref(name)),
        drafts,
    };
    let (done, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            // It ends when the other end is dropped, or in time.
            if wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                stop.store(true, Ordering::Relaxed);
            }
        });
        let found = inspect(view, &wanted, overlays.archives.sources(), &Disk, stop);
        drop(done);
        found
    })
}

/// A row as a file that is not saved yet. What else changes, as owners, cannot fail.
fn draft(row: &Row) -> Option<Draft> {
    let (before, after) = (row.before_data(), row.after_data());
    if before == after {
        return None;
    }
    Some(Draft {
        path: row.path.clone(),
        text: after.cloned(),
    })
}

/// Every node once; those that are the first of their list of profiles before the others, for the case that there is no time for all.
fn first_of_each_kind(reach: Reach) -> Vec<Arc<Node>> {
    let mut seen = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    let all = reach.system.into_iter().chain(reach.runtime);
    let once = all.filter(|node| seen.insert(node.id));
    let (mut first, others): (Vec<_>, Vec<_>) =
        once.partition(|node| kinds.insert(node.profiles.clone()));
    first.extend(others);
    first
}
