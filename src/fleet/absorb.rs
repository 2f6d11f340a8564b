//! From one event to the state of its node: which boot it belongs to, which milestone it passes, what it clears or breaks.

use std::time::Duration;

use super::agent;
use super::boot::{Boot, Ended};
use super::event::{Beacon, DhcpEvent, DhcpStep, Event, Form, Part, Step, TransferEvent, What};
use super::fleet::{Fleet, Track};
use super::place::{Place, place};
use super::rate::Rate;
use super::sign::Sign;
use super::stage::{Condition, Stage};
use super::status::{Progress, Status};
use super::text::clean;
use crate::kit::Stamp;
use crate::model::NodeId;

/// Transfers followed at one time.
const TRACKS: usize = 65_536;

impl Fleet {
    /// Takes in an event of a known node.
    pub(super) fn node_event(&mut self, id: NodeId, event: &Event) {
        let Some(slot) = self
            .slots
            .get_mut(id.0 as usize)
            .filter(|slot| slot.present)
        else {
            return;
        };
        let now = arrived(event);
        slot.status.heard = slot.status.heard.max(Some(now));
        let place = place(slot, event);
        if let Some(word) = agent::word(event).filter(|_| place != Place::Late) {
            slot.agent(word, now);
        }
        match place {
            // Too late to matter, but the node was heard.
            Place::Late => return self.touch(id),
            Place::After => self.after(id, event, now),
            Place::Opens => {
                self.open(id, event);
                self.within(id, event, now);
            }
            Place::Current => self.within(id, event, now),
        }
        self.refresh_eta(id, now);
        self.schedule(id);
        self.touch(id);
    }

