//! Pieces that several screens draw with. They know frames and roles, no screen and no engine.

mod area;
mod bar;
pub mod editor;
mod input;
mod list;
mod spark;
pub mod trail;

pub use area::Area;
pub use bar::{progress, shares};
pub use input::Input;
pub use list::{List, window};
pub use spark::spark;
