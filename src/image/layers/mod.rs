//! Layers of a container image laid over one another, in memory: what is where in the end, and of which bytes. No disk is touched,
//! so no link of a hostile layer can lead a write anywhere: the caller keeps contents by number, and makes the tree when all
//! layers are in.
//!
//! Rules: the OCI Image Layer Filesystem Changeset specification, sections "Change Types", "Representing Changes" and "Whiteouts".

mod entry;
mod path;
mod tree;

pub use entry::{Body, Entry, Inode};
pub use path::MOST_LINKS;
pub use tree::{LIMITS, Limits, Tree};
