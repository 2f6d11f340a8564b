//! What the boot servers share: the current view, the open boots, and the road for events to the engine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use super::archives::Archives;
use super::bell::Bell;
use super::clock::Clock;
use super::drift::Ledger;
use super::transfers::Transfers;
use crate::boot::open::{OpenBoot, OpenBoots};
use crate::fleet::{BootId, Event};
use crate::image::Catalog;
use crate::model::{NodeId, View};

/// The road for events from the servers to the engine: bounded, never waits. What does not fit is counted.
#[derive(Debug, Clone)]
pub struct Events {
    to: mpsc::Sender<Event>,
    lost: Arc<AtomicU64>,
}

impl Events {
    /// A road that holds `depth` events, and its far end.
    #[must_use]
    pub fn channel(depth: usize) -> (Self, mpsc::Receiver<Event>) {
        let (to, from) = mpsc::channel(depth);
        (
            Self {
                to,
                lost: Arc::default(),
            },
            from,
        )
    }

    /// Sends an event, or counts it as lost.
    pub fn send(&self, event: Event) {
        if self.to.try_send(event).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many events were lost since the last call.
    #[must_use]
    pub fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

/// What every boot server holds a handle of. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The registry in force; swapped whole on a commit.
    pub view: Arc<ArcSwap<View>>,
    /// The open boots. Locked for single look-ups and insertions only.
    pub boots: Arc<RwLock<OpenBoots>>,
    /// Events to the engine.
    pub events: Events,
    /// Transfers under way.
    pub transfers: Transfers,
    /// Overlay archives on demand.
    pub archives: Arc<Archives>,
    /// Where the agents of nodes hear of changes.
    pub bell: Arc<Bell>,
    /// What was given to whom, for whoever compares it later.
    pub ledger: Arc<Ledger>,
    /// The images there are; swapped whole when one is built.
    pub images: Arc<ArcSwap<Catalog>>,
    /// Time.
    pub clock: Clock,
}

impl Shared {
    /// Notes something about that boot of a node, if it still is the node's.
    pub(super) fn given(
        &self,
        (node, id): (NodeId, BootId),
        note: impl FnOnce(&OpenBoot, &Ledger),
    ) {
        let boots = self.boots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(boot) = boots.of_node(node).filter(|boot| boot.id == id) {
            note(boot, &self.ledger);
        }
    }
}

/// Waits until everything is to stop; a sender that is gone is a stop too.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}
