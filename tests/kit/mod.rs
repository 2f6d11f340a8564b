//! Tests of `kit`.

mod noise;
mod words;
mod zones;
