//! Floor 1: bytes to values and back, where the chosen libraries need a guard or lack something. Never panics on any input,
//! holds no policy, knows no node.

pub mod cpio;
#[cfg(feature = "server")]
pub mod dhcp;
pub mod gzip;
pub mod report;
#[cfg(feature = "server")]
pub mod tftp;
