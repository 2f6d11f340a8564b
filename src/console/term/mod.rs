//! The terminal: entering and leaving it, what it says, what it is shown. Only the loop in `run.rs` comes here; nothing here
//! knows a screen, a node or a key binding.

pub mod clipboard;
pub(super) mod editor;
pub(super) mod files;
mod guard;
mod input;
mod keyboard;
mod output;
pub mod pace;
mod signals;

pub use guard::Guard;
pub(super) use guard::{alive, give_back, taken};
pub use input::{Heard, Reader};
pub use keyboard::Keyboard;
pub use output::Screen;
pub(super) use signals::deafen;
pub use signals::{Sign, listen};
