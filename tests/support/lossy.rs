//! A network on a fake clock that delays, drops, doubles and reorders packets, the same way for the same seed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use muster::kit::Stamp;

/// A small generator of numbers that look random: xorshift64*.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        (self.roll() >> 11) % end.max(1)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll() as u8).collect()
    }
}

/// How bad the network is.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Packets lost, in percent.
    pub loss: u64,
    /// Packets delivered twice, in percent.
    pub doubled: u64,
    /// Shortest and longest delay in milliseconds; a range reorders packets.
    pub delay: (u64, u64),
}

impl Weather {
    pub const FINE: Self = Self {
        loss: 0,
        doubled: 0,
        delay: (1, 1),
    };
}

/// When it arrives, a number that keeps the order of equals, whom it is for, its bytes.
type Flying = (Stamp, u64, usize, Vec<u8>);

/// Packets between numbered ends.
pub struct LossyNet {
    weather: Weather,
    dice: Dice,
    flying: BinaryHeap<Reverse<Flying>>,
    count: u64,
    pub lost: u64,
    pub delivered: u64,
}

impl LossyNet {
    pub fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            dice: Dice::new(seed),
            flying: BinaryHeap::new(),
            count: 0,
            lost: 0,
            delivered: 0,
        }
    }

    pub fn send(&mut self, to: usize, bytes: &[u8], now: Stamp) {
        let copies = 1 + u64::from(self.dice.percent(self.weather.doubled));
        for _ in 0..copies {
            if self.dice.percent(self.weather.loss) {
                self.lost += 1;
                continue;
            }
            let (low, high) = self.weather.delay;
            let delay = low + self.dice.below(high - low + 1);
            // Packets of one moment keep their order.
            self.count += 1;
            let then = now + Duration::from_millis(delay);
            self.flying
                .push(Reverse((then, self.count, to, bytes.to_vec())));
        }
    }

    /// When the next packet arrives.
    pub fn next(&self) -> Option<Stamp> {
        self.flying.peek().map(|Reverse(packet)| packet.0)
    }

    /// The next packet that has arrived by `now`, and whom it is for.
    pub fn arrived(&mut self, now: Stamp) -> Option<(usize, Vec<u8>)> {
        if self.next()? > now {
            return None;
        }
        let Reverse((_, _, to, bytes)) = self.flying.pop()?;
        self.delivered += 1;
        Some((to, bytes))
    }
}
