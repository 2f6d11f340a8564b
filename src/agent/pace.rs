//! When to ask next. Whatever happens to all nodes at once, a power cut or a restart of the server, they do not come back at once.

use std::time::Duration;

/// Within which time the nodes of a cluster ask for the first time: all of them may have started in one second.
const FIRST: u64 = 60;
/// Bounds of the wait after errors, in seconds: of the first, and of the last.
const SOONEST: u64 = 2;
const LATEST: (u64, u64) = (60, 300);

/// Failures so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    failures: u32,
}

impl Pace {
    /// The wait before the first question: anything up to the interval, and up to a minute.
    #[must_use]
    pub fn first(interval: u64, luck: u64) -> Duration {
        let most = interval.min(FIRST) * 1000;
        Duration::from_millis(luck % (most + 1))
    }

    /// The wait after an answer: the interval, a tenth more or less.
    pub fn answered(&mut self, interval: u64, luck: u64) -> Duration {
        self.failures = 0;
        let span = interval * 200;
        Duration::from_millis(interval * 900 + luck % (span + 1))
    }

    /// The wait after a failure: twice as long each time up to a limit, and half of it by luck.
    pub fn failed(&mut self, interval: u64, luck: u64) -> Duration {
        let limit = (interval * 2).clamp(LATEST.0, LATEST.1);
        let wait = SOONEST << self.failures.min(10);
        self.failures = self.failures.saturating_add(1);
        let half = wait.min(limit) * 500;
        Duration::from_millis(half + luck % (half + 1))
    }
}
