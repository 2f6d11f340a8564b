//! Floor 5: the engine, single owner of the registry and the fleet. Inputs go in one at a time with the time they came at;
//! outputs come out. No socket, file, clock or thread lives here, so a day of ten thousand nodes runs in one test.

mod adopt;
mod arguments;
mod boots;
mod change;
mod command;
mod conflicts;
mod dangling;
mod detail;
mod differences;
mod drift;
mod drift_rows;
#[expect(
    clippy::module_inception,
    reason = "the folder is named after what it is about, the file after what it holds"
)]
mod engine;
mod faults;
mod files;
mod impact;
mod input;
mod journal;
mod merged;
mod overwritten;
mod prepare;
mod publish;
mod ran;
mod reached;
mod recall;
mod saving;
mod scripts;
mod served;
mod settings;
mod strangers;
mod timeline;
mod undo;
mod vars;
mod warewulf;

pub use drift::{Compare, Seen};
pub use engine::Engine;
pub use input::{ClientId, Input, Output, SaveError, Text, Ticket};
pub use journal::Revision;
