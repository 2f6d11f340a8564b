//! Tests of `wire`.

mod tftp;
