//! Simulated machines against small servers of the test's own: what they say on the wire, and what comes of it.

mod demo;
mod server;
mod story;