    /// Begins a boot; one that was under way has ended.
    fn open(&mut self, id: NodeId, event: &Event) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let mut ended = None;
        if let Some(old) = slot.boot.as_deref_mut() {
            if old.ended.is_none() {
                let failed = slot.status.condition == Condition::Failed;
                let how = if failed {
                    Ended::Failed
                } else {
                    Ended::Superseded
                };
                old.ended = Some((event.at, how));
                ended = old.past(&slot.name, slot.status.note.as_ref());
                slot.loops = slot.loops.saturating_add(1);
            }
            let how = old.ended.map_or(Ended::Superseded, |(_, how)| how);
            slot.last = Some((old.stage(), how, slot.status.note.clone()));
        }
        let rom = matches!(&event.what, What::Dhcp(dhcp) if dhcp.form == Form::Ipxe);
        let boot = Boot::new(event.boot, id, slot.image.clone(), event.at, rom);
        slot.status = Status {
            since: event.at,
            boot: event.boot,
            began: Some(event.at),
            ip: slot.status.ip,
            heard: slot.status.heard,
            ..Status::default()
        };
        let began = boot.past(&slot.name, None);
        slot.boot = Some(Box::new(boot));
        slot.track = None;
        slot.agent = None;
        self.tracks.retain(|_, track| track.node != id);
        self.note_ended(ended);
        self.note_began(began);
    }

    /// Takes in an event of the boot under way.
    fn within(&mut self, id: NodeId, event: &Event, now: Stamp) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let Some(boot) = slot.boot.as_deref_mut() else {
            return;
        };
        boot.keep(event);
        let mut named = None;
        if boot.id.is_none() && event.boot.is_some() {
            boot.id = event.boot;
            slot.status.boot = event.boot;
            named = boot.past(&slot.name, None);
        }
        let mut up = false;
        match &event.what {
            What::Dhcp(dhcp) => slot.dhcp(dhcp, now),
            What::Transfer(transfer) => {
                up = slot.transfer(transfer, now);
                self.follow(id, transfer, now);
            }
            What::Beacon { beacon, .. } => up = slot.beacon(beacon, now),
            What::Rival { .. }
            | What::Change { .. }
            | What::Overlay { .. }
            | What::Fault(_)
            | What::Service { .. } => {}
        }
        self.note_began(named);
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            if let Some(sign) = Sign::of(event) {
                slot.pass(sign, event.at, now);
                up |= sign == Sign::Up;
            }
            if up {
                self.come_up(id, event.at);
            }
        }
    }

    /// Takes in an event of a node that is in no boot.
    fn after(&mut self, id: NodeId, event: &Event, now: Stamp) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        if let Some(boot) = slot.boot.as_deref_mut() {
            boot.keep(event);
            boot.settle();
        }
        match &event.what {
            What::Transfer(transfer) if transfer.part == Part::Runtime => match &transfer.step {
                Step::Finished { .. } if !slot.agent_troubled() => slot.running(now),
                Step::Refused { status, why, .. } if slot.status.stage == Stage::Up => {
                    let note = format!("runtime overlay refused: {status} {}", clean(why));
                    slot.trouble(Condition::Failed, note.into(), 0, now);
                }
                _ => {}
            },
            What::Beacon { beacon, .. } => match beacon {
                Beacon::Up => slot.running(now),
                Beacon::Refresh(refresh) => slot.agent_up(refresh, now),
                Beacon::Failed(why) => {
                    slot.trouble(Condition::Failed, clean(why).into(), 0, now);
                }
                _ => {}
            },
            What::Dhcp(DhcpEvent {
                step: DhcpStep::Ack,
                ip: Some(ip),
                ..
            }) => slot.status.ip = Some(*ip),
            _ => {}
        }
    }

    /// The node is up: its boot ends and teaches.
    fn come_up(&mut self, id: NodeId, at: Stamp) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let Some(boot) = slot.boot.as_deref_mut() else {
            return;
        };
        let latest = boot.trail.iter().flatten().max().copied();
        let at = at.max(latest.unwrap_or(at));
        boot.pass(Sign::Up, at);
        boot.enter(Stage::Up, at);
        boot.ended = Some((at, Ended::Up));
        boot.hurdle = None;
        boot.refusal = None;
        let whole = boot.mark(Sign::Asked).is_some() || boot.mark(Sign::IpxeAsked).is_some();
        let gaps = boot.gaps();
        boot.settle();
        let past = boot.past(&slot.name, None);
        slot.status.stage = Stage::Up;
        slot.status.trail = boot.trail;
        slot.status.condition = Condition::Fine;
        slot.status.note = None;
        slot.status.since = at;
        slot.status.progress = None;
        slot.status.eta = None;
        slot.loops = 0;
        slot.track = None;
        if let Some(past) = past.as_ref().filter(|_| whole) {
            self.lessons.learn(past, &gaps);
        }
        self.note_ended(past);
    }

    /// Follows a transfer's bytes.
    fn follow(&mut self, id: NodeId, transfer: &TransferEvent, now: Stamp) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        match &transfer.step {
            Step::Started { size, offset } => {
                if transfer.part == Part::File || self.tracks.len() >= TRACKS {
                    return;
                }
                let mut rate = Rate::default();
                rate.read(0, now);
                let track = Track {
                    node: id,
                    part: transfer.part,
                    offset: *offset,
                    size: *size,
                    sent: 0,
                    rate,
                    missed: 0,
                };
                slot.track = Some(transfer.id);
                slot.status.progress = Some(Progress {
                    part: transfer.part,
                    sent: *offset,
                    of: size.map(|size| offset.saturating_add(size)),
                    rate: 0,
                });
                self.tracks.insert(transfer.id, track);
            }
            Step::Finished { sent, ms } => {
                let track = self.tracks.remove(&transfer.id);
                if slot.track == Some(transfer.id) {
                    let all = track.map_or(*sent, |track| track.offset.saturating_add(*sent));
                    slot.status.progress = Some(Progress {
                        part: transfer.part,
                        sent: all,
                        of: Some(all),
                        rate: sent.saturating_mul(1000) / (*ms).max(1),
                    });
                }
            }
            Step::Broken { .. } => {
                self.tracks.remove(&transfer.id);
                if let (true, Some(progress)) = (
                    slot.track == Some(transfer.id),
                    slot.status.progress.as_mut(),
                ) {
                    progress.rate = 0;
                }
            }
            Step::Refused { .. } => {}
        }
    }
}

/// When we heard of an event: a beacon may have waited on the node.
fn arrived(event: &Event) -> Stamp {
    match &event.what {
        What::Beacon { queued_ms, .. } => event.at + Duration::from_millis(*queued_ms),
        _ => event.at,
    }
}
