//! Tests of `boot`.
mod dhcp;
