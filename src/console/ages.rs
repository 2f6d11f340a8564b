//! Ages and remaining times on the screen, and when the next of them changes: so that the screen is drawn again exactly then.

use std::cell::Cell;
use std::time::Duration;

use crate::kit::{Stamp, Zone};

/// The moment a frame is drawn for.
#[derive(Debug)]
pub struct Ages {
    /// The engine's time.
    pub now: Stamp,
    /// The reader's time zone.
    pub zone: Zone,
    next: Cell<Option<u64>>,
}

impl Ages {
    /// For a frame at `now`, read in `zone`.
    #[must_use]
    pub const fn new(now: Stamp, zone: Zone) -> Self {
        Self {
            now,
            zone,
            next: Cell::new(None),
        }
    }

    /// How long ago, in steps of a second under a minute, then of minutes, hours, days.
    pub fn since(&self, then: Stamp) -> String {
        let (text, step) = steps(self.now.since(then));
        let passed = self.now.0.saturating_sub(then.0);
        self.note(then.0 + (passed / step + 1) * step);
        text
    }

    /// How long until, in the same steps; `now` once it is past.
    pub fn until(&self, then: Stamp) -> String {
        let left = then.0.saturating_sub(self.now.0);
        if left == 0 {
            return "now".into();
        }
        let (text, step) = steps(then.since(self.now));
        // The text changes when the remainder falls below the present step.
        self.note(then.0 - left / step * step + 1);
        text
    }

    /// Time of day in eight cells; of another day, that day.
    #[must_use]
    pub fn clock(&self, at: Stamp) -> String {
        self.zone.near(at, self.now)
    }

    /// When a text given out by this frame changes first.
    pub fn next(&self) -> Option<Stamp> {
        self.next.get().map(Stamp)
    }

    fn note(&self, at: u64) {
        let at = at.max(self.now.0 + 1);
        self.next
            .set(Some(self.next.get().map_or(at, |old| old.min(at))));
    }
}

/// A span in words, and the step in milliseconds in which such spans are told.
fn steps(span: Duration) -> (String, u64) {
    let s = span.as_secs();
    match s {
        0..60 => (format!("{s}s"), 1_000),
        60..3_600 => (format!("{}m", s / 60), 60_000),
        3_600..172_800 => (format!("{}h", s / 3_600), 3_600_000),
        _ => (format!("{}d", s / 86_400), 86_400_000),
    }
}

/// How long something lasted: `.3 s`, `41 s`, `2:07`.
#[must_use]
pub fn lasted(span: Duration) -> String {
    let text = stopwatch(span);
    if text.contains(':') {
        text
    } else {
        format!("{text} s")
    }
}

/// A duration as a stopwatch shows it: `.3`, `9.4`, `41`, `2:07`.
#[must_use]
pub fn stopwatch(span: Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1_000 => format!(".{}", ms / 100),
        1_000..10_000 => format!("{}.{}", ms / 1000, ms % 1000 / 100),
        10_000..60_000 => format!("{}", ms / 1000),
        _ => format!("{}:{:02}", ms / 60_000, ms / 1000 % 60),
    }
}
