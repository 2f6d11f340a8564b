//! Conversations with the DHCP desk, on a fake clock.

mod bad_input;
mod conversations;
mod luck;
mod networks;
mod pool;
mod proxy;
mod router;
mod scale;
mod socket;
mod world;
