//! Tests of `model`.

mod fields;
mod noise;
mod query;
