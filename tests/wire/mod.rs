//! Tests of `wire`.

mod tftp;
mod dhcp;
mod cpio;
