//! Stamps as wall clocks show them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Stamp;

/// A time zone. Whoever may look at the environment finds the reader's own; the default is UTC.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// Time of day, `14:02:11`.
    #[must_use]
    pub fn time(&self, at: Stamp) -> String {
        self.show(at, "%H:%M:%S")
    }

    /// Time of day to the millisecond, `14:02:11.204`.
    #[must_use]
    pub fn precise(&self, at: Stamp) -> String {
        self.show(at, "%H:%M:%S%.3f")
    }

    /// Day and time, `2026-03-29 14:02:11`.
    #[must_use]
    pub fn moment(&self, at: Stamp) -> String {
        self.show(at, "%Y-%m-%d %H:%M:%S")
    }

    /// Day and time to the millisecond, `2026-03-29 14:02:11.204`.
    #[must_use]
    pub fn precise_moment(&self, at: Stamp) -> String {
        self.show(at, "%Y-%m-%d %H:%M:%S%.3f")
    }

    /// In eight cells: time of day, `14:02:11`; of another day than `now` that day, `Mar 29`.
    #[must_use]
    pub fn near(&self, at: Stamp, now: Stamp) -> String {
        self.show(
            at,
            if self.same_day(at, now) {
                "%H:%M:%S"
            } else {
                "%b %e"
            },
        )
    }

    /// In twelve cells: time of day to the millisecond, `14:02:11.204`; of another day than `now`, `Mar 29 14:02`.
    #[must_use]
    pub fn near_precise(&self, at: Stamp, now: Stamp) -> String {
        let near = self.same_day(at, now);
        self.show(at, if near { "%H:%M:%S%.3f" } else { "%b %e %H:%M" })
    }

    fn same_day(&self, a: Stamp, b: Stamp) -> bool {
        self.zoned(a).date() == self.zoned(b).date()
    }

    fn show(&self, at: Stamp, form: &str) -> String {
        self.zoned(at).strftime(form).to_string()
    }

    fn zoned(&self, at: Stamp) -> Zoned {
        // A stamp beyond the year 9999 is nobody's time; it is shown as the epoch.
        let ms = i64::try_from(at.0).unwrap_or_default();
        let at = Timestamp::from_millisecond(ms).unwrap_or_default();
        at.to_zoned(self.0.clone())
    }
}
