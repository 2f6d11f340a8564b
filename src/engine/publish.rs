//! Deltas for attached clients: what was touched since the last one, at most ten a second.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{Delta, EventRow, Traffic};
use crate::kit::Stamp;
use crate::model::NodeId;

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
    /// New events.
    events: Vec<EventRow>,
    skipped: u64,
    told: Stamp,
    traffic: Traffic,
}

impl Untold {
    /// Adds an event. Under a flood, old ones give way to new ones and are counted.
    pub fn event(&mut self, row: EventRow) {
        if self.events.len() == EVENTS_AT_ONCE {
            self.events.remove(0);
            self.skipped += 1;
        }
        self.events.push(row);
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
            events: std::mem::take(&mut untold.events),
            events_skipped: untold.skipped,
            traffic: (traffic != untold.traffic).then_some(traffic),
            ..Delta::default()
        };
        (untold, delta)
    }
}
