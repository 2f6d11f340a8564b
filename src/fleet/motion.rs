//! What time does to a fleet: bytes that flow, deadlines that pass.

use std::sync::Arc;
use std::time::Duration;

use super::boot::{Boot, Ended};
use super::event::TransferId;
use super::fleet::{Fleet, Flow, Slot};
use super::rate::Rate;
use super::sign::Sign;
use super::stage::{Condition, Stage};
use super::status::Progress;
use crate::kit::Stamp;
use crate::model::NodeId;

/// A transfer that is missing from so many samples in a row has ended without our hearing of it.
const MISSED: u8 = 3;

impl Fleet {
    /// Takes in the counters of every transfer under way, and all bytes ever sent (TFTP, HTTP). Call a few times a second.
    pub fn progress(&mut self, samples: &[(TransferId, u64)], totals: [u64; 2], now: Stamp) {
        for track in self.tracks.values_mut() {
            track.missed = track.missed.saturating_add(1);
        }
        for (id, sent) in samples {
            self.sample(*id, *sent, now);
        }
        self.tracks.retain(|_, track| track.missed < MISSED);
        for (rate, total) in self.rates.iter_mut().zip(totals) {
            rate.read(total, now);
        }
        if samples.is_empty() {
            self.rates = self.rates.map(Rate::rested);
        }
        let [tftp, http] = self.rates.map(|rate| rate.per_second());
        self.note_traffic(Flow {
            tftp,
            http,
            transfers: u32::try_from(samples.len()).unwrap_or(u32::MAX),
        });
    }

    /// Lets time pass: boots whose next signal is overdue are stalled, boots beyond their limit end.
    pub fn tick(&mut self, now: Stamp) {
        while let Some(&(due, id)) = self.due.first() {
            if due > now {
                break;
            }
            self.due.pop_first();
            if let Some(slot) = self.slots.get_mut(id.0 as usize) {
                slot.due = None;
                self.overdue(id, now);
                self.schedule(id);
            }
        }
    }

    /// When [`Fleet::tick`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Stamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Sets the node's next deadline.
    pub(super) fn schedule(&mut self, id: NodeId) {
        let due = self.slot(id).and_then(|slot| self.deadline(slot));
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        if slot.due == due {
            return;
        }
        if let Some(old) = std::mem::replace(&mut slot.due, due) {
            self.due.remove(&(old, id));
        }
        if let Some(due) = due {
            self.due.insert((due, id));
        }
    }

    /// How long the next signal of a boot may take.
    #[must_use]
    pub(super) fn patience(&self, boot: &Boot) -> Option<Duration> {
        let sign = boot.best.filter(|sign| *sign != Sign::Up)?;
        let floor = sign.patience(boot.image_size);
        if sign.moving() {
            // Bytes flow or they do not; how long a file takes in all says nothing about that.
            return Some(floor);
        }
        Some(self.lessons.patience(boot.image.as_ref(), sign, floor))
    }

    /// Works out anew when the node will be up.
    pub(super) fn refresh_eta(&mut self, id: NodeId, now: Stamp) {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let Some(boot) = slot.boot.as_deref().filter(|boot| boot.ended.is_none()) else {
            slot.status.eta = None;
            return;
        };
        if slot.status.condition != Condition::Fine {
            slot.status.eta = None;
            return;
        }
        let stage = slot.status.stage;
        let entered = boot.trail[stage.index()].unwrap_or(boot.began);
        let fresh = self.lessons.eta(
            boot.image.as_ref(),
            boot.plan,
            stage,
            entered,
            slot.status.progress.as_ref(),
            now,
        );
        slot.status.eta = match (slot.status.eta, fresh) {
            (Some(old), Some(new)) if !differs(old, new, now) => Some(old),
            (_, fresh) => fresh,
        };
    }

    fn sample(&mut self, transfer: TransferId, sent: u64, now: Stamp) {
        let Some(track) = self.tracks.get_mut(&transfer) else {
            return;
        };
        track.missed = 0;
        track.rate.read(sent, now);
        let flowed = sent > track.sent;
        track.sent = sent;
        let id = track.node;
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let mut changed = false;
        if slot.track == Some(transfer) {
            let progress = Progress {
                part: track.part,
                sent: track.offset.saturating_add(sent),
                of: track.size.map(|size| track.offset.saturating_add(size)),
                rate: track.rate.per_second(),
            };
            changed = slot.status.progress.as_ref() != Some(&progress);
            slot.status.progress = Some(progress);
        }
        if flowed {
            slot.status.heard = slot.status.heard.max(Some(now));
            if let Some(boot) = slot.boot.as_deref_mut() {
                boot.moved = boot.moved.max(now);
                let stuck = slot.status.condition == Condition::Stalled;
                if stuck && boot.best.is_some_and(Sign::moving) {
                    slot.clear(now);
                    changed = true;
                    self.schedule(id);
                }
            }
        }
        if changed {
            self.refresh_eta(id, now);
            self.touch(id);
        }
    }

