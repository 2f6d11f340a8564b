//! Tests of `console`.

mod changes;
mod filter;
mod forms;
mod keymap;
mod look;
mod news;
mod nodes;
mod pace;
mod pieces;
mod profiles;
mod pty;
mod replay;
mod screens;
mod shots;
mod story;
mod terminal;
pub mod world;
