//! Tests of `wire`.

mod cpio;