    fn deadline(&self, slot: &Slot) -> Option<Stamp> {
        let boot = slot.boot.as_deref().filter(|boot| boot.ended.is_none())?;
        let end = boot.began + self.limit;
        if slot.status.condition != Condition::Fine {
            return Some(end);
        }
        let silence = self.patience(boot).map(|patience| boot.moved + patience);
        Some(silence.map_or(end, |silence| silence.min(end)))
    }

    fn overdue(&mut self, id: NodeId, now: Stamp) {
        let Some(due) = self.slot(id).and_then(|slot| self.deadline(slot)) else {
            return;
        };
        if due > now {
            return;
        }
        let limit = self.limit;
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return;
        };
        let Some(boot) = slot.boot.as_deref_mut() else {
            return;
        };
        if boot.began + limit <= now {
            let failed = slot.status.condition == Condition::Failed;
            boot.ended = Some((
                now,
                if failed {
                    Ended::Failed
                } else {
                    Ended::TimedOut
                },
            ));
            let past = boot.past(&slot.name, slot.status.note.as_ref());
            if slot.status.condition == Condition::Fine {
                let note = overdue_note(slot);
                slot.trouble(Condition::Stalled, note, 0, now);
            }
            slot.loops = slot.loops.saturating_add(1);
            self.note_ended(past);
        } else {
            let hurdle = boot
                .best
                .map_or(0, |best| best.rank(boot.plan.staged).saturating_add(1));
            let note = overdue_note(slot);
            slot.trouble(Condition::Stalled, note, hurdle, now);
        }
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.status.eta = None;
        }
        self.touch(id);
    }
}

impl Slot {
    /// Something is wrong; `hurdle` is the rank of the sign that will show that it is not any more.
    pub(super) fn trouble(&mut self, condition: Condition, note: Arc<str>, hurdle: u8, now: Stamp) {
        if self.status.condition != condition {
            self.status.since = now;
        }
        self.status.condition = condition;
        self.status.note = Some(note);
        self.status.eta = None;
        if let Some(boot) = self.boot.as_deref_mut() {
            boot.hurdle = Some(hurdle);
        }
    }

    /// All is well again.
    pub(super) fn clear(&mut self, now: Stamp) {
        self.status.condition = Condition::Fine;
        self.status.note = None;
        if let Some(boot) = self.boot.as_deref_mut() {
            boot.hurdle = None;
            boot.refusal = None;
            self.status.since = boot.trail[self.status.stage.index()].unwrap_or(now);
        } else {
            self.status.since = now;
        }
    }
}

/// Short remark about what does not come.
pub(super) fn overdue_note(slot: &Slot) -> Arc<str> {
    let Some((boot, best)) = slot
        .boot
        .as_deref()
        .and_then(|boot| boot.best.map(|best| (boot, best)))
    else {
        return "silent".into();
    };
    let row = best.row();
    match best {
        Sign::Offered if boot.counts.offers > 1 => {
            format!("{} offers, none taken", boot.counts.offers).into()
        }
        Sign::IpxeOffered if boot.counts.offers > 1 => {
            format!("iPXE took none of {} offers", boot.counts.offers).into()
        }
        _ if best.moving() => match &slot.status.progress {
            Some(Progress {
                sent, of: Some(of), ..
            }) if *of > 0 && slot.status.stage != Stage::Off => {
                let percent = (*sent as f64 * 100.0 / *of as f64).min(100.0) as u64;
                format!("{} at {percent} %", row.overdue).into()
            }
            _ => row.overdue.into(),
        },
        _ => row.overdue.into(),
    }
}

/// Whether a new estimate differs so much from the old that it is worth showing.
fn differs(old: Stamp, new: Stamp, now: Stamp) -> bool {
    let apart = old.since(new).max(new.since(old));
    let left = new.since(now);
    old <= now || apart > Duration::from_millis(1500).max(left / 10)
}
