//! Tests of `engine`: commands, changes, and what clients are told, on a fake clock.

mod adopting;
mod anything;
mod changing;
mod clients;
pub mod desk;
mod settings;
mod telling;
