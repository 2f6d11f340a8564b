//! What a boot server answers to a request: the plan over what the servers share, and what it makes of the open boots.

use std::net::SocketAddr;
use std::sync::PoisonError;

use super::shared::Shared;
use crate::boot::http::{Mark, Outcome, Request, plan};
use crate::fleet::{BootId, Event, What, Who};
use crate::kit::Stamp;
use crate::model::{Level, NodeId, View};

/// Plans the answer, and notes it about the node's boot.
pub(super) fn outcome(shared: &Shared, view: &View, asked: &Request<'_>) -> Outcome {
    let now = shared.clock.now();
    let images = shared.images.load();
    let outcome = {
        let boots = shared.boots.read();
        let boots = boots.unwrap_or_else(PoisonError::into_inner);
        plan(view, &boots, &**images, asked, now)
    };
    if let (Some(mark), Who::Node(node)) = (outcome.mark, &outcome.who) {
        let boots = shared.boots.write();
        let mut boots = boots.unwrap_or_else(PoisonError::into_inner);
        match mark {
            Mark::KernelAsked => boots.kernel_asked(*node),
            Mark::Up => boots.up(*node, now),
            Mark::StillRuns => {
                if boots.twin(*node) {
                    let event = still_runs(*node, outcome.boot, asked.peer, now);
                    shared.events.send(event);
                }
            }
        }
    }
    outcome
}

/// The alarm that a node runs while a machine boots in its name.
fn still_runs(node: NodeId, boot: Option<BootId>, peer: SocketAddr, now: Stamp) -> Event {
    let text = format!(
        "its system still runs at {} (it fetched its runtime overlay), but a machine with its hardware address has begun to boot: \
         two machines with one address, or one that poses as this node",
        peer.ip().to_canonical()
    );
    let what = What::Service {
        name: "http".into(),
        level: Level::Warning,
        text: text.into(),
    };
    Event {
        at: now,
        who: Who::Node(node),
        boot,
        what,
    }
}
