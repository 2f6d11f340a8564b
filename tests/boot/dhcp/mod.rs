//! Conversations with the DHCP desk, on a fake clock.

mod bad_input;
mod bad_manners;
mod conversations;
mod infiniband;
mod luck;
mod networks;
mod noise;
mod options;
mod pool;
mod proxy;
mod router;
mod scale;
mod socket;
mod world;
