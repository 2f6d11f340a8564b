//! Who plays, and how.

use std::net::Ipv4Addr;

use crate::kit::Mac;

/// What kind of firmware a node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// PXE: a loader by TFTP, then iPXE. The number is the client architecture of option 93.
    Pxe(u16),
    /// UEFI HTTP boot (architecture 16): the loader comes by HTTP.
    HttpBoot,
    /// A network card whose ROM is iPXE.
    IpxeRom,
}

/// How a node behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// It comes up.
    Healthy,
    /// It comes up, but takes its image at so many bytes a second.
    Slow(u64),
    /// It is switched off.
    Off,
    /// It asks for an address and takes no offer.
    NoRequest,
    /// It asks for an address and takes the offer of another DHCP server, the one at this address.
    TakesOther(Ipv4Addr),
    /// It gets its address and never asks for a loader.
    NoLoader,
    /// It stops reading in the middle of the image and holds the connection.
    Freezes,
    /// It breaks off in the middle of the image, again and again.
    Aborts,
    /// Its kernel starts and nothing more is heard.
    Silent,
    /// `/init` runs and never gets on.
    NeverUp,
    /// `/init` reports a failure.
    InitFails,
}

/// One simulated machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Its hardware address.
    pub mac: Mac,
    /// Its firmware.
    pub firmware: Firmware,
    /// How it behaves.
    pub behaviour: Behaviour,
}

impl Actor {
    /// Whether it will come up when everything is served.
    #[must_use]
    pub fn comes_up(&self) -> bool {
        matches!(self.behaviour, Behaviour::Healthy | Behaviour::Slow(_))
    }
}
