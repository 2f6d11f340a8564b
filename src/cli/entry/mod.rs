//! Verbs about nodes and profiles: their flags from the field table, their edits, their lists, and their texts. No verb here writes a
//! file of the registry; each asks the engine for one change.

mod act;
mod columns;
mod compare;
mod csv;
mod edits;
mod export;
mod flags;
mod import;
mod list;
mod series;
mod sheet;
mod tree;
mod typed;
mod verb;
mod whom;
mod wish;
mod yaml;

pub use act::run;
pub use columns::to_edits;
pub use csv::{Cell, cells, rows, text};
pub use edits::{Target, edits};
pub use flags::{SCOPES, several};
pub use sheet::{NOTE, kept, newest, noted, without_notes};
pub use typed::{Pair, Typed, typed};
pub use verb::{Act, Columns, EntryVerb, Form, NodeVerb, ProfileVerb, Whom};
pub use wish::{Slot, Wish, Wishes};
pub use yaml::tree_in;
