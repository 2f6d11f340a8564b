//! What systemd is told (sd_notify(3)); without systemd nobody listens, and nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::kit::Stamp;

/// The servers answer.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The files are being read again.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The way down has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The unit's watchdog (`WatchdogSec=`): systemd restarts a service that it hears nothing from for that long.
#[derive(Debug)]
pub struct Watchdog {
    every: Option<Duration>,
    told: Stamp,
}

impl Watchdog {
    /// The watchdog that the environment asks for (`WATCHDOG_USEC`, and `WATCHDOG_PID` if it is us); none without systemd.
    #[must_use]
    pub fn found() -> Self {
        Self {
            // Half the time, as sd_watchdog_enabled(3) recommends.
            every: sd_notify::watchdog_enabled().map(|limit| limit / 2),
            told: Stamp(0),
        }
    }

    /// Says that the loop still turns, if it is time to.
    pub fn beat(&mut self, now: Stamp) {
        if self
            .every
            .is_some_and(|every| now.since(self.told) >= every)
        {
            self.told = now;
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    // Nobody to tell, or nobody who listens: either way the daemon goes on.
    let _ = sd_notify::notify(states);
}
