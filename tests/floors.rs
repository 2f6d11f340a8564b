//! The rules of the house, read from the source text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
