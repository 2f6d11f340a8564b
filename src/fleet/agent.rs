//! What a node's agent says of a running node.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::fleet::Slot;
use super::stage::Condition;
use super::text::clean;
use crate::kit::{Stamp, units};

/// One word of a node's agent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Refresh {
    /// The agent's version.
    pub version: Arc<str>,
    /// SHA-256 of the uncompressed runtime archive that is in force on the node, lower-case hex; none before the first refresh.
    pub digest: Option<Arc<str>>,
    /// Seconds since the node's kernel started.
    pub uptime: u64,
    /// Load average of the last minute, in hundredths.
    pub load: u32,
    /// KiB of memory that are available, and in all.
    pub memory: Option<(u64, u64)>,
    /// Paths that the last refresh changed.
    pub changed: u32,
    /// Paths that it removed.
    pub removed: u32,
    /// What went wrong at the last refresh.
    pub fault: Option<Arc<str>>,
    /// Whether digest and fault are as they were told before.
    pub again: bool,
}

/// A node's agent as far as it was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// When it was heard last.
    pub at: Stamp,
    /// Since when it has the runtime overlay that it has.
    pub since: Stamp,
    /// What it said then.
    pub refresh: Refresh,
}

impl Refresh {
    /// How the node is, in a few words: uptime, load, and the beginning of its overlay's digest, which a time may follow.
    #[must_use]
    pub fn brief(&self) -> String {
        let up = units::age(Duration::from_secs(self.uptime));
        let load = format!("{}.{:02}", self.load / 100, self.load % 100);
        let digest = self.digest.as_deref().and_then(|digest| digest.get(..8));
        format!(
            "up {up} · load {load} · runtime {}",
            digest.unwrap_or("none")
        )
    }

    /// In words.
    #[must_use]
    pub(super) fn text(&self) -> String {
        if let Some(fault) = &self.fault {
            return format!("refresh of the runtime overlay failed: {fault}");
        }
        let digest = self.digest.as_deref().unwrap_or("none");
        let short = digest.get(..12).unwrap_or(digest);
        let mut text = format!("runtime overlay {short} is in force");
        if self.changed > 0 {
            text.push_str(&format!(", {} changed", self.changed));
        }
        if self.removed > 0 {
            text.push_str(&format!(", {} removed", self.removed));
        }
        text
    }
}

impl Slot {
    /// The agent spoke: the node runs, and has what it has.
    pub(super) fn agent(&mut self, refresh: &Refresh, now: Stamp) {
        let before = self.agent.take();
        let same = |agent: &Agent| agent.refresh.digest == refresh.digest;
        let since = before.filter(|agent| same(agent)).map(|agent| agent.since);
        self.agent = Some(Box::new(Agent {
            at: now,
            since: since.unwrap_or(now),
            refresh: refresh.clone(),
        }));
    }

    /// The agent of a node that is up spoke.
    pub(super) fn agent_up(&mut self, refresh: &Refresh, now: Stamp) {
        match &refresh.fault {
            None => self.running(now),
            Some(fault) => {
                let note: Arc<str> = format!("runtime overlay: {}", clean(fault)).into();
                let same = self.status.condition == Condition::Failed
                    && self.status.note == Some(note.clone());
                if !same {
                    self.running(now);
                    self.trouble(Condition::Failed, note, 0, now);
                }
            }
        }
    }

    /// Whether the agent could not do its work when it was heard last.
    pub(super) fn agent_troubled(&self) -> bool {
        let agent = self.agent.as_deref();
        agent.is_some_and(|agent| agent.refresh.fault.is_some())
    }
}

/// The word of an agent that an event is, if it is one.
pub(super) fn word(event: &Event) -> Option<&Refresh> {
    use super::event::{Beacon, What};
    match &event.what {
        What::Beacon {
            beacon: Beacon::Refresh(refresh),
            ..
        } => Some(refresh),
        _ => None,
    }
}
