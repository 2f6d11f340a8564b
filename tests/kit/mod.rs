//! Tests of `kit`.

mod diffs;
mod merges;
mod noise;
mod words;
mod zones;
