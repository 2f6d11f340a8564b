//! Tests of `rehearse`.
