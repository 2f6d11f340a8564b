//! Floor 7: headless verbs. Arguments to commands, replies to text or JSON. The same commands that the console sends.

mod args;
mod image;
mod meter;
mod print;
mod status;
mod verb;

pub use args::{Args, ColorDepth, ImageVerb, NodeVerb, Verb};
pub use image::{describe, list_images};
pub use meter::Meter;

pub use verb::{Ask, run};
