//! Bulk transfers under way: each has one atomic counter, sampled a few times a second. A block is never an event.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::shared::Events;
use crate::fleet::{BootId, Event, Part, Proto, Step, TransferEvent, TransferId, What, Who};
use crate::kit::Stamp;

/// An answer over HTTP of so many bytes is not sampled.
const AT_ONCE: u64 = 32 * 1024;

/// How long, and how many, finished TFTP transfers are remembered: longer than one to nobody is kept up.
const REMEMBERED: Duration = Duration::from_secs(30);
const MOST_REMEMBERED: usize = 1024;

/// A finished transfer: to whom, what, when.
type Finished = (IpAddr, Arc<str>, Stamp);

/// What a transfer is, before it starts.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Whose it is.
    pub who: Who,
    /// In which boot.
    pub boot: Option<BootId>,
    /// Protocol.
    pub proto: Proto,
    /// What for.
    pub part: Part,
    /// Path as asked.
    pub path: Arc<str>,
    /// Client.
    pub peer: IpAddr,
    /// Bytes that will be sent, if known.
    pub size: Option<u64>,
    /// Offset in the file (a resumed range).
    pub offset: u64,
}

/// All transfers under way.
#[derive(Debug, Clone)]
pub struct Transfers {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    next: AtomicU64,
    running: Mutex<HashMap<TransferId, Arc<AtomicU64>>>,
    totals: [AtomicU64; 2],
    /// TFTP transfers that finished lately, oldest first.
    finished: Mutex<VecDeque<Finished>>,
    events: Events,
}

impl Transfers {
    /// None under way; events go to `events`.
    #[must_use]
    pub fn new(events: Events) -> Self {
        let inner = Inner {
            next: AtomicU64::new(1),
            running: Mutex::default(),
            totals: Default::default(),
            finished: Mutex::default(),
            events,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Announces a transfer. Count its bytes with [`Transfer::add`] and end it with [`Transfer::finish`] or
    /// [`Transfer::broken`]; a dropped one is reported as broken.
    #[must_use]
    pub fn begin(&self, begin: Begin, now: Stamp) -> Transfer {
        let id = TransferId(self.inner.next.fetch_add(1, Ordering::Relaxed));
        let sent = Arc::new(AtomicU64::new(0));
        // What leaves in one write is over before anybody could look at it.
        let at_once = begin.proto == Proto::Http && begin.size.is_some_and(|size| size <= AT_ONCE);
        if !at_once {
            self.inner
                .running
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id, sent.clone());
        }
        let transfer = Transfer {
            id,
            sent,
            began: now,
            last: now,
            begin,
            ended: false,
            at_once,
            inner: self.inner.clone(),
        };
        transfer.tell(
            Step::Started {
                size: transfer.begin.size,
                offset: transfer.begin.offset,
            },
            now,
        );
        transfer
    }

    /// Tells of a request that was refused: nothing is under way.
    pub fn refused(&self, begin: &Begin, status: u16, why: &str, now: Stamp) {
        let id = TransferId(self.inner.next.fetch_add(1, Ordering::Relaxed));
        self.inner.tell(
            id,
            begin,
            Step::Refused {
                status,
                why: why.into(),
            },
            now,
        );
    }

    /// Bytes sent so far by every transfer under way.
    #[must_use]
    pub fn sample(&self) -> Vec<(TransferId, u64)> {
        let running = self
            .inner
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        running
            .iter()
            .map(|(id, sent)| (*id, sent.load(Ordering::Relaxed)))
            .collect()
    }

    /// Whether what would begin was finished lately by TFTP, to the same client. A request that nobody stands behind then was the
    /// double of one that is long answered: GRUB asks again while its first answer is on the way.
    #[must_use]
    pub fn lately(&self, begin: &Begin, now: Stamp) -> bool {
        let same = |(peer, path, at): &Finished| {
            *peer == begin.peer && *path == begin.path && now.since(*at) < REMEMBERED
        };
        self.inner.finished().iter().any(same)
    }

    /// All bytes ever sent, by protocol: TFTP, HTTP.
    #[must_use]
    pub fn totals(&self) -> [u64; 2] {
        [
            self.inner.totals[0].load(Ordering::Relaxed),
            self.inner.totals[1].load(Ordering::Relaxed),
        ]
    }
}

impl Inner {
    fn finished(&self) -> MutexGuard<'_, VecDeque<Finished>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, begin: &Begin, now: Stamp) {
        let mut finished = self.finished();
        let old = |(_, _, at): &Finished| now.since(*at) >= REMEMBERED;
        while finished.front().is_some_and(old) || finished.len() >= MOST_REMEMBERED {
            finished.pop_front();
        }
        finished.push_back((begin.peer, begin.path.clone(), now));
    }

    fn tell(&self, id: TransferId, begin: &Begin, step: Step, now: Stamp) {
        let what = What::Transfer(TransferEvent {
            id,
            proto: begin.proto,
            part: begin.part,
            path: begin.path.clone(),
            peer: begin.peer,
            step,
        });
        self.events.send(Event {
            at: now,
            who: begin.who.clone(),
            boot: begin.boot,
            what,
        });
    }
}

/// One transfer under way.
#[derive(Debug)]
pub struct Transfer {
    id: TransferId,
    sent: Arc<AtomicU64>,
    began: Stamp,
    last: Stamp,
    begin: Begin,
    ended: bool,
    /// Not among those that are sampled.
    at_once: bool,
    inner: Arc<Inner>,
}

impl Transfer {
    /// Counts bytes that left, at `now`.
    pub fn add(&mut self, bytes: u64, now: Stamp) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        self.inner.totals[usize::from(self.begin.proto == Proto::Http)]
            .fetch_add(bytes, Ordering::Relaxed);
        self.last = now;
    }

    /// Bytes counted so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// It is complete.
    pub fn finish(mut self, now: Stamp) {
        if self.begin.proto == Proto::Tftp {
            self.inner.remember(&self.begin, now);
        }
        let ms = u64::try_from(now.since(self.began).as_millis()).unwrap_or(u64::MAX);
        self.end(
            Step::Finished {
                sent: self.sent(),
                ms,
            },
            now,
        );
    }

    /// It ended before its time.
    pub fn broken(mut self, why: &str, now: Stamp) {
        self.end(
            Step::Broken {
                sent: self.sent(),
                why: why.into(),
            },
            now,
        );
    }

    fn tell(&self, step: Step, now: Stamp) {
        self.inner.tell(self.id, &self.begin, step, now);
    }

    fn end(&mut self, step: Step, now: Stamp) {
        if !std::mem::replace(&mut self.ended, true) {
            if !self.at_once {
                self.inner
                    .running
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .remove(&self.id);
            }
            self.tell(step, now);
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let (sent, last) = (self.sent(), self.last);
        self.end(
            Step::Broken {
                sent,
                why: "the connection was closed".into(),
            },
            last,
        );
    }
}
