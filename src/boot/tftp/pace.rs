//! When to send again, and when to give up.

use std::time::Duration;

use crate::kit::Stamp;

/// First retransmission while nothing is known of the path.
const FIRST: Duration = Duration::from_secs(1);
/// Soonest retransmission once the path is measured: far above a healthy round trip, far below a firmware's patience.
const SOONEST: Duration = Duration::from_millis(200);
/// Latest retransmission, unless the client chose more.
const LATEST: Duration = Duration::from_secs(5);
/// Silence after which a client that answered before is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Retransmissions to an address that never answered: it may be forged, and each packet would hit somebody else.
const UNANSWERED: u32 = 3;
/// Retransmissions of the last blocks: some firmware starts the loader without acknowledging them.
const LAST_BLOCKS: u32 = 4;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// The client's first packet.
    FirstWord,
    /// Some acknowledgement on the way.
    Progress,
    /// The acknowledgement of the last block.
    LastBlock,
}

/// The retransmission clock of one transfer: the client's own timeout (RFC 2349), else four measured round trips, doubled with
/// every retry.
#[derive(Debug, Clone)]
pub struct Pace {
    chosen: Option<Duration>,
    round_trip: Option<Duration>,
    tries: u32,
    sent: Stamp,
    progress: Stamp,
    deadline: Stamp,
}

impl Pace {
    /// A clock that starts with a packet sent at `now`.
    #[must_use]
    pub fn start(chosen: Option<Duration>, now: Stamp) -> Self {
        let mut pace = Self {
            chosen,
            round_trip: None,
            tries: 0,
            sent: now,
            progress: now,
            deadline: now,
        };
        pace.deadline = now + pace.wait();
        pace
    }

    /// An acknowledgement moved the transfer on, and the next packets left.
    pub fn advance(&mut self, now: Stamp) {
        // Karn's rule: a packet sent twice tells nothing of the round trip.
        if self.tries == 0 {
            let measured = now.since(self.sent);
            self.round_trip = Some(match self.round_trip {
                Some(before) => (before * 7 + measured) / 8,
                None => measured,
            });
        }
        self.tries = 0;
        self.progress = now;
        self.sent = now;
        self.deadline = now + self.wait();
    }

    /// The deadline passed at `now`: whether to send again. If not, the client is given up.
    pub fn retry(&mut self, awaited: Awaited, now: Stamp) -> bool {
        let patience = PATIENCE.max(self.chosen.unwrap_or_default() * 2);
        let out_of_tries = match awaited {
            Awaited::FirstWord => self.tries >= UNANSWERED,
            Awaited::Progress => false,
            Awaited::LastBlock => self.tries >= LAST_BLOCKS,
        };
        if out_of_tries || self.silence(now) >= patience {
            return false;
        }
        self.tries += 1;
        self.sent = now;
        self.deadline = now + self.wait();
        true
    }

    /// The packet awaiting an answer left once more, because the client asked again.
    pub fn sent_again(&mut self, now: Stamp) {
        self.sent = now;
        self.tries = self.tries.max(1);
    }

    /// Whether a packet left within the last `span`.
    #[must_use]
    pub fn lately(&self, now: Stamp, span: Duration) -> bool {
        now.since(self.sent) < span
    }

    /// When to call [`Pace::retry`].
    #[must_use]
    pub fn deadline(&self) -> Stamp {
        self.deadline
    }

    /// How long nothing moved.
    #[must_use]
    pub fn silence(&self, now: Stamp) -> Duration {
        now.since(self.progress)
    }

    fn wait(&self) -> Duration {
        let first = match (self.chosen, self.round_trip) {
            (Some(chosen), _) => chosen,
            (None, Some(measured)) => (measured * 4).clamp(SOONEST, FIRST),
            (None, None) => FIRST,
        };
        let latest = LATEST.max(self.chosen.unwrap_or_default());
        (first * 2u32.saturating_pow(self.tries.min(10))).min(latest)
    }
}
