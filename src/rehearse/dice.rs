//! Chance that can be repeated.

use std::time::Duration;

/// A small generator (xorshift64*): the same seed gives the same rehearsal.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15 | 1)
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `sides`; zero if there are none.
    pub fn roll(&mut self, sides: u64) -> u64 {
        if sides == 0 { 0 } else { self.word() % sides }
    }

    /// A span between two, in milliseconds.
    pub fn span(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.roll(to.saturating_sub(from) + 1))
    }
}
