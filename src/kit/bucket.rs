//! A limit on how often something may happen.

use std::time::Duration;

use super::Stamp;

/// So many at once, and so many a second after that.
#[derive(Debug)]
pub struct Bucket {
    most: u32,
    a_second: u32,
    left: u32,
    filled: Stamp,
    refused: u64,
    reported: Stamp,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn new(most: u32, a_second: u32) -> Self {
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
    pub fn take(&mut self, now: Stamp) -> bool {
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
    pub fn report(&mut self, now: Stamp, every: Duration) -> Option<u64> {
        if self.refused == 0 || now.since(self.reported) < every {
            return None;
        }
        self.reported = now;
        Some(std::mem::take(&mut self.refused))
    }
}
