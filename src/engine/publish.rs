//! Deltas for attached clients: what was touched since the last one, at most ten a second.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::detail::row;
use super::engine::Engine;
use super::input::Output;
use crate::api::{Delta, EventRow, Listing, Traffic};
use crate::kit::Stamp;
use crate::model::{NodeId, View};

/// Time between two deltas.
const SPACING: Duration = Duration::from_millis(100);

/// Most events in one delta; clients ask for the rest when they scroll there.
const EVENTS_AT_ONCE: usize = 200;

/// What clients have not been told yet.
#[derive(Debug, Default)]
pub struct Untold {
    /// Nodes whose status changed.
    pub nodes: BTreeSet<NodeId>,
    /// The registry changed.
    pub registry: bool,
    /// The list of strangers changed.
    pub strangers: bool,
    /// Services changed.
    pub services: bool,
    /// Faults changed.
    pub faults: bool,
    /// Attached clients changed.
    pub clients: bool,
    /// Files of overlays changed.
    pub overlays: bool,
    /// New events.
    events: VecDeque<EventRow>,
    skipped: u64,
    told: Stamp,
    traffic: Traffic,
}

impl Untold {
    /// Adds an event. Under a flood, old ones give way to new ones and are counted.
    pub fn event(&mut self, row: EventRow) {
        if self.events.len() == EVENTS_AT_ONCE {
            self.events.pop_front();
            self.skipped += 1;
        }
        self.events.push_back(row);
    }

    /// Whether there is anything to tell.
    #[must_use]
    pub fn any(&self, traffic: Traffic) -> bool {
        !self.nodes.is_empty()
            || self.registry
            || self.strangers
            || self.services
            || self.faults
            || self.clients
            || self.overlays
            || !self.events.is_empty()
            || traffic != self.traffic
    }

    /// When the next delta may go.
    #[must_use]
    pub fn due(&self) -> Stamp {
        self.told + SPACING
    }

    /// Forgets everything: nobody is attached.
    pub fn clear(&mut self) {
        *self = Self {
            told: self.told,
            traffic: self.traffic,
            ..Self::default()
        };
    }

    /// Somebody was told of this traffic by a snapshot, and everybody else just before.
    pub fn told_traffic(&mut self, traffic: Traffic) {
        self.traffic = traffic;
    }

    /// Begins a delta with the events and the traffic; the engine fills in the rest.
    pub fn take(&mut self, now: Stamp, traffic: Traffic) -> (Self, Delta) {
        let fresh = Self {
            told: now,
            traffic,
            ..Self::default()
        };
        let mut untold = std::mem::replace(self, fresh);
        let delta = Delta {
            now,
            events: std::mem::take(&mut untold.events).into(),
            events_skipped: untold.skipped,
            traffic: (traffic != untold.traffic).then_some(traffic),
            ..Delta::default()
        };
        (untold, delta)
    }
}

impl Engine {
    /// Tells all clients what they have not been told.
    pub(super) fn publish(&mut self, now: Stamp, out: &mut Vec<Output>) {
        let traffic = self.fleet.traffic();
        if self.clients.is_empty() || !self.untold.any(traffic) {
            return;
        }
        let (untold, mut delta) = self.untold.take(now, traffic);
        if untold.registry {
            let told = self.told.replace(self.view.clone());
            delta.registry = told.map(|told| self.listing(&told));
        }
        delta.status = untold
            .nodes
            .iter()
            .map(|id| (*id, self.fleet.status(*id).clone()))
            .collect();
        delta.strangers = untold.strangers.then(|| self.strangers());
        delta.services = untold
            .services
            .then(|| self.services.values().cloned().collect());
        delta.faults = untold.faults.then(|| self.known_faults.clone());
        delta.overlays = untold.overlays.then_some(self.overlay_changes);
        delta.clients = untold
            .clients
            .then(|| u32::try_from(self.clients.len()).unwrap_or(u32::MAX));
        out.push(Output::Publish(Arc::new(delta)));
    }

    /// How the list of nodes has changed since `old`. A node that is the same in memory is not looked into.
    fn listing(&self, old: &View) -> Listing {
        let new = &*self.view;
        let ids = |view: &View| view.nodes.iter().map(|node| node.id).collect::<Vec<_>>();
        let same_networks = old.settings.networks == new.settings.networks;
        let (gone, rows) = Listing::between(&ids(old), &ids(new), |at, anyway| {
            let node = &new.nodes[at];
            let before = old.node(node.id).filter(|_| !anyway);
            if same_networks && before.is_some_and(|before| Arc::ptr_eq(before, node)) {
                return None;
            }
            let after = row(node, &new.settings);
            let unchanged = before.is_some_and(|before| row(before, &old.settings) == after);
            (!unchanged).then_some(after)
        });
        Listing {
            revision: new.revision,
            cluster: new.settings.cluster.clone(),
            gone,
            rows,
        }
    }
}
