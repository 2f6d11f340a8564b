//! What people type, and what becomes of it.

mod bad_input;
mod changing;
mod comparing;
mod facts;
mod flags;
mod secrets;
mod settings;
mod tables;
mod targets;
mod texts;
mod there_and_back;
mod world;
