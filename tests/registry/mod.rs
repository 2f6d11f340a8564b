//! Tests of `registry`.

mod adoption;
mod bad_files;
mod bad_input;
mod editing;
mod last_good;
mod merging;
mod random;
mod noise;
mod settings;
mod types;
