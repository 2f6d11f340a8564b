//! Floor 3: protocol decisions. A packet or request, a [`View`](crate::model::View), a time and this floor's own tables go in;
//! an answer and events come out. No socket, no file, no clock: the daemon's hands do what is decided here.

pub mod access;
pub mod agent;
pub mod beacon;
pub mod dhcp;
pub mod grub;
pub mod http;
pub mod ipxe;
pub mod leases;
pub mod load;
pub mod loaders;
pub mod networks;
pub mod open;
pub mod poke;
pub mod ra;
pub mod status;
pub mod tftp;
