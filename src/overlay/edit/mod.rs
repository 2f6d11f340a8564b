//! Changing an overlay, as far as it can be decided: what steps make of the overlay as it stands, whether that may be, what it comes
//! to in words, and how it is taken back. Nothing here writes: a [`Plan`] says of every path what it is and what it is to be.

mod act;
mod behind;
mod draft;
mod ground;
mod merge;
mod piece;
mod plan;
mod reach;
mod rows;
mod step;
mod undo;

pub use behind::{RECORD, Shipped, moved_on};
pub use ground::{Ground, Powers};
pub use piece::{Piece, digest};
pub use plan::{Plan, Problem, Shift, Way, plan};
pub use reach::{Reach, reach};
pub use rows::Row;
pub use step::{Side, Step};
pub use undo::{Done, undo};
