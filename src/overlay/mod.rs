//! Floor 2: overlay sources and templates to one node's archive. Files are read through a passed-in door that records every
//! path, so that the list of inputs can be checked again later; no clock, no socket.

mod archive;

pub use archive::{Archive, Context};
