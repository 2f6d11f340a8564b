//! Tests of `wire`.

mod cpio;
mod dhcp;
mod gzip;
mod noise;
mod tftp;
