//! Stamps as wall clocks show them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

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

    fn show(&self, at: Stamp, form: &str) -> String {
        // A stamp beyond the year 9999 is nobody's time; it is shown as the epoch.
        let ms = i64::try_from(at.0).unwrap_or_default();
        let at = Timestamp::from_millisecond(ms).unwrap_or_default();
        at.to_zoned(self.0.clone()).strftime(form).to_string()
    }
}
