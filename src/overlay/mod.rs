//! Floor 2: overlay sources and templates to one node's archive. Files are read through a passed-in door that records every
//! path, so that the list of inputs can be checked again later; no clock, no socket.
//!
//! [`lay()`] is the whole road: [`Sources`] find each overlay of the node's list, templates are rendered with the [`scope`], and
//! the results are laid over one another into a [`Layout`], which [`Layout::pack`] turns into an [`Archive`].

mod archive;
mod base;
mod budget;
mod check;
mod complaint;
mod danger;
mod devices;
pub mod edit;
mod files;
mod found;
mod fuel;
mod functions;
pub mod go;
mod ground;
mod inspect;
mod lay;
mod layout;
mod listing;
mod members;
mod output;
mod pack;
mod page;
mod piece;
mod plates;
mod preview;
mod program;
mod ready;
mod rope;
pub mod scope;
mod shared;
mod shipped;
mod sources;
mod sprig;
mod storage;
mod template;
mod tree;
mod ww;
mod xattrs;

pub use archive::{Archive, Context};
pub use check::{check, is_template};
pub use files::{Files, Input, Kind, Meta, Recorded, Seen};
pub use found::{
    Found, Home, MOST_LISTED, found_at, order, proper, shipped_items, shipped_place, walk,
};
pub use functions::CALLS as FUNCTIONS;
pub use inspect::{Hit, Inspected, Inspection, inspect};
pub use lay::{lay, render};
pub use layout::{Body, Item, Layout};
pub use listing::{Brought, Entry, Listing, Sort};
pub use members::{BRIEF, MEMBERS};
pub use pack::MTIME;
pub use page::{Escape, Page};
pub use piece::Piece;
pub use preview::{Draft, Preview, preview};
pub use rope::Rope;
pub use shared::Sight;
pub use shipped::{has as is_shipped, names as shipped};
pub use sources::{FOREIGN, KEYS, Readable, Sources, valid as is_name};
pub use ww::{Var, function_names, vars};
pub use xattrs::{Xattrs, place as xattrs_place};
