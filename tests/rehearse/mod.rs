//! Simulated machines: against small servers of the test's own (what they say on the wire, and what comes of it), and against
//! the real ones (what muster makes of it).

mod demo;
mod server;
mod story;
mod whole;
