//! When the next frame may be drawn. Keystrokes are answered at once; news wait for their turn, so that a busy fleet does not
//! fill a slow line.

use std::time::Duration;

use crate::kit::Stamp;

/// Shortest time between two frames of news: 20 a second, and 5 once writing stalls.
const QUICK: Duration = Duration::from_millis(50);
const SLOW: Duration = Duration::from_millis(200);
/// A write that takes longer than this has stalled.
const STALL: Duration = Duration::from_millis(80);
/// News may send this much at once and that much a second after it: 80 kB in any ten seconds.
const BURST: u64 = 30_000;
const PER_SECOND: u64 = 5_000;

/// Paces frames. Times are milliseconds of any clock that does not go back.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Stamp>,
    slow: bool,
    /// Bytes sent above the steady rate, and when that was reckoned.
    debt: u64,
    reckoned: Stamp,
}

impl Pace {
    /// The earliest time for a frame that shows news.
    #[must_use]
    pub fn earliest(&self) -> Stamp {
        let Some(last) = self.last else {
            return Stamp(0);
        };
        let step = last + if self.slow { SLOW } else { QUICK };
        let over = self.debt.saturating_sub(BURST);
        step.max(self.reckoned + Duration::from_millis(over * 1000 / PER_SECOND))
    }

    /// Notes a frame of `bytes` that was drawn for news (`counted`) or for a keystroke, and how long its write took.
    pub fn wrote(&mut self, now: Stamp, bytes: usize, took: Duration, counted: bool) {
        self.last = Some(now);
        self.slow = took >= STALL;
        let paid = u64::try_from(now.since(self.reckoned).as_millis())
            .unwrap_or(u64::MAX)
            .saturating_mul(PER_SECOND)
            / 1000;
        self.debt = self.debt.saturating_sub(paid);
        self.reckoned = now;
        if counted {
            self.debt += bytes as u64;
        }
    }
}
