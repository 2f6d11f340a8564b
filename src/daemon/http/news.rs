//! Which requests become events: all of nodes, so many of everybody else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::daemon::shared::Events;
use crate::fleet::{Event, What, Who};
use crate::kit::{Bucket, Stamp};
use crate::model::Level;

/// Refusals of requests that concern nobody (scanners, typing errors) which become events, per second.
const IDLE_TALK: u64 = 20;
/// Requests of machines that are no nodes which become events, at once and in a second after that, as with DHCP: made-up addresses
/// must not push the events of nodes out of the queue.
const STRANGERS: (u32, u32) = (512, 100);
/// How often it is told that some did not.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// What was told lately.
#[derive(Debug)]
pub(super) struct News {
    /// Second and count of [`IDLE_TALK`], as `second * 1000 + count`.
    talk: AtomicU64,
    strangers: Mutex<Bucket>,
}

impl Default for News {
    fn default() -> Self {
        Self {
            talk: AtomicU64::new(0),
            strangers: Mutex::new(Bucket::new(STRANGERS.0, STRANGERS.1)),
        }
    }
}

impl News {
    /// Whether one more request of `who` may become events. That some did not is told to `events` now and then.
    pub(super) fn worth(&self, who: &Who, events: &Events, now: Stamp) -> bool {
        if matches!(who, Who::Node(_)) {
            return true;
        }
        let (granted, lost) = {
            let mut strangers = self
                .strangers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            (strangers.take(now), strangers.report(now, TOLD_EVERY))
        };
        if let Some(lost) = lost {
            let text = format!(
                "{lost} requests of machines that are no nodes were not listed: too many at once"
            );
            events.send(Event {
                at: now,
                who: Who::Server,
                boot: None,
                what: What::Service {
                    name: "http".into(),
                    level: Level::Warning,
                    text: text.into(),
                },
            });
        }
        granted
    }

    /// Whether one more refusal that concerns nobody may become an event in this second.
    pub(super) fn may_talk(&self, second: u64) -> bool {
        let next = |talk: u64| {
            if talk / 1000 == second {
                (talk % 1000 < IDLE_TALK).then_some(talk + 1)
            } else {
                Some(second * 1000 + 1)
            }
        };
        self.talk
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .is_ok()
    }
}
