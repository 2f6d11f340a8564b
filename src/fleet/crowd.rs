//! Machines that ask and are not in the registry: a bounded list that a flood of invented addresses cannot wash out.

use std::collections::HashMap;
use std::time::Duration;

use super::event::{DhcpStep, Event, Form, Step, What};
use super::status::Stranger;
use crate::kit::{Mac, Stamp};

/// How many strangers are kept.
pub const CROWD: usize = 512;
/// One that asked again later than this after its first time is taken for a real machine.
const SETTLED: Duration = Duration::from_secs(1);
/// A real machine that has been silent for this long may be forgotten for a new one.
const GONE: Duration = Duration::from_secs(600);

/// The strangers.
#[derive(Debug, Default)]
pub struct Crowd {
    by_mac: HashMap<Mac, Stranger>,
}

impl Crowd {
    /// Takes in an event of a stranger. True if the list changed.
    pub fn absorb(&mut self, mac: Mac, event: &Event) -> bool {
        if !boots(event) {
            return false;
        }
        let now = event.at;
        if !self.by_mac.contains_key(&mac) {
            if self.by_mac.len() >= CROWD && !self.make_room(now) {
                return false;
            }
            self.by_mac.insert(mac, stranger(mac, now));
        }
        let Some(stranger) = self.by_mac.get_mut(&mac) else {
            return false;
        };
        stranger.last = stranger.last.max(now);
        match &event.what {
            What::Dhcp(dhcp) => {
                stranger.asks = stranger
                    .asks
                    .saturating_add(u32::from(dhcp.step == DhcpStep::Discover));
                stranger.arch = dhcp.arch.or(stranger.arch);
                if dhcp.uuid.is_some() {
                    stranger.uuid.clone_from(&dhcp.uuid);
                }
                if matches!(dhcp.step, DhcpStep::Offer | DhcpStep::Ack) {
                    stranger.ip = dhcp.ip.or(stranger.ip);
                }
                stranger.via = dhcp.via.clone();
            }
            What::Transfer(transfer) => {
                let asked = matches!(transfer.step, Step::Started { .. } | Step::Refused { .. });
                stranger.asks = stranger.asks.saturating_add(u32::from(asked));
                if stranger.via.is_empty() {
                    stranger.via = transfer.peer.to_string().into();
                }
            }
            _ => {}
        }
        true
    }

    /// Forgets those that `known` says are nodes now. True if the list changed.
    pub fn forget(&mut self, known: impl Fn(&Mac) -> bool) -> bool {
        let before = self.by_mac.len();
        self.by_mac.retain(|mac, _| !known(mac));
        before != self.by_mac.len()
    }

    /// Newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Stranger> {
        let mut all: Vec<Stranger> = self.by_mac.values().cloned().collect();
        all.sort_by(|a, b| b.first.cmp(&a.first).then(a.mac.cmp(&b.mac)));
        all
    }

    /// Lets go of the one least likely to be a machine: of those heard only for a moment the one silent longest, else a real
    /// one that has gone.
    fn make_room(&mut self, now: Stamp) -> bool {
        let victim = self
            .by_mac
            .values()
            .filter(|one| !settled(one) || now.since(one.last) > GONE)
            .min_by_key(|one| (settled(one), one.last, one.mac))
            .map(|one| one.mac);
        victim.is_some_and(|mac| self.by_mac.remove(&mac).is_some())
    }
}

fn settled(one: &Stranger) -> bool {
    one.asks >= 2 && one.last.since(one.first) >= SETTLED
}

fn stranger(mac: Mac, now: Stamp) -> Stranger {
    Stranger {
        mac,
        arch: None,
        uuid: None,
        via: "".into(),
        ip: None,
        first: now,
        last: now,
        asks: 0,
        proposed: None,
    }
}

/// Whether an event is of a machine that wants to boot. A laptop that asks for an address is none.
fn boots(event: &Event) -> bool {
    match &event.what {
        What::Dhcp(dhcp) => dhcp.form != Form::Os,
        What::Transfer(_) => true,
        _ => false,
    }
}
