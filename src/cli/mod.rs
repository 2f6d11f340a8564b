//! Floor 7: headless verbs. Arguments to commands, replies to text or JSON. The same commands that the console sends.

mod args;
mod change;
mod complete;
mod condition;
mod config;
mod desk;
mod diff;
pub mod entry;
mod failure;
mod files;
mod help;
mod history;
mod image;
mod log;
mod man;
mod meter;
mod node;
mod notes;
mod outcome;
mod paper;
mod person;
mod ssh;
mod status;
mod table;
mod targets;
mod verb;
mod watch;

pub use args::{Args, ColorDepth, ImageVerb, Verb};
pub use change::How;
pub use complete::{Quiet, answer};
pub use image::{describe, list_images};
pub use man::pages as man_pages;
pub use meter::Meter;
pub use paper::{Hue, Paper};
pub use person::{Person, Typist};
pub use verb::{Ask, run};
