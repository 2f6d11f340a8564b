//! What agents of nodes say with their requests, taken in.

use std::net::{IpAddr, SocketAddr};

use hyper::header::HeaderName;

use super::answer::Desk;
use crate::boot::agent::{beacon, orders};
use crate::boot::poke::Ear;
use crate::fleet::{Beacon, BootId, Event, What, Who};
use crate::model::View;
use crate::wire::report::Report;

/// The header of the orders; hyper wants it in lower case and writes it as it is spelled.
pub(super) fn header() -> HeaderName {
    HeaderName::from_static("muster-agent")
}

impl Desk {
    /// Takes in what the agent of a node says, and gives what it is to do.
    pub(super) fn agent(
        &self,
        view: &View,
        (who, boot, peer): (&Who, Option<BootId>, IpAddr),
        report: &Report,
    ) -> Option<String> {
        let Who::Node(id) = who else { return None };
        let node = view.node(*id)?;
        let ear = report.ear.as_ref().map(|(port, token)| Ear {
            to: SocketAddr::new(peer, *port),
            token: token.as_str().into(),
        });
        self.shared.bell.lock().hears(*id, ear);
        let beacon = beacon(report);
        if self.worth(who, &beacon) {
            self.shared.events.send(Event {
                at: self.clock().now(),
                who: who.clone(),
                boot,
                what: What::Beacon {
                    beacon,
                    queued_ms: 0,
                },
            });
        }
        Some(orders(&view.settings, node).value())
    }

    /// Whether a beacon becomes an event: of the words of an agent that speaks without end only some do.
    pub(super) fn worth(&self, who: &Who, beacon: &Beacon) -> bool {
        match (who, beacon) {
            (Who::Node(id), Beacon::Refresh(_)) => {
                self.shared.bell.lock().speaks(*id, self.clock().now())
            }
            _ => true,
        }
    }
}
