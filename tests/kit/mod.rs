//! Tests of `kit`.

mod words;
