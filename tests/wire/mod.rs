//! Tests of `wire`.
mod dhcp;
