//! Tests of `registry`.

mod adoption;
mod bad_files;
mod bad_input;
mod editing;
mod last_good;
mod merging;
mod noise;
mod random;
mod random_settings;
mod settings;
mod types;
mod upgrading;
