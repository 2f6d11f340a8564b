//! Tests of `engine`: commands, changes, and what clients are told, on a fake clock.

mod adopting;
mod anything;
mod changing;
mod clients;
mod conflicts;
mod dangling;
pub mod desk;
mod drifting;
mod overwritten;
mod settings;
mod telling;
mod together;
