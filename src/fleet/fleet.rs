//! All nodes by number, what each is doing, and what changed since it was last asked.

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::boot::{Boot, Ended, Past};
use super::crowd::Crowd;
use super::drift::Drift;
use super::eta::Lessons;
use super::event::{BootId, DhcpStep, Event, Part, TransferId, What, Who};
use super::rate::Rate;
use super::sign::Sign;
use super::stage::{Condition, Stage};
use super::status::{Status, Stranger};
use super::text;
use crate::kit::Stamp;
use crate::model::{Node, NodeId, View};

/// How many foreign DHCP servers are remembered.
const RIVALS: usize = 16;

/// Bytes that our servers send, smoothed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Flow {
    /// TFTP bytes a second.
    pub tftp: u64,
    /// HTTP bytes a second.
    pub http: u64,
    /// Transfers under way.
    pub transfers: u32,
}

/// Another DHCP server that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Rival {
    /// Its address.
    pub server: Ipv4Addr,
    /// Interface it was heard on.
    pub via: Arc<str>,
    /// What it did last.
    pub what: Arc<str>,
    /// When it was last heard.
    pub at: Stamp,
}

/// What changed since the last call of [`Fleet::take_touched`].
#[derive(Debug, Default)]
pub struct Touched {
    /// Nodes whose status changed, each once.
    pub nodes: Vec<NodeId>,
    /// Whether the list of strangers changed.
    pub strangers: bool,
    /// Whether the traffic changed.
    pub traffic: bool,
    /// Boots that began.
    pub boots_began: Vec<Past>,
    /// Boots that ended.
    pub boots_ended: Vec<Past>,
}

/// One node's place.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) present: bool,
    pub(super) name: Arc<str>,
    pub(super) image: Option<Arc<str>>,
    pub(super) ip: Option<Ipv4Addr>,
    pub(super) status: Status,
    pub(super) boot: Option<Box<Boot>>,
    pub(super) due: Option<Stamp>,
    /// Boots in a row that did not come up.
    pub(super) loops: u32,
    /// How the boot before this one ended: stage, end, remark.
    pub(super) last: Option<(Stage, Ended, Option<Arc<str>>)>,
    pub(super) track: Option<TransferId>,
    /// What its agent said since it started.
    pub(super) agent: Option<Box<Agent>>,
    dirty: bool,
}

/// One transfer to a known node.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) node: NodeId,
    pub(super) part: Part,
    pub(super) offset: u64,
    pub(super) size: Option<u64>,
    pub(super) sent: u64,
    pub(super) rate: Rate,
    pub(super) missed: u8,
}

/// What is happening to every node.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) slots: Vec<Slot>,
    pub(super) tracks: HashMap<TransferId, Track>,
    pub(super) lessons: Lessons,
    pub(super) rates: [Rate; 2],
    pub(super) flow: Flow,
    pub(super) due: BTreeSet<(Stamp, NodeId)>,
    pub(super) limit: Duration,
    crowd: Crowd,
    rivals: Vec<Rival>,
    touched: Touched,
}

