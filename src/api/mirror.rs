//! A client's copy of what its lists show, kept current by deltas: `Mirror = Snapshot + Deltas`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::delta::Delta;
use super::row::{EventRow, NodeRow, ServiceRow, Traffic};
use crate::fleet::{Condition, Status, Stranger};
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
    /// Status of every node that was ever heard of, by number; the others are off.
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
    /// How often files of overlays were seen to change since the servers started: another number means that whatever was asked
    /// of overlays may have another answer now.
    #[serde(default)]
    pub overlays: u64,
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
    /// Per stage, index as in [`crate::fleet::STAGES`].
    pub stages: [u32; 8],
    /// Failed.
    pub failed: u32,
    /// Stalled.
    pub stalled: u32,
}

impl Tally {
    /// Counts a node in, or out again; one never heard of is off.
    fn count(&mut self, status: Option<&Status>, comes: bool) {
        let (stage, condition) = status.map_or_else(Default::default, |s| (s.stage, s.condition));
        let by = |number: &mut u32| {
            *number = if comes {
                number.saturating_add(1)
            } else {
                number.saturating_sub(1)
            };
        };
        by(&mut self.stages[stage.index()]);
        match condition {
            Condition::Failed => by(&mut self.failed),
            Condition::Stalled => by(&mut self.stalled),
            Condition::Fine => {}
        }
    }
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
        self.count();
    }

    fn apply(&mut self, delta: Delta) {
        self.head.now = delta.now;
        let relisted = delta.registry.is_some();
        if let Some(listing) = delta.registry {
            self.head.revision = listing.revision;
            self.head.cluster = listing.cluster.clone();
            listing.apply(&mut self.head.nodes);
            self.reindex();
        }
        for (id, status) in delta.status {
            if !relisted && self.index.contains_key(&id) {
                self.tally.count(self.status.get(id.0 as usize), false);
                self.tally.count(Some(&status), true);
            }
            self.set_status(id, status);
        }
        if relisted {
            self.count();
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
        if let Some(overlays) = delta.overlays {
            self.head.overlays = overlays;
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
            tally.count(self.status.get(row.id.0 as usize), true);
        }
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
