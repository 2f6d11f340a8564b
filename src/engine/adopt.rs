//! Machines that become nodes by themselves.

use std::time::Duration;

use super::change::{Change, Wish};
use super::engine::Engine;
use super::input::Output;
use crate::kit::{Mac, Stamp};
use crate::registry;

/// How long machines wait to be discovered after one could not be: trying in vain is dear with a big registry.
const PAUSE: Duration = Duration::from_secs(30);

impl Engine {
    /// A stranger asked for its script: if a node waits for the next unknown machine, this is it.
    pub(super) fn discovered(&mut self, mac: Mac, now: Stamp, out: &mut Vec<Output>) {
        let wished = |wish: &Wish| matches!(wish, Wish::Discover { mac: other } if *other == mac);
        let known = self.view.by_mac(&mac).is_some();
        if !known
            && now >= self.discover_after
            && !self.is_wished(wished)
            && registry::first_discoverable(&self.view).is_some()
        {
            let change = Change {
                wish: Wish::Discover { mac },
                by: "discovery".into(),
                ticket: None,
                seen: None,
                tries: 0,
            };
            self.change(change, now, out);
        }
    }

    /// One could not be: the others wait.
    pub(super) fn pause_discovery(&mut self, now: Stamp) {
        self.discover_after = now + PAUSE;
    }
}
