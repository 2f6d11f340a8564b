//! What is being edited, before any of it is sent: which entries, which field, what was typed, and what that would change.
//! Knows the field table and no frame: how it looks is the layers' matter.

mod branch;
mod command;
mod effective;
mod field;
mod items;
mod known;
mod meaning;
mod meanwhile;
mod names;
mod proposal;
mod prose;
mod section;
mod stand;
mod subject;

pub use branch::{Branch, named, places};
pub use command::{command, commanded};
pub use effective::Effective;
pub use field::Form;
pub use items::Row;
pub use known::{Known, keys, primary, section};
pub use meaning::{Meant, Told};
pub use names::{Names, Task};
pub use proposal::{Guard, Proposal, What};
pub use prose::Prose;
pub use section::{Section, Slot};
pub use stand::Stand;
pub use subject::Subject;
