//! Floor 7: headless verbs. Arguments to commands, replies to text or JSON. The same commands that the console sends.

mod args;
mod failure;
mod files;
mod history;
mod image;
mod meter;
mod node;
mod paper;
mod status;
mod table;
mod targets;
mod verb;
mod watch;

pub use args::{Args, ColorDepth, ImageVerb, NodeVerb, Verb};
pub use image::{describe, list_images};
pub use meter::Meter;
pub use paper::{Hue, Paper};

pub use verb::{Ask, run};