impl Fleet {
    /// A fleet of no nodes; [`Fleet::registry`] brings them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            limit: Duration::from_secs(3600),
            ..Self::default()
        }
    }

    /// Takes in a new revision: nodes that appeared, changed or vanished. A vanished node's boot and status are forgotten;
    /// strangers that became nodes are strangers no more.
    pub fn registry(&mut self, view: &View) {
        if !view.settings.boot_limit.is_zero() {
            self.limit = view.settings.boot_limit;
        }
        for at in 0..self.slots.len() {
            let id = NodeId(at as u32);
            if self.slots[at].present && view.node(id).is_none() {
                self.vanish(id);
            }
        }
        for node in &view.nodes {
            self.admit(node);
        }
        self.touched.strangers |= self.crowd.forget(|mac| view.by_mac(mac).is_some());
    }

    /// Restores a node's last boot from the history, and learns from it. Call with boots oldest first, before any event. A boot
    /// that had not ended is taken up again: it is awaited from `now` on.
    pub fn seed(&mut self, past: &Past, view: &View, now: Stamp) {
        if matches!(past.ended, Some((_, Ended::Up))) {
            self.lessons.learn(past, &[]);
        }
        let Some(node) = view.by_name(&past.node) else {
            return;
        };
        let id = node.id;
        self.admit(node);
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let mut boot = Boot::new(Some(past.id), id, past.image.clone(), past.began, false);
        boot.trail = past.trail;
        boot.ended = past.ended;
        let stage = boot.stage();
        boot.best = first_sign(stage);
        boot.moved = now;
        let up = matches!(past.ended, Some((_, Ended::Up)));
        slot.loops = if up || past.ended.is_none() {
            0
        } else {
            slot.loops.saturating_add(1)
        };
        slot.status = Status {
            stage,
            condition: match past.ended {
                None | Some((_, Ended::Up)) => Condition::Fine,
                Some((_, Ended::Failed)) => Condition::Failed,
                Some(_) => Condition::Stalled,
            },
            note: past.note.clone().filter(|_| !up),
            since: past.trail[stage.index()].unwrap_or(past.began),
            boot: Some(past.id),
            began: Some(past.began),
            progress: None,
            eta: None,
            ip: slot.ip,
            trail: past.trail,
            heard: past
                .ended
                .map(|(at, _)| at)
                .or_else(|| past.trail.iter().flatten().max().copied()),
            drift: Drift::Idle,
        };
        slot.boot = Some(Box::new(boot));
        self.touch(id);
        self.schedule(id);
    }

    /// Takes in an event. Events of nodes that neither the view nor the fleet knows are dropped.
    pub fn absorb(&mut self, event: &Event, view: &View) {
        if let What::Rival { server, via, what } = &event.what {
            self.hear_rival(*server, via, what, event.at);
        }
        match &event.who {
            Who::Node(id) => {
                if !self.knows(*id)
                    && let Some(node) = view.node(*id)
                {
                    self.admit(node);
                }
                self.node_event(*id, event);
            }
            Who::Stranger(mac) => {
                if view.by_mac(mac).is_none() {
                    self.touched.strangers |= self.crowd.absorb(*mac, event);
                }
            }
            Who::Server => {}
        }
    }

    /// What changed since the last call.
    pub fn take_touched(&mut self) -> Touched {
        for id in &self.touched.nodes {
            if let Some(slot) = self.slots.get_mut(id.0 as usize) {
                slot.dirty = false;
            }
        }
        std::mem::take(&mut self.touched)
    }

    /// A node's status; a node never heard of is off.
    #[must_use]
    pub fn status(&self, id: NodeId) -> &Status {
        static OFF: Status = Status {
            stage: Stage::Off,
            condition: Condition::Fine,
            note: None,
            since: Stamp(0),
            boot: None,
            began: None,
            progress: None,
            eta: None,
            ip: None,
            trail: [None; 8],
            heard: None,
            drift: Drift::Idle,
        };
        self.slot(id).map_or(&OFF, |slot| &slot.status)
    }

    /// The boot a node is in, or was last.
    #[must_use]
    pub fn boot(&self, id: NodeId) -> Option<&Boot> {
        self.slot(id)?.boot.as_deref()
    }

    /// What the agent of a running node said last; none of a node that has none, or has not spoken since it booted.
    #[must_use]
    pub fn agent(&self, id: NodeId) -> Option<&Agent> {
        self.slot(id)?.agent.as_deref()
    }

    /// Whether any node is on its way.
    #[must_use]
    pub fn booting(&self) -> bool {
        self.slots
            .iter()
            .filter_map(|slot| slot.boot.as_ref())
            .any(|boot| boot.ended.is_none())
    }

    /// Machines not in the registry, newest first.
    #[must_use]
    pub fn strangers(&self) -> Vec<Stranger> {
        self.crowd.list()
    }

    /// Bytes on their way.
    #[must_use]
    pub fn traffic(&self) -> Flow {
        self.flow
    }

    /// Other DHCP servers heard, the latest last.
    #[must_use]
    pub fn rivals(&self) -> &[Rival] {
        &self.rivals
    }

    /// An event in words, with what only its boot tells: the third offer that got no request, how long `up` took. Call after
    /// [`Fleet::absorb`].
    #[must_use]
    pub fn line(&self, event: &Event) -> String {
        let Who::Node(id) = event.who else {
            return event.text();
        };
        let Some(boot) = self.boot(id).filter(|boot| boot.id == event.boot) else {
            return event.text();
        };
        let mut line = event.text_with(boot.image.as_deref());
        match &event.what {
            What::Dhcp(dhcp) if dhcp.step == DhcpStep::Offer && boot.counts.offers > 1 => {
                let nth = text::ordinal(boot.counts.offers - 1);
                line.push_str(&format!(" → no REQUEST ({nth})"));
            }
            What::Beacon { .. } if Sign::of(event) == Some(Sign::Up) => {
                line.push_str(&format!(
                    " after {}",
                    text::span(event.at.since(boot.began))
                ));
            }
            _ => {}
        }
        line
    }

    pub(super) fn slot(&self, id: NodeId) -> Option<&Slot> {
        self.slots.get(id.0 as usize).filter(|slot| slot.present)
    }

    pub(super) fn touch(&mut self, id: NodeId) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize)
            && !slot.dirty
        {
            slot.dirty = true;
            self.touched.nodes.push(id);
        }
    }

    pub(super) fn note_began(&mut self, past: Option<Past>) {
        self.touched.boots_began.extend(past);
    }

    pub(super) fn note_ended(&mut self, past: Option<Past>) {
        self.touched.boots_ended.extend(past);
    }

    pub(super) fn note_traffic(&mut self, flow: Flow) {
        self.touched.traffic |= flow != self.flow;
        self.flow = flow;
    }

    /// Whether another boot id is younger than every one seen of this node.
    pub(super) fn is_younger(slot: &Slot, id: BootId) -> bool {
        slot.boot
            .as_ref()
            .and_then(|boot| boot.id)
            .is_none_or(|own| id > own)
    }

    fn knows(&self, id: NodeId) -> bool {
        self.slot(id).is_some()
    }

    fn admit(&mut self, node: &Node) {
        let at = node.id.0 as usize;
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, Slot::default);
        }
        let slot = &mut self.slots[at];
        slot.present = true;
        slot.name = node.name.clone();
        slot.image = node.image.clone();
        slot.ip = node.ipaddr();
    }

    fn vanish(&mut self, id: NodeId) {
        let at = id.0 as usize;
        if let Some(due) = self.slots[at].due {
            self.due.remove(&(due, id));
        }
        self.tracks.retain(|_, track| track.node != id);
        let dirty = self.slots[at].dirty;
        self.slots[at] = Slot {
            dirty,
            ..Slot::default()
        };
        self.touch(id);
    }

    fn hear_rival(&mut self, server: Ipv4Addr, via: &Arc<str>, what: &Arc<str>, at: Stamp) {
        self.rivals.retain(|rival| rival.server != server);
        if self.rivals.len() >= RIVALS {
            self.rivals.remove(0);
        }
        self.rivals.push(Rival {
            server,
            via: via.clone(),
            what: what.clone(),
            at,
        });
    }
}

/// The milestone that stands for a stage when only the stage is known.
fn first_sign(stage: Stage) -> Option<Sign> {
    super::sign::ROWS
        .iter()
        .find(|row| row.stage == stage)
        .map(|row| row.sign)
}
