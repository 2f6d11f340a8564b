//! From one event to the state of its node: which boot it belongs to, which milestone it passes, what it clears or breaks.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::boot::{Boot, Ended, Refusal};
use super::event::{Beacon, DhcpEvent, DhcpStep, Event, Form, Part, Step, TransferEvent, What};
use super::fleet::{Fleet, Slot, Track};
use super::motion::overdue_note;
use super::rate::Rate;
use super::sign::{self, Sign};
use super::stage::{Condition, Stage};
use super::status::{Progress, Status};
use super::text::{base, clean, is_probe, is_size_probe};
use crate::kit::Stamp;
use crate::model::NodeId;

/// Transfers followed at one time.
const TRACKS: usize = 65_536;
/// A part that broke off so often has failed.
const BREAKS: u16 = 3;
/// A runtime overlay fetched again after this much silence comes from a running system, not from a loader that retries.
const SETTLED: Duration = Duration::from_secs(15);

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a boot that begins with it.
    Opens,
    /// In the boot under way.
    Current,
    /// After a boot: the node runs.
    After,
    /// In a boot that is over and gone.
    Late,
}

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
        match place(slot, event) {
            Place::Late => return,
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
            What::Beacon { beacon, .. } => slot.beacon(beacon, now),
            What::Rival { .. } | What::Change { .. } | What::Fault(_) | What::Service { .. } => {}
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
                Step::Finished { .. } => slot.running(now),
                Step::Refused { status, why, .. } if slot.status.stage == Stage::Up => {
                    let note = format!("runtime overlay refused: {status} {}", clean(why));
                    slot.trouble(Condition::Failed, note.into(), 0, now);
                }
                Step::Started { .. } | Step::Broken { .. } | Step::Refused { .. } => {}
            },
            What::Beacon { beacon, .. } => match beacon {
                Beacon::Up => slot.running(now),
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

impl Slot {
    /// A milestone: the stage rises, trouble that it disproves is over.
    fn pass(&mut self, sign: Sign, at: Stamp, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        let farther = boot.pass(sign, at);
        if farther {
            boot.moved = boot.moved.max(now);
        }
        // With two stages the kernel only starts the small initramfs, which has yet to fetch everything.
        let stage = if boot.plan.staged && sign == Sign::KernelStarted {
            Stage::Kernel
        } else {
            sign.row().stage
        };
        let latest = boot.trail.iter().flatten().max().copied();
        let entered = boot.enter(stage, at.max(latest.unwrap_or(at)));
        let over = boot
            .hurdle
            .is_some_and(|hurdle| sign.rank(boot.plan.staged) >= hurdle);
        if entered {
            self.status.stage = boot.stage();
            self.status.trail = boot.trail;
            self.status.since = boot.trail[self.status.stage.index()].unwrap_or(now);
            if self.status.stage >= Stage::Init {
                self.status.progress = None;
            }
        }
        if over && self.status.condition != Condition::Fine {
            self.clear(now);
        }
    }

    fn dhcp(&mut self, dhcp: &DhcpEvent, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        if dhcp.form == Form::Os {
            if dhcp.step == DhcpStep::Ack {
                self.status.ip = dhcp.ip.or(self.status.ip);
            }
            return;
        }
        let changed_form = boot.form.is_some_and(|form| form != dhcp.form);
        if changed_form {
            boot.counts.offers = 0;
        }
        boot.form = Some(dhcp.form);
        let ipxe = dhcp.form == Form::Ipxe;
        let (offered, leased) = if ipxe {
            (Sign::IpxeOffered, Sign::IpxeLeased)
        } else {
            (Sign::Offered, Sign::Leased)
        };
        let staged = boot.plan.staged;
        match dhcp.step {
            DhcpStep::Discover if !ipxe => self.maybe_returned(now),
            DhcpStep::Offer => {
                boot.counts.offers = boot.counts.offers.saturating_add(1);
                let waiting = self.status.condition == Condition::Stalled
                    && boot.best == Some(offered)
                    && boot.counts.offers > 1;
                if waiting {
                    self.status.note = Some(overdue_note(self));
                }
            }
            DhcpStep::Request => boot.counts.offers = 0,
            DhcpStep::Ack => {
                boot.counts.offers = 0;
                boot.counts.naks = 0;
                self.status.ip = dhcp.ip.or(self.status.ip);
            }
            DhcpStep::Nak => {
                boot.counts.naks = boot.counts.naks.saturating_add(1);
                if boot.counts.naks > 1 {
                    let note = format!("{} NAKs: it asks for another address", boot.counts.naks);
                    self.trouble(Condition::Failed, note.into(), leased.rank(staged), now);
                }
            }
            DhcpStep::Decline => {
                boot.counts.declines = boot.counts.declines.saturating_add(1);
                let note: Arc<str> = dhcp.ip.map_or_else(
                    || "declined: its address is in use".into(),
                    |ip| format!("declined: {ip} is in use").into(),
                );
                self.trouble(Condition::Failed, note, leased.rank(staged), now);
            }
            DhcpStep::Unanswered => {
                let awaited = if boot
                    .best
                    .is_some_and(|best| best.rank(staged) >= offered.rank(staged))
                {
                    leased
                } else {
                    offered
                };
                let note = dhcp
                    .note
                    .as_deref()
                    .map_or_else(|| "not answered".to_owned(), clean);
                // Whoever has its address already does not fail by one more question.
                let had = boot.mark(leased).is_some();
                if !had {
                    boot.mark_asked(ipxe, now);
                    self.enter_dhcp(now);
                    self.trouble(Condition::Failed, note.into(), awaited.rank(staged), now);
                }
            }
            DhcpStep::Discover | DhcpStep::Proxy | DhcpStep::Release | DhcpStep::Inform => {}
        }
    }

    /// Firmware that asks DHCP again although its loader was sent could not run it.
    fn maybe_returned(&mut self, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        if boot.best == Some(Sign::LoaderDone) {
            boot.counts.returns = boot.counts.returns.saturating_add(1);
            let hurdle = Sign::LoaderDone.rank(boot.plan.staged).saturating_add(1);
            self.trouble(
                Condition::Stalled,
                "loader sent, firmware starts over".into(),
                hurdle,
                now,
            );
        }
    }

    fn enter_dhcp(&mut self, now: Stamp) {
        if let Some(boot) = self.boot.as_deref_mut()
            && boot.enter(Stage::Dhcp, now)
        {
            self.status.stage = boot.stage();
            self.status.trail = boot.trail;
            self.status.since = now;
        }
    }

    /// True if it shows that the node is up.
    fn transfer(&mut self, transfer: &TransferEvent, now: Stamp) -> bool {
        let Some(boot) = self.boot.as_deref_mut() else {
            return false;
        };
        let part = transfer.part as usize;
        match &transfer.step {
            Step::Started { size, .. } => {
                boot.counts.starts[part] = boot.counts.starts[part].saturating_add(1);
                boot.plan.staged |= transfer.part == Part::Initramfs;
                if let (Part::Image, Some(size)) = (transfer.part, size) {
                    boot.image_size = boot.image_size.max(*size);
                }
                if transfer.part != Part::File {
                    boot.moved = boot.moved.max(now);
                    let again = boot.best.is_some_and(Sign::moving)
                        && self.status.condition == Condition::Stalled;
                    if again {
                        self.clear(now);
                    }
                }
                false
            }
            Step::Finished { sent, .. } => {
                boot.counts.broken[part] = 0;
                boot.loaded = boot.loaded.saturating_add(*sent);
                transfer.part == Part::Runtime && boot.refreshed(now)
            }
            Step::Broken { why, .. } if !is_size_probe(transfer) => {
                boot.counts.broken[part] = boot.counts.broken[part].saturating_add(1);
                let times = boot.counts.broken[part];
                if times >= BREAKS && transfer.part != Part::File {
                    let hurdle = sign::begun(transfer.part)
                        .map_or(0, |sign| sign.rank(boot.plan.staged).saturating_add(1));
                    let note = format!(
                        "{} broke off {times} times: {}",
                        transfer.part.word(),
                        clean(why)
                    );
                    self.trouble(Condition::Failed, note.into(), hurdle, now);
                }
                false
            }
            Step::Broken { .. } => false,
            Step::Refused { status, why } => {
                if transfer.part != Part::File && !is_probe(&transfer.path) {
                    self.refuse(transfer, *status, why, now);
                }
                false
            }
        }
    }

    fn refuse(&mut self, transfer: &TransferEvent, status: u16, why: &Arc<str>, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        let sign = sign::begun(transfer.part);
        let staged = boot.plan.staged;
        boot.refusal = Some(Refusal {
            part: transfer.part,
            path: transfer.path.clone(),
            status,
            why: why.clone(),
        });
        boot.moved = boot.moved.max(now);
        // It got as far as asking for this, so that is the stage at which it fails.
        if let Some(stage) = sign.map(|sign| sign.row().stage)
            && boot.enter(stage, now)
        {
            self.status.stage = boot.stage();
            self.status.trail = boot.trail;
        }
        let shown = match (transfer.part, &boot.image) {
            (Part::Image, Some(image)) => image.to_string(),
            (Part::Loader | Part::Script, _) => clean(base(&transfer.path)),
            (part, _) => part.word().to_owned(),
        };
        let note = if status < 100 {
            format!("TFTP error {status}: {shown}")
        } else {
            format!("{status} {shown}")
        };
        let hurdle = sign.map_or(0, |sign| sign.rank(staged));
        self.trouble(Condition::Failed, note.into(), hurdle, now);
    }

    fn beacon(&mut self, beacon: &Beacon, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        boot.moved = boot.moved.max(now);
        if let Beacon::Failed(why) = beacon {
            let hurdle = boot
                .best
                .map_or(0, |best| best.rank(boot.plan.staged).saturating_add(1));
            self.trouble(Condition::Failed, clean(why).into(), hurdle, now);
        }
    }

    /// A sign of life of a running system.
    fn running(&mut self, now: Stamp) {
        if self.status.stage != Stage::Up {
            self.status.stage = Stage::Up;
            self.status.since = now;
            self.status.trail[Stage::Up.index()] = Some(now);
        }
        if self.status.condition != Condition::Fine {
            self.status.condition = Condition::Fine;
            self.status.since = now;
        }
        self.status.note = None;
        self.status.progress = None;
        self.status.eta = None;
    }
}

impl Boot {
    /// A runtime overlay was fetched in full: whether that shows a running system. After the kernel was started the first one
    /// does, unless `/init` reports for itself or an initramfs fetches the overlays; then it takes a second one.
    fn refreshed(&mut self, now: Stamp) -> bool {
        let started =
            self.mark(Sign::KernelStarted).is_some() || self.mark(Sign::InitStarted).is_some();
        if started {
            self.counts.refreshes = self.counts.refreshes.saturating_add(1);
            let speaks = self.mark(Sign::InitStarted).is_some() || self.plan.staged;
            return self.counts.refreshes > u32::from(speaks);
        }
        self.counts.starts[Part::Runtime as usize] > 1
            && self.mark(Sign::OverlayDone).is_some()
            && self
                .mark(Sign::OverlayDone)
                .is_some_and(|at| now.since(at) >= SETTLED)
    }

    /// Notes that it asked, when the event that tells so is that nobody answered.
    fn mark_asked(&mut self, ipxe: bool, now: Stamp) {
        let sign = if ipxe { Sign::IpxeAsked } else { Sign::Asked };
        self.pass(sign, now);
    }
}

/// When we heard of an event: a beacon may have waited on the node.
fn arrived(event: &Event) -> Stamp {
    match &event.what {
        What::Beacon { queued_ms, .. } => event.at + Duration::from_millis(*queued_ms),
        _ => event.at,
    }
}

/// Where an event of a node belongs.
fn place(slot: &Slot, event: &Event) -> Place {
    let Some(boot) = slot.boot.as_deref() else {
        return if starts(slot, event) {
            Place::Opens
        } else {
            Place::After
        };
    };
    let up = matches!(boot.ended, Some((_, Ended::Up)));
    match event.boot {
        Some(id) if boot.id == Some(id) => {
            if up {
                Place::After
            } else {
                Place::Current
            }
        }
        Some(id) if !Fleet::is_younger(slot, id) => Place::Late,
        Some(_) if boot.id.is_none() && boot.ended.is_none() && !restarts(boot, event) => {
            Place::Current
        }
        Some(_) => Place::Opens,
        None if boot.ended.is_some() => {
            if starts(slot, event) {
                Place::Opens
            } else {
                Place::After
            }
        }
        None if restarts(boot, event) => Place::Opens,
        None => Place::Current,
    }
}

/// Whether firmware asks for an address although the kernel was on its way: the machine started over.
fn restarts(boot: &Boot, event: &Event) -> bool {
    matches!(&event.what, What::Dhcp(dhcp)
        if dhcp.form != Form::Os && dhcp.step == DhcpStep::Discover && boot.stage() >= Stage::Kernel)
}

/// Whether an event that names no boot begins one. A file for a running node does so only if it goes to the node's own address:
/// anybody may look at a script.
fn starts(slot: &Slot, event: &Event) -> bool {
    match &event.what {
        What::Dhcp(dhcp) => {
            dhcp.form != Form::Os
                && matches!(
                    dhcp.step,
                    DhcpStep::Discover
                        | DhcpStep::Offer
                        | DhcpStep::Request
                        | DhcpStep::Ack
                        | DhcpStep::Proxy
                        | DhcpStep::Unanswered
                )
        }
        What::Transfer(transfer) => {
            let own = slot.status.ip.or(slot.ip).map(IpAddr::V4) == Some(transfer.peer);
            let fetched = matches!(transfer.step, Step::Started { .. } | Step::Refused { .. });
            let first = slot.boot.is_none() && slot.status.stage == Stage::Off;
            match transfer.part {
                Part::Loader | Part::Script => fetched && (own || event.boot.is_some()),
                Part::Kernel | Part::Initramfs | Part::Image | Part::System => {
                    fetched && first && (own || event.boot.is_some())
                }
                Part::Runtime | Part::File => false,
            }
        }
        What::Beacon { beacon, .. } => {
            slot.status.stage != Stage::Up
                && matches!(
                    beacon,
                    Beacon::KernelStart | Beacon::InitStarted | Beacon::RootReady
                )
        }
        _ => false,
    }
}
