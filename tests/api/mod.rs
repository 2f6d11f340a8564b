//! Tests of `api`.

mod noise;
