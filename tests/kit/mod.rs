//! Tests of `kit`.

mod words;
mod zones;
