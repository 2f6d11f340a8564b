//! What changed: of everything since the last delta, and of the list of nodes since the last revision.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::row::{EventRow, NodeRow, ServiceRow, Traffic};
use crate::fleet::{Status, Stranger};
use crate::kit::Stamp;
use crate::model::{Fault, NodeId};

/// What changed since the last one. Every member left out is unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Delta {
    /// The engine's time.
    pub now: Stamp,
    /// What the new revision changed, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Listing>,
    /// Statuses that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<(NodeId, Status)>,
    /// All strangers, when that list changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strangers: Option<Vec<Stranger>>,
    /// New events, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventRow>,
    /// New events that were left out because there were too many.
    #[serde(default)]
    pub events_skipped: u64,
    /// All services, when one changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<ServiceRow>>,
    /// All faults, when they changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<Fault>>,
    /// Traffic, when it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// [`Snapshot::overlays`](super::Snapshot::overlays), when that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlays: Option<u64>,
    /// Attached clients, when that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
}

/// How the list of nodes became that of another revision.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// The new revision.
    pub revision: u64,
    /// Cluster name.
    pub cluster: Arc<str>,
    /// Nodes that are no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<NodeId>,
    /// Nodes that are new, changed or moved, each with its place in the new list, in the order of the places. All others follow
    /// each other as before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<(u32, NodeRow)>,
}

impl Listing {
    /// The way from one list of nodes to another. `old` and `new` are the ids in listing order; `row` gives the row of a node that
    /// may have changed, by its place in the new list, or none if it has not.
    #[must_use]
    pub fn between(
        old: &[NodeId],
        new: &[NodeId],
        mut row: impl FnMut(usize, bool) -> Option<NodeRow>,
    ) -> (Vec<NodeId>, Vec<(u32, NodeRow)>) {
        let places: HashMap<NodeId, usize> =
            old.iter().zip(0..).map(|(id, at)| (*id, at)).collect();
        let still: HashSet<NodeId> = new.iter().copied().collect();
        let gone = old
            .iter()
            .filter(|id| !still.contains(id))
            .copied()
            .collect();
        let mut rows = Vec::new();
        // The furthest old place of a node that stays where it is; one that was before it has moved.
        let mut reached = None;
        for (at, id) in new.iter().enumerate() {
            let before = places.get(id).copied();
            let in_order = before.is_some() && before > reached;
            match row(at, !in_order) {
                Some(row) => rows.push((u32::try_from(at).unwrap_or(u32::MAX), row)),
                None => reached = before,
            }
        }
        (gone, rows)
    }

    /// Applies it to the list that it was made from.
    pub fn apply(self, nodes: &mut Vec<NodeRow>) {
        let out: HashSet<NodeId> = self
            .gone
            .into_iter()
            .chain(self.rows.iter().map(|(_, row)| row.id))
            .collect();
        let mut kept = std::mem::take(nodes)
            .into_iter()
            .filter(|row| !out.contains(&row.id));
        for (at, row) in self.rows {
            let missing = (at as usize).saturating_sub(nodes.len());
            nodes.extend(kept.by_ref().take(missing));
            nodes.push(row);
        }
        nodes.extend(kept);
    }
}
