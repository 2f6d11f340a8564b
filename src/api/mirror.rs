//! A client's copy of what its lists show, kept current by deltas: `Mirror = Snapshot + Deltas`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::row::{EventRow, NodeRow, ServiceRow, Traffic};
use crate::fleet::{Condition, STAGES, Status, Stranger};
use crate::kit::{Ring, Stamp};
use crate::model::{Fault, NodeId};

/// Everything a client needs to begin with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// The engine's time when this was made.
    pub now: Stamp,
    /// Registry revision.
    pub revision: u64,
    /// Cluster name.
    pub cluster: Arc<str>,
    /// Version of the engine's program.
    pub version: Arc<str>,
    /// Nodes in listing order.
    pub nodes: Vec<NodeRow>,
    /// Status of every node that has one, by number.
    pub status: Vec<(NodeId, Status)>,
    /// Machines not in the registry, newest first.
    pub strangers: Vec<Stranger>,
    /// Newest events, oldest first.
    pub events: Vec<EventRow>,
    /// Our services.
    pub services: Vec<ServiceRow>,
    /// Faults in force.
    pub faults: Vec<Fault>,
    /// Bytes on their way.
    pub traffic: Traffic,
    /// How many clients are attached.
    pub clients: u32,
}

/// What changed since the last one. Every member left out is unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Delta {
    /// The engine's time.
    pub now: Stamp,
    /// The new revision with all its nodes, when the registry changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<(u64, Vec<NodeRow>)>,
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
    /// Attached clients, when that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<u32>,
}

/// What a link delivers to its client.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A new beginning: after attaching, and after every reconnect.
    Snapshot(Box<Snapshot>),
    /// What changed.
    Delta(Box<Delta>),
    /// The engine cannot be reached; the sentence says why. The link keeps trying.
    Lost(Arc<str>),
}

/// The client's copy.
#[derive(Debug)]
pub struct Mirror {
    /// The last snapshot with all deltas applied; `events` and `status` live in the members below.
    pub head: Snapshot,
    /// Status by node number; nodes never heard of have the default.
    pub status: Vec<Status>,
    /// Index into `head.nodes` by node number.
    pub index: HashMap<NodeId, usize>,
    /// Newest events, oldest first.
    pub events: Ring<EventRow>,
    /// Nodes per stage, every known node counted once, and how many of them failed or stalled.
    pub tally: Tally,
    /// Counts up whenever anything changed.
    pub version: u64,
}

/// Nodes counted by stage and condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Per stage, index as in [`STAGES`].
    pub stages: [u32; 8],
    /// Failed.
    pub failed: u32,
    /// Stalled.
    pub stalled: u32,
}

/// How many events a client keeps.
const EVENTS_KEPT: usize = 10_000;

impl Default for Mirror {
    fn default() -> Self {
        Self {
            head: Snapshot::default(),
            status: Vec::new(),
            index: HashMap::new(),
            events: Ring::new(EVENTS_KEPT),
            tally: Tally::default(),
            version: 0,
        }
    }
}

impl Mirror {
    /// Takes in an update. `Lost` changes nothing.
    pub fn absorb(&mut self, update: Update) {
        match update {
            Update::Snapshot(snapshot) => self.begin(*snapshot),
            Update::Delta(delta) => self.apply(*delta),
            Update::Lost(_) => return,
        }
        self.count();
        self.version += 1;
    }

    fn begin(&mut self, mut snapshot: Snapshot) {
        self.events = Ring::new(EVENTS_KEPT);
        for event in snapshot.events.drain(..) {
            self.events.push(event);
        }
        self.status.clear();
        for (id, status) in snapshot.status.drain(..) {
            self.set_status(id, status);
        }
        self.head = snapshot;
        self.reindex();
    }

    fn apply(&mut self, delta: Delta) {
        self.head.now = delta.now;
        if let Some((revision, nodes)) = delta.registry {
            self.head.revision = revision;
            self.head.nodes = nodes;
            self.reindex();
        }
        for (id, status) in delta.status {
            self.set_status(id, status);
        }
        for event in delta.events {
            self.events.push(event);
        }
        if let Some(strangers) = delta.strangers {
            self.head.strangers = strangers;
        }
        if let Some(services) = delta.services {
            self.head.services = services;
        }
        if let Some(faults) = delta.faults {
            self.head.faults = faults;
        }
        if let Some(traffic) = delta.traffic {
            self.head.traffic = traffic;
        }
        if let Some(clients) = delta.clients {
            self.head.clients = clients;
        }
    }

    fn set_status(&mut self, id: NodeId, status: Status) {
        let at = id.0 as usize;
        if self.status.len() <= at {
            self.status.resize_with(at + 1, Status::default);
        }
        self.status[at] = status;
    }

    fn reindex(&mut self) {
        self.index = self
            .head
            .nodes
            .iter()
            .enumerate()
            .map(|(at, row)| (row.id, at))
            .collect();
    }

    fn count(&mut self) {
        let mut tally = Tally::default();
        for row in &self.head.nodes {
            let (stage, condition) = self
                .status
                .get(row.id.0 as usize)
                .map_or_else(Default::default, |s| (s.stage, s.condition));
            tally.stages[stage.index()] += 1;
            match condition {
                Condition::Failed => tally.failed += 1,
                Condition::Stalled => tally.stalled += 1,
                Condition::Fine => {}
            }
        }
        debug_assert_eq!(STAGES.len(), tally.stages.len());
        self.tally = tally;
    }

    /// A node's status.
    #[must_use]
    pub fn status_of(&self, id: NodeId) -> Option<&Status> {
        self.status.get(id.0 as usize)
    }

    /// A node's row.
    #[must_use]
    pub fn row(&self, id: NodeId) -> Option<&NodeRow> {
        self.index.get(&id).and_then(|at| self.head.nodes.get(*at))
    }
}
