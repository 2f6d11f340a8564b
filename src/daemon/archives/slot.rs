//! What is kept for each node: its newest archive, and what that was made from.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Key;
use crate::daemon::basis::Basis;
use crate::overlay::Archive;

/// The place of one node's archive of one context. Whoever holds `made` renders, the others wait and find it.
#[derive(Debug, Default)]
pub struct Slot {
    pub made: Arc<tokio::sync::Mutex<Option<Made>>>,
    last: AtomicU64,
}

/// The newest try.
#[derive(Debug)]
pub struct Made {
    pub basis: Arc<Basis>,
    pub result: Result<Arc<Archive>, Arc<str>>,
    /// The newest archive that could be made, served when the newest try failed.
    pub good: Option<Arc<Archive>>,
}

impl Made {
    /// What a node that asks gets.
    pub fn answer(&self) -> Result<Arc<Archive>, Arc<str>> {
        match (&self.result, &self.good) {
            (Ok(archive), _) | (Err(_), Some(archive)) => Ok(archive.clone()),
            (Err(what), None) => Err(what.clone()),
        }
    }

    /// Bytes that it takes, besides those that other archives hold too.
    pub fn size(&self) -> u64 {
        // What stands around the bytes counts too: 10,000 nodes with tiny archives. Lists of inputs are mostly shared.
        let own = self.good.as_ref().map_or(0, |archive| archive.own);
        1536 + own
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Slots {
    held: HashMap<Key, (Arc<Slot>, u64)>,
    total: u64,
    asked: u64,
}

impl Slots {
    /// Bytes of all that was weighed.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The slot of `key`, which is asked for now.
    pub fn place(&mut self, key: &Key) -> Arc<Slot> {
        self.asked += 1;
        let (slot, _) = self.held.entry(key.clone()).or_default();
        slot.last.store(self.asked, Ordering::Relaxed);
        slot.clone()
    }

    /// The slot of `key`, if there is one.
    pub fn get(&self, key: &Key) -> Option<Arc<Slot>> {
        self.held.get(key).map(|(slot, _)| slot.clone())
    }

    /// Sets what the slot of `key` weighs, if that is still `slot`.
    pub fn weigh(&mut self, key: &Key, slot: &Arc<Slot>, size: u64) {
        if let Some((held, old)) = self.held.get_mut(key)
            && Arc::ptr_eq(held, slot)
        {
            self.total = self.total.saturating_sub(*old) + size;
            *old = size;
        }
    }

    /// Drops those of which `keep` says no.
    pub fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
        self.held.retain(|key, _| keep(key));
        self.total = self.held.values().map(|(_, size)| size).sum();
    }

    /// Drops those that were asked for longest ago until the rest weighs no more than `goal`, but never that of `newest`.
    pub fn shrink(&mut self, goal: u64, newest: &Key) {
        let weighed = self
            .held
            .iter()
            .filter(|(key, (_, size))| *size > 0 && *key != newest);
        let mut by_age: Vec<(u64, Key)> = weighed
            .map(|(key, (slot, _))| (slot.last.load(Ordering::Relaxed), key.clone()))
            .collect();
        by_age.sort();
        for (_, key) in by_age {
            if self.total <= goal {
                break;
            }
            let size = self.held.remove(&key).map_or(0, |(_, size)| size);
            self.total = self.total.saturating_sub(size);
        }
    }
}
