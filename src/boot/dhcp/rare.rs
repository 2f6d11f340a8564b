//! Saying a thing once, not a thousand times. The table here is bounded whatever the network sends.

use std::collections::VecDeque;
use std::time::Duration;

use crate::kit::Stamp;

/// How many different things one table remembers.
const REMEMBERED: usize = 32;

/// Things that are told again only after a while.
#[derive(Debug)]
pub(super) struct Rare<K> {
    every: Duration,
    told: VecDeque<(K, Stamp, u64)>,
}

impl<K: PartialEq> Rare<K> {
    pub(super) fn new(every: Duration) -> Self {
        Self {
            every,
            told: VecDeque::new(),
        }
    }

    /// Whether `key` may be told now: then how often it was held back since it was told last.
    pub(super) fn tell(&mut self, key: K, now: Stamp) -> Option<u64> {
        if let Some((_, then, held)) = self.told.iter_mut().find(|(k, ..)| *k == key) {
            if now.since(*then) < self.every {
                *held += 1;
                return None;
            }
            *then = now;
            return Some(std::mem::take(held));
        }
        // A newcomer takes the oldest place, but only if that may be told again: made-up keys cannot wear the limit out.
        if self.told.len() >= REMEMBERED {
            let (_, then, _) = self.told.front()?;
            if now.since(*then) < self.every {
                return None;
            }
            self.told.pop_front();
        }
        self.told.push_back((key, now, 0));
        Some(0)
    }
}
