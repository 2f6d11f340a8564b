//! Tests of `boot`.

mod bind;
mod loaders;
mod tftp;
mod tftp_lossy;
mod tftp_serve;
mod dhcp;
