//! Edits of the texts of `nodes.conf` and `muster.conf` that leave every other byte as it is. `shape` finds things to the byte, `piece` edits the
//! lines of one entry, `desk` has all entries that a change is about before it, and `sew`
//! puts them back into the text; `whole` is a file that is one entry. Nothing
//! here says whether a change makes sense; that is for the registry, which reads back what was written.

mod contents;
mod desk;
mod flow;
mod insert;
pub(super) mod lines;
mod list;
mod meant;
mod objection;
mod order;
mod piece;
mod print;
mod sew;
mod shape;
mod upgrade;
mod way;
mod whole;

pub(super) use contents::{body, masked_lines};
pub(super) use desk::{Desk, Work};
pub(super) use meant::{Meant, masked};

pub(super) use sew::{Sewn, sew};
pub(super) use shape::Uneditable;
pub(super) use upgrade::{Changed, Renewed, Swaps, renewed};
pub(super) use whole::Whole;
