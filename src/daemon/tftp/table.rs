//! Which transfers are under way, and how many one address may have.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddrV4};
use std::sync::{Arc, Mutex};

use super::session::Session;

/// Most transfers at once.
const MOST: u32 = 4096;
/// Most transfers at once to one address: whoever forges another's address gets it hit by so many first packets, each sent
/// a few times, and no more.
const MOST_PER_ADDRESS: u32 = 64;

/// How many transfers there are, on all threads.
#[derive(Debug, Default)]
pub struct Census {
    all: u32,
    per_address: HashMap<IpAddr, u32>,
}

impl Census {
    /// Counts one more to `peer`.
    ///
    /// # Errors
    /// A sentence: there is no room for it.
    pub fn enter(&mut self, peer: IpAddr) -> Result<(), String> {
        if self.all >= MOST {
            return Err(format!(
                "{MOST} transfers are under way; more requests wait"
            ));
        }
        let count = self.per_address.entry(peer).or_default();
        if *count >= MOST_PER_ADDRESS {
            return Err(format!(
                "{MOST_PER_ADDRESS} transfers to {peer} are under way; more requests from it wait"
            ));
        }
        *count += 1;
        self.all += 1;
        Ok(())
    }

    /// One to `peer` is over.
    pub fn leave(&mut self, peer: IpAddr) {
        self.all = self.all.saturating_sub(1);
        if let Some(count) = self.per_address.get_mut(&peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_address.remove(&peer);
            }
        }
    }
}

/// A transfer, locked while it acts.
pub type Seated = Arc<Mutex<Session>>;

/// The transfers: by number, and by client address and port.
#[derive(Debug, Default)]
pub struct Table {
    /// A number is used again when its transfer is over.
    sessions: Vec<Option<Seated>>,
    free: Vec<usize>,
    by_peer: HashMap<SocketAddrV4, usize>,
}

impl Table {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_peer.is_empty()
    }

    /// The transfer to a client's port, and its number.
    #[must_use]
    pub fn of(&self, peer: SocketAddrV4) -> Option<(usize, Seated)> {
        let number = *self.by_peer.get(&peer)?;
        Some((number, self.get(number)?))
    }

    /// The transfer with a number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<Seated> {
        self.sessions.get(number)?.clone()
    }

    /// The number of the next transfer.
    #[must_use]
    pub fn next(&self) -> usize {
        self.free.last().copied().unwrap_or(self.sessions.len())
    }

    /// Adds a transfer as [`Table::next`]. There is none to that port.
    pub fn insert(&mut self, peer: SocketAddrV4, session: Seated) {
        self.by_peer.insert(peer, self.next());
        match self.free.pop().and_then(|at| self.sessions.get_mut(at)) {
            Some(place) => *place = Some(session),
            None => self.sessions.push(Some(session)),
        }
    }

    /// Takes a transfer to `peer` out; false if another thread did so before.
    pub fn remove(&mut self, number: usize, peer: SocketAddrV4, session: &Seated) -> bool {
        let Some(place) = self.sessions.get_mut(number) else {
            return false;
        };
        if !place
            .as_ref()
            .is_some_and(|here| Arc::ptr_eq(here, session))
        {
            return false;
        }
        *place = None;
        self.free.push(number);
        self.by_peer.remove(&peer);
        true
    }

    /// All of them, and their numbers.
    #[must_use]
    pub fn all(&self) -> Vec<(usize, Seated)> {
        let all = self.sessions.iter().enumerate();
        all.filter_map(|(number, session)| Some((number, session.clone()?)))
            .collect()
    }
}
