//! Tests of `console`.
