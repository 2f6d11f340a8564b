//! Tests of `registry`.

mod adoption;
mod bad_input;
mod editing;
mod last_good;
mod merging;
mod settings;
mod types;
