//! Floor 2: the desired state. YAML text to tables to a resolved view, and changes back to text. Text and time are arguments;
//! files are read and written by the daemon.
//!
//! The road of a text: `pieces` cuts it where the whole cannot be read, `tree` makes bounded trees with places of one entry at
//! a time, `schema` walks them through the field table, `entry` holds what one entry says, `layers` merges entries, `typed`
//! makes nodes of that, and [`Registry`] keeps what is in force.
//!
//! The way back: `edit` changes the lines of entries in place, a [`Draft`] reads back what that says and what would be in force,
//! and only its commit puts it there. [`upgrade`] makes whole files of Warewulf today's. `hunk` knows texts by what differs between them, so that every change can be undone.

mod adopt;
mod bonds;
mod clash;
mod conf;
mod conflict;
mod dead_ends;
mod difference;
mod document;
mod draft;
mod edit;
mod entry;
mod findings;
mod free;
mod given;
mod held;
mod hunk;
mod intern;
mod layers;
mod layout;
mod load;
mod networks;
mod pieces;
mod readback;
mod resolve;
mod rows;
mod schema;
mod settings;
mod steps;
mod tip;
mod tree;
mod typed;
pub mod upgrade;

pub use adopt::{Adoption, first_discoverable, free_names, next_ip, next_name};
pub use conflict::{Conflict, Said};
pub use difference::Difference;
pub use draft::Draft;
pub use hunk::{Hunk, apply, back, between, carried};
pub use load::{Loaded, Registry};
pub use rows::Standing;
pub use tip::Tip;
