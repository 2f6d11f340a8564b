//! Tests of `wire`.

mod cpio;
mod dhcp;
mod tftp;
