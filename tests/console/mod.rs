//! Tests of `console`.

mod answers;
mod changes;
mod copies;
mod drafts;
mod drift;
mod editor;
mod filter;
mod forms;
mod keymap;
mod look;
mod news;
mod nodes;
mod overlays;
mod pace;
mod pieces;
mod profiles;
mod prose;
mod pty;
mod replay;
mod screens;
mod sections;
mod settings;
mod shots;
mod story;
mod terminal;
pub mod world;
mod writing;
