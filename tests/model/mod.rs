//! Tests of `model`.

mod fields;
mod query;
