//! Which transfers are under way, and how many one address may have.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::session::Session;

/// Most transfers at once.
const MOST: usize = 4096;
/// Most transfers at once to one address: whoever forges another's address gets it hit by so many first packets, each sent
/// a few times, and no more.
const MOST_PER_ADDRESS: u32 = 64;

/// Transfers under way, by client address and port.
#[derive(Debug, Default)]
pub struct Table {
    sessions: HashMap<SocketAddr, (Arc<Session>, AbortHandle)>,
    per_address: HashMap<IpAddr, u32>,
}

impl Table {
    /// The transfer to a client's port.
    #[must_use]
    pub fn get(&self, peer: SocketAddr) -> Option<Arc<Session>> {
        self.sessions.get(&peer).map(|(session, _)| session.clone())
    }

    /// Why there is no room for one more transfer to `peer`; none if there is.
    #[must_use]
    pub fn full(&self, peer: IpAddr) -> Option<String> {
        if self.sessions.len() >= MOST {
            Some(format!(
                "{MOST} transfers are under way; more requests wait"
            ))
        } else if self
            .per_address
            .get(&peer)
            .is_some_and(|n| *n >= MOST_PER_ADDRESS)
        {
            Some(format!(
                "{MOST_PER_ADDRESS} transfers to {peer} are under way; more requests from it wait"
            ))
        } else {
            None
        }
    }

    /// Adds a transfer and what stops its task. There is none to that port.
    pub fn insert(&mut self, session: Arc<Session>, task: AbortHandle) {
        *self.per_address.entry(session.peer().ip()).or_default() += 1;
        self.sessions.insert(session.peer(), (session, task));
    }

    /// Takes a transfer out and stops its task, unless another one has its place.
    pub fn remove(&mut self, session: &Arc<Session>) {
        let peer = session.peer();
        let held = self.sessions.get(&peer);
        if !held.is_some_and(|(held, _)| Arc::ptr_eq(held, session)) {
            return;
        }
        if let Some((_, task)) = self.sessions.remove(&peer) {
            task.abort();
        }
        if let Some(count) = self.per_address.get_mut(&peer.ip()) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.per_address.remove(&peer.ip());
            }
        }
    }

    /// Takes all transfers out.
    pub fn drain(&mut self) -> Vec<Arc<Session>> {
        self.per_address.clear();
        self.sessions
            .drain()
            .map(|(_, (session, _))| session)
            .collect()
    }
}
