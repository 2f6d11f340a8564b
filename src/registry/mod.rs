//! Floor 2: the desired state. YAML text to tables to a resolved view, and changes back to text. Text and time are arguments;
//! files are read and written by the daemon.
//!
//! The road of a text: `pieces` cuts it where the whole cannot be read, `tree` makes bounded trees with places of one entry at
//! a time, `schema` walks them through the field table, `entry` holds what one entry says, `layers` merges entries, `typed`
//! makes nodes of that, and [`Registry`] keeps what is in force.

mod adopt;
mod clash;
mod dead_ends;
mod document;
mod entry;
mod findings;
mod free;
mod given;
mod intern;
mod layers;
mod lines;
mod load;
mod networks;
mod pieces;
mod schema;
mod settings;
mod steps;
mod tree;
mod typed;

pub use adopt::{Adoption, adopt, first_discoverable, free_names, next_ip, next_name};
pub use load::{Loaded, Registry};
