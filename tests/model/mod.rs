//! Tests of `model`.

mod fields;
mod keys;
mod noise;
mod query;
