//! Tests of `boot`.

mod access;
mod beacon;
mod http;
mod http_served;
mod http_server;
mod http_world;
mod ipxe;
