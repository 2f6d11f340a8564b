//! Tests of `boot`.
