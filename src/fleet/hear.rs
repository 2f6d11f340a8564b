//! What a node's place makes of one message, one file, one word of the node.

use std::sync::Arc;
use std::time::Duration;

use super::boot::{Boot, Refusal};
use super::event::{Beacon, DhcpEvent, DhcpStep, Form, Part, Step, TransferEvent};
use super::fleet::Slot;
use super::motion::overdue_note;
use super::sign::{self, Sign};
use super::stage::{Condition, Stage};
use super::text::{base, clean, is_probe, is_size_probe};
use crate::kit::Stamp;

/// A part that broke off so often has failed.
const BREAKS: u16 = 3;
/// A runtime overlay fetched again after this much silence comes from a running system, not from a loader that retries.
const SETTLED: Duration = Duration::from_secs(15);

impl Slot {
    /// A milestone: the stage rises, trouble that it disproves is over.
    pub(super) fn pass(&mut self, sign: Sign, at: Stamp, now: Stamp) {
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

    pub(super) fn dhcp(&mut self, dhcp: &DhcpEvent, now: Stamp) {
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
        let (offered, leased) = answers(dhcp.form);
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
            DhcpStep::Request if dhcp.note.is_some() => {
                let note = "took another server's offer".into();
                self.trouble(Condition::Failed, note, leased.rank(staged), now);
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
                    let note = format!("asks for a foreign address, {} NAKs", boot.counts.naks);
                    self.trouble(Condition::Failed, note.into(), leased.rank(staged), now);
                }
            }
            DhcpStep::Decline => {
                boot.counts.declines = boot.counts.declines.saturating_add(1);
                let note: Arc<str> = dhcp.ip.map_or_else(
                    || "its address is in use".into(),
                    |ip| format!("{ip} is in use").into(),
                );
                self.trouble(Condition::Failed, note, leased.rank(staged), now);
            }
            DhcpStep::Unanswered => self.unanswered(dhcp, now),
            DhcpStep::NoLoader => self.without_loader(dhcp, now),
            DhcpStep::Discover | DhcpStep::Proxy | DhcpStep::Release | DhcpStep::Inform => {}
        }
    }

    /// A question that got no answer, with the reason. Whoever has its address already does not fail by one more question.
    fn unanswered(&mut self, dhcp: &DhcpEvent, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        let ipxe = dhcp.form == Form::Ipxe;
        let (offered, leased) = answers(dhcp.form);
        if boot.mark(leased).is_some() {
            return;
        }
        let staged = boot.plan.staged;
        let has_offer = boot
            .best
            .is_some_and(|best| best.rank(staged) >= offered.rank(staged));
        let awaited = if has_offer { leased } else { offered };
        let note = dhcp
            .note
            .as_deref()
            .map_or_else(|| "not answered".to_owned(), unanswered_note);
        boot.mark_asked(ipxe, now);
        self.enter_dhcp(now);
        self.trouble(Condition::Failed, note.into(), awaited.rank(staged), now);
    }

    /// We have nothing that this architecture could load.
    fn without_loader(&mut self, dhcp: &DhcpEvent, now: Stamp) {
        let staged = self.boot.as_deref().is_some_and(|boot| boot.plan.staged);
        let note = match dhcp.arch {
            Some(arch) => format!("no loader for {}", arch.word()),
            None => "no loader for its firmware".to_owned(),
        };
        let hurdle = Sign::LoaderBegun.rank(staged);
        self.trouble(Condition::Failed, note.into(), hurdle, now);
    }

    /// Firmware that asks DHCP again although its loader was sent could not run it.
    fn maybe_returned(&mut self, now: Stamp) {
        let Some(boot) = self.boot.as_deref_mut() else {
            return;
        };
        if boot.best == Some(Sign::LoaderDone) {
            boot.counts.returns = boot.counts.returns.saturating_add(1);
            let hurdle = Sign::LoaderDone.rank(boot.plan.staged).saturating_add(1);
            self.trouble(Condition::Stalled, "loader did not run".into(), hurdle, now);
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
    pub(super) fn transfer(&mut self, transfer: &TransferEvent, now: Stamp) -> bool {
        let Some(boot) = self.boot.as_deref_mut() else {
            return false;
        };
        let part = transfer.part as usize;
        match &transfer.step {
            Step::Started { size, .. } => {
                boot.counts.starts[part] = boot.counts.starts[part].saturating_add(1);
                boot.plan.staged |= transfer.part == Part::Initramfs;
                if transfer.part == Part::Runtime && boot.runs_its_kernel() {
                    boot.counts.refreshes_begun = boot.counts.refreshes_begun.saturating_add(1);
                }
                if let (Part::Image, Some(size)) = (transfer.part, size) {
                    boot.image_size = boot.image_size.max(*size);
                }
                // A script that is fetched over and over leads nowhere.
                let idle = transfer.part == Part::Script
                    && boot.best.is_some_and(|best| best >= Sign::ScriptDone);
                if transfer.part != Part::File && !idle {
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
            Step::Broken { .. } if !is_size_probe(transfer) => {
                boot.counts.broken[part] = boot.counts.broken[part].saturating_add(1);
                let times = boot.counts.broken[part];
                if times >= BREAKS && transfer.part != Part::File {
                    let hurdle = sign::begun(transfer.part)
                        .map_or(0, |sign| sign.rank(boot.plan.staged).saturating_add(1));
                    // The stage's word stands before it.
                    let note = match transfer.part {
                        Part::Script | Part::Initramfs => {
                            format!("{} broke off {times} times", transfer.part.word())
                        }
                        _ => format!("broke off {times} times"),
                    };
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
        // The stage's word stands before it.
        let shown = match (transfer.part, &boot.image) {
            (Part::Image, Some(image)) => format!("{} ", clean(image)),
            (Part::Loader, _) => format!("{} ", clean(base(&transfer.path))),
            (Part::Script | Part::Initramfs, _) => format!("{} ", transfer.part.word()),
            _ => String::new(),
        };
        let note = if status < 100 {
            format!("{shown}refused: TFTP error {status}")
        } else {
            format!("{shown}refused: {status}")
        };
        let hurdle = sign.map_or(0, |sign| sign.rank(staged));
        self.trouble(Condition::Failed, note.into(), hurdle, now);
    }

    /// True if it shows that the node is up: its agent speaks after its kernel was started.
    pub(super) fn beacon(&mut self, beacon: &Beacon, now: Stamp) -> bool {
        let Some(boot) = self.boot.as_deref_mut() else {
            return false;
        };
        boot.moved = boot.moved.max(now);
        let runs = matches!(beacon, Beacon::Refresh(_)) && boot.runs_its_kernel();
        if let Beacon::Failed(why) = beacon {
            let hurdle = boot
                .best
                .map_or(0, |best| best.rank(boot.plan.staged).saturating_add(1));
            self.trouble(Condition::Failed, clean(why).into(), hurdle, now);
        }
        runs
    }

    /// A sign of life of a running system.
    pub(super) fn running(&mut self, now: Stamp) {
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
    /// Whether the kernel is known to have been started.
    fn runs_its_kernel(&self) -> bool {
        self.mark(Sign::KernelStarted).is_some() || self.mark(Sign::InitStarted).is_some()
    }

    /// A runtime overlay was fetched in full: whether that shows a running system. After the kernel was started the first one
    /// does, unless `/init` reports for itself or an initramfs fetches the overlays; then it takes a second one.
    fn refreshed(&mut self, now: Stamp) -> bool {
        if self.runs_its_kernel() {
            if self.counts.refreshes >= self.counts.refreshes_begun {
                return false;
            }
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

/// The reason for which a question was not answered, short enough for a list; the event has all of it.
fn unanswered_note(why: &str) -> String {
    const SHORT: [(&str, &str); 3] = [
        ("is used up", "no address left in the pool"),
        (
            "which is not in network",
            "its address is of another network",
        ),
        ("has no `ipaddr`", "it has no address, and there is no pool"),
    ];
    if let Some((_, short)) = SHORT.iter().find(|(sign, _)| why.contains(sign)) {
        return (*short).to_owned();
    }
    let first = why.split([';', ',', '(']).next().unwrap_or(why);
    clean(first.trim_end())
}

/// The signs that a client of this form was offered an address, and that it has it.
fn answers(form: Form) -> (Sign, Sign) {
    if form == Form::Ipxe {
        (Sign::IpxeOffered, Sign::IpxeLeased)
    } else {
        (Sign::Offered, Sign::Leased)
    }
}
