//! Floor 7: the terminal console.
//!
//! Decisions are pure: [`app::App::update`] takes a message and returns effects, [`view::view`] draws the application into a
//! buffer. Only [`run()`] touches the terminal, the clock and the link. Order inside: screens and layers use widgets, widgets use
//! look; keys know no screen; screens never name one another.

pub mod ages;
pub mod app;
mod chrome;
pub mod column;
pub mod drafts;
pub mod filter;
mod form;
pub mod frame;
pub mod index;
pub mod keys;
mod layer;
pub mod look;
mod options;
pub mod prefs;
mod run;
pub mod screens;
pub mod syntax;
pub mod term;
pub mod view;
pub mod widgets;
pub mod writing;

pub use options::Options;
pub use run::{Exit, at_a_terminal, run};
