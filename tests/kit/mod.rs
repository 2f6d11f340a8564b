//! Tests of `kit`.

mod diffs;
mod noise;
mod words;
mod zones;
