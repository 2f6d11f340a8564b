//! What systemd is told (sd_notify(3)); without systemd nobody listens, and nothing happens.

use sd_notify::NotifyState;

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

/// Still alive.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    // Nobody to tell, or nobody who listens: either way the daemon goes on.
    let _ = sd_notify::notify(states);
}
