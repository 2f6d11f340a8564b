//! Smoothed rates from counters that are read now and then.

use crate::kit::Stamp;

/// Time constant of the smoothing in milliseconds: a change of speed shows by two thirds after this long.
const SETTLE_MS: f64 = 2000.0;

/// A counter's smoothed speed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rate {
    last: Option<(Stamp, u64)>,
    speed: Option<f64>,
}

impl Rate {
    /// Takes a reading of the counter. A counter that went back starts anew; two readings at one time count once.
    pub fn read(&mut self, count: u64, now: Stamp) {
        let Some((then, before)) = self.last else {
            self.last = Some((now, count));
            return;
        };
        if count < before {
            *self = Self {
                last: Some((now, count)),
                speed: None,
            };
            return;
        }
        let ms = now.since(then).as_secs_f64() * 1000.0;
        if ms < 1.0 {
            return;
        }
        let fresh = (count - before) as f64 * 1000.0 / ms;
        let weight = 1.0 - (-ms / SETTLE_MS).exp();
        self.speed = Some(
            self.speed
                .map_or(fresh, |speed| speed + (fresh - speed) * weight),
        );
        self.last = Some((now, count));
    }

    /// The same counter at rest: nothing moves, so there is nothing to smooth.
    #[must_use]
    pub fn rested(self) -> Self {
        Self {
            last: self.last,
            speed: None,
        }
    }

    /// Units a second; under one it is none at all.
    #[must_use]
    pub fn per_second(&self) -> u64 {
        self.speed.map_or(0, |speed| speed.round().max(0.0) as u64)
    }
}
