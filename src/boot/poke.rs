//! Which nodes are told that something changed, and when: so many a second, each once for however many changes, and again if the
//! word got lost.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::kit::{Bucket, Stamp, hostlist};
use crate::model::{Node, NodeId};

/// Nodes that are told in a second, and at once: each renders its overlays and asks for them. Ten thousand take less than a minute.
const PACE: (u32, u32) = (40, 200);
/// A node that does not ask is told again after this, so often.
const LOST: Duration = Duration::from_secs(3);
const TRIES: u8 = 3;
/// Words of one node that become events: at once, and in a second after that.
const WORDS: (u32, u32) = (20, 2);

/// Where a node hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ear {
    /// Its address and port.
    pub to: SocketAddr,
    /// The word that makes a datagram credible to it.
    pub token: Arc<str>,
}

#[derive(Debug)]
struct Known {
    ear: Option<Ear>,
    /// How often it may speak.
    words: Bucket,
    /// Whether it waits to be told.
    queued: bool,
    /// When it was told, and how often since it asked.
    told: Option<(Stamp, u8)>,
}

/// Where nodes hear, and who is still to be told.
#[derive(Debug)]
pub struct Pokes {
    known: HashMap<NodeId, Known>,
    queue: VecDeque<NodeId>,
    /// Those that were told and did not ask yet, oldest first.
    awaited: VecDeque<NodeId>,
    pace: Bucket,
}

impl Default for Pokes {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            queue: VecDeque::new(),
            awaited: VecDeque::new(),
            pace: Bucket::new(PACE.0, PACE.1),
        }
    }
}

impl Pokes {
    /// The agent of `node` asked for its runtime overlay: where it hears. What it was to be told it has heard by that.
    pub fn hears(&mut self, node: NodeId, ear: Option<Ear>) {
        let known = self.known(node);
        known.ear = ear;
        known.queued = false;
        known.told = None;
    }

    /// Whether what the agent of `node` says now is worth an event; one that speaks without end is heard now and then.
    pub fn speaks(&mut self, node: NodeId, now: Stamp) -> bool {
        self.known(node).words.take(now)
    }

    fn known(&mut self, node: NodeId) -> &mut Known {
        self.known.entry(node).or_insert(Known {
            ear: None,
            words: Bucket::new(WORDS.0, WORDS.1),
            queued: false,
            told: None,
        })
    }

    /// Forgets nodes that are no more.
    pub fn retain(&mut self, is: impl Fn(NodeId) -> bool) {
        self.known.retain(|id, _| is(*id));
    }

    /// The nodes that can be told.
    pub fn reachable(&self) -> impl Iterator<Item = NodeId> + '_ {
        let with_ear = self.known.iter().filter(|(_, known)| known.ear.is_some());
        with_ear.map(|(id, _)| *id)
    }

    /// These are to be told. How many of them can be.
    pub fn want(&mut self, nodes: impl IntoIterator<Item = NodeId>) -> usize {
        let mut count = 0;
        for id in nodes {
            let Some(known) = self.known.get_mut(&id).filter(|known| known.ear.is_some()) else {
                continue;
            };
            count += 1;
            known.told = None;
            if !std::mem::replace(&mut known.queued, true) {
                self.queue.push_back(id);
            }
        }
        count
    }

    /// These have something new to fetch. Who was told since it last asked has heard enough.
    pub fn changed(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        let waits = |id: &NodeId| self.known.get(id).is_some_and(|known| known.told.is_none());
        let fresh: Vec<NodeId> = nodes.into_iter().filter(waits).collect();
        self.want(fresh);
    }

    /// Whom to tell now.
    pub fn due(&mut self, now: Stamp) -> Vec<Ear> {
        self.again(now);
        let mut due = Vec::new();
        while let Some(id) = self.queue.front().copied() {
            let known = self.known.get_mut(&id).filter(|known| known.queued);
            let Some((known, ear)) = known.and_then(|known| {
                let ear = known.ear.clone()?;
                Some((known, ear))
            }) else {
                self.queue.pop_front();
                continue;
            };
            if !self.pace.take(now) {
                break;
            }
            self.queue.pop_front();
            known.queued = false;
            let tries = known.told.map_or(0, |(_, tries)| tries) + 1;
            known.told = Some((now, tries));
            self.awaited.push_back(id);
            due.push(ear);
        }
        due
    }

    /// Queues again who was told and did not ask.
    fn again(&mut self, now: Stamp) {
        while let Some(id) = self.awaited.front().copied() {
            let Some((at, tries)) = self.known.get(&id).and_then(|known| known.told) else {
                self.awaited.pop_front();
                continue;
            };
            if now.since(at) < LOST {
                break;
            }
            self.awaited.pop_front();
            if let Some(known) = self.known.get_mut(&id)
                && tries < TRIES
                && !std::mem::replace(&mut known.queued, true)
            {
                self.queue.push_back(id);
            }
        }
    }

    /// Whether anybody waits to be told, or to be heard of.
    #[must_use]
    pub fn busy(&self) -> bool {
        !self.queue.is_empty() || !self.awaited.is_empty()
    }
}

/// What is said to who wants nodes to refresh: how many are told, and which cannot be.
#[must_use]
pub fn answer(told: usize, not: &[&Arc<Node>]) -> String {
    let nodes = |count: usize| match count {
        1 => "1 node".to_owned(),
        count => format!("{count} nodes"),
    };
    let mut text = match told {
        0 => "no node is told to refresh".to_owned(),
        1 => "1 node is told to refresh".to_owned(),
        told => format!("{told} nodes are told to refresh"),
    };
    if !not.is_empty() {
        let names: Vec<&str> = not.iter().map(|node| &*node.name).collect();
        text.push_str(&format!(
            "; {} cannot be told ({}): no muster-agent of theirs has asked since the server started",
            nodes(not.len()),
            hostlist::compress(&names)
        ));
    }
    text
}
