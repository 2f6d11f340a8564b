//! Tests of `boot`.

mod bind;
mod loaders;
mod tftp;
mod tftp_lossy;
mod tftp_serve;
mod dhcp;
mod access;
mod beacon;
mod http;
mod http_served;
mod http_server;
mod http_world;
mod ipxe;
