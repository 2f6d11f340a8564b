//! Floor 7: simulated nodes that boot over real sockets: DHCP through a relay of our own, TFTP, HTTP, beacons, each node from
//! the address that it leased. Nothing here looks into a server: what a node knows, it was told on the wire.

mod actor;
mod boot;
mod demo;
mod dhcp;
mod dice;
mod http;
mod relay;
mod scratch;
mod stage;
mod tftp;

pub use actor::{Actor, Behaviour, Firmware};
pub use demo::{Demo, DemoError, Ports, demo};
pub use dice::Dice;
pub use scratch::Scratch;
pub use stage::{Encore, Outcome, Rehearsal, run};
