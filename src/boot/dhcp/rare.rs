//! Saying a thing once, not a thousand times. Both tables here are bounded whatever the network sends.

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

/// So many at once, and so many a second after that.
#[derive(Debug)]
pub(super) struct Bucket {
    most: u32,
    a_second: u32,
    left: u32,
    filled: Stamp,
    refused: u64,
    reported: Stamp,
}

impl Bucket {
    pub(super) fn new(most: u32, a_second: u32) -> Self {
        Self {
            most,
            a_second,
            left: most,
            filled: Stamp(0),
            refused: 0,
            reported: Stamp(0),
        }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Stamp) -> bool {
        let passed = u64::try_from(now.since(self.filled).as_millis()).unwrap_or(u64::MAX);
        let more = passed.saturating_mul(u64::from(self.a_second)) / 1000;
        if more > 0 {
            let filled = u64::from(self.left)
                .saturating_add(more)
                .min(u64::from(self.most));
            self.left = u32::try_from(filled).unwrap_or(self.most);
            self.filled = now;
        }
        let granted = self.left > 0;
        self.left = self.left.saturating_sub(1);
        self.refused += u64::from(!granted);
        granted
    }

    /// How many were refused, if any and if that was not said in the last while.
    pub(super) fn report(&mut self, now: Stamp, every: Duration) -> Option<u64> {
        if self.refused == 0 || now.since(self.reported) < every {
            return None;
        }
        self.reported = now;
        Some(std::mem::take(&mut self.refused))
    }
}
