//! What people type, and what becomes of it.

mod changing;
mod flags;
mod secrets;
mod tables;
mod targets;
mod texts;
mod world;
