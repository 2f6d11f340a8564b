//! Tests of `boot`.

mod access;
mod agent;
mod beacon;
mod bind;
mod dhcp;
mod grub;
mod hostile;
mod http;
mod http_served;
mod http_server;
mod http_world;
mod ipxe;
mod loaders;
mod loads;
mod networks;
mod noise;
mod open;
mod poke;
mod posing;
mod site_scripts;
mod tftp;
mod tftp_lines;
mod tftp_lossy;
mod tftp_parts;
mod tftp_serve;
