//! What keys do. One table of actions feeds routing, hints, help, palette and mouse targets. Nothing here knows a screen's
//! contents or the terminal.

mod action;
mod chord;
mod keymap;

pub use action::{ACTIONS, Act, Action, Context, Harm, When};
pub use chord::Chord;
pub use keymap::{Keymap, KeymapError};
