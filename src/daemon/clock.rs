//! The one place where time is read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::kit::Stamp;

/// Time since 1970 by the system's clock as it stands now: what times of files are compared with.
#[must_use]
pub fn system() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}

/// Wall-clock time at start plus monotonic time since: never goes back while the daemon runs.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    wall: Stamp,
    mono: Instant,
}

impl Clock {
    /// Reads both clocks.
    #[must_use]
    pub fn start() -> Self {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            wall: Stamp(0) + wall,
            mono: Instant::now(),
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Stamp {
        self.wall + self.mono.elapsed()
    }

    /// How long until `then`; zero if it has passed.
    #[must_use]
    pub fn until(&self, then: Stamp) -> Duration {
        then.since(self.now())
    }
}
