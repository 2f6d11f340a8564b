//! Telling running nodes that something changed: one small datagram to each agent, paced by [`crate::boot::poke`].
//!
//! What changed is found the way archives are checked when a node asks: by everything that they were made from.

use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{Notify, watch};

use super::shared::{Shared, stopped};
use crate::boot::poke::{self, Ear, Pokes};
use crate::model::{Node, NodeId, View};
use crate::overlay::Context;
use crate::wire::report::POKE;

/// How often what archives were made from is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How often somebody may be told while there is somebody to tell.
const STEP: Duration = Duration::from_millis(50);

/// Where agents hear, and what wakes the one who tells them.
#[derive(Debug, Default)]
pub struct Bell {
    pokes: Mutex<Pokes>,
    /// Whether another view is in force than at the last look.
    swapped: AtomicBool,
    wake: Notify,
}

impl Bell {
    /// The table; locked for single look-ups and insertions only.
    pub fn lock(&self) -> MutexGuard<'_, Pokes> {
        self.pokes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another view comes into force.
    pub(super) fn rings(&self, view: &View) {
        self.lock().retain(|id| view.node(id).is_some());
        self.swapped.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// Has the agents of these nodes told, and says how many can be.
    pub(super) fn tell(&self, nodes: &[Arc<Node>]) -> String {
        let mut pokes = self.lock();
        let known: HashSet<NodeId> = pokes.reachable().collect();
        pokes.want(nodes.iter().map(|node| node.id));
        drop(pokes);
        self.wake.notify_one();
        let (able, not): (Vec<&Arc<Node>>, Vec<&Arc<Node>>) =
            nodes.iter().partition(|node| known.contains(&node.id));
        poke::answer(able.len(), &not)
    }
}

/// The sockets that datagrams leave through.
struct Mouth {
    v4: Option<UdpSocket>,
    v6: Option<UdpSocket>,
}

impl Mouth {
    async fn open(listen: Ipv4Addr) -> Self {
        let v6 = listen.is_unspecified();
        Self {
            v4: UdpSocket::bind((listen, 0)).await.ok(),
            v6: match v6 {
                true => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).await.ok(),
                false => None,
            },
        }
    }

    fn say(&self, ear: &Ear) {
        let socket = match ear.to {
            SocketAddr::V4(_) => &self.v4,
            SocketAddr::V6(_) => &self.v6,
        };
        let word = format!("{POKE} {}", ear.token);
        if let Some(socket) = socket {
            // A word that does not leave is as one that got lost: it is said again.
            let _ = socket.try_send_to(word.as_bytes(), ear.to);
        }
    }
}

/// Tells agents, until `stop` becomes true.
pub(super) async fn serve(shared: Shared, mut stop: watch::Receiver<bool>) {
    let listen = shared.view.load().settings.listen;
    let mouth = Mouth::open(listen).await;
    let mut looked = shared.clock.now();
    loop {
        let busy = shared.bell.lock().busy();
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = shared.bell.wake.notified() => {}
            () = tokio::time::sleep(if busy { STEP } else { LOOK }) => {}
        }
        let now = shared.clock.now();
        if now.since(looked) >= LOOK || shared.bell.swapped.load(Ordering::Acquire) {
            look(&shared).await;
            looked = shared.clock.now();
        }
        let due = shared.bell.lock().due(shared.clock.now());
        due.iter().for_each(|ear| mouth.say(ear));
    }
}

/// Finds the nodes that would be given another archive than they were.
async fn look(shared: &Shared) {
    let swapped = shared.bell.swapped.swap(false, Ordering::AcqRel);
    let view = shared.view.load_full();
    let reachable: Vec<NodeId> = shared.bell.lock().reachable().collect();
    if reachable.is_empty() {
        return;
    }
    let archives = shared.archives.clone();
    let task = tokio::task::spawn_blocking(move || {
        let nodes = reachable.iter().filter_map(|id| view.node(*id));
        let nodes: Vec<Arc<_>> = nodes.cloned().collect();
        archives.outdated_among(&view, &nodes, Context::Runtime)
    });
    let Ok((mut stale, unknown)) = task.await else {
        return;
    };
    if swapped || !stale.is_empty() {
        // Whose archive was let go of may have something new too.
        stale.extend(unknown);
    }
    shared.bell.lock().changed(stale);
}
