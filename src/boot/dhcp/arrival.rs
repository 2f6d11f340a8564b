//! How a message came in, and what goes out.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use crate::fleet::{BootId, DhcpEvent, Event, What, Who};
use crate::kit::Stamp;
use crate::wire::dhcp::Ask;

/// Which of our sockets heard a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Door {
    /// The DHCP port (67).
    #[default]
    Server,
    /// The ProxyDHCP boot server port (4011).
    Proxy,
}

/// How a message came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Name of the interface.
    pub interface: Arc<str>,
    /// Its number.
    pub index: u32,
    /// Its own addresses.
    pub addresses: Arc<[Ipv4Addr]>,
    /// Every address of this machine.
    pub ours: Arc<[Ipv4Addr]>,
    /// Our address that the message came to, or that answers on this interface carry.
    pub local: Ipv4Addr,
    /// Who sent it.
    pub peer: SocketAddrV4,
    /// Through which socket.
    pub door: Door,
}

impl Arrival {
    /// Whether an address is this machine's.
    #[must_use]
    pub fn is_ours(&self, ip: Ipv4Addr) -> bool {
        ip == self.local || self.ours.contains(&ip) || self.addresses.contains(&ip)
    }

    /// The way of a message in words: the interface, or `relay 10.4.0.1`.
    #[must_use]
    pub fn via(&self, ask: &Ask) -> Arc<str> {
        if ask.giaddr.is_unspecified() {
            self.interface.clone()
        } else {
            format!("relay {}", ask.giaddr).into()
        }
    }
}

/// A message ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where to. `255.255.255.255` is sent on `interface` only.
    pub to: SocketAddrV4,
    /// Source address.
    pub from: Ipv4Addr,
    /// Number of the interface it must leave by; none = as routed.
    pub interface: Option<u32>,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The reply, if there is one.
    pub reply: Option<Outgoing>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Answer {
    pub(crate) fn tell(&mut self, at: Stamp, who: Who, boot: Option<BootId>, event: DhcpEvent) {
        self.events.push(Event {
            at,
            who,
            boot,
            what: What::Dhcp(event),
        });
    }
}
