//! Floor 1: bytes to values and back, where the chosen libraries need a guard or lack something. Never panics on any input,
//! holds no policy, knows no node.

pub mod cpio;
pub mod dhcp;
pub mod gzip;
pub mod tftp;
