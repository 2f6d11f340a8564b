//! One node's case: everything a cause may ask about it, and the commands that are made from its own values.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::super::boot::{Boot, Refusal};
use super::super::event::{Arch, Beacon, DhcpStep, Form, Part, Step, What};
use super::super::fleet::{Fleet, Rival};
use super::super::sign::Sign;
use super::super::stage::Condition;
use super::super::status::Status;
use super::super::text;
use crate::kit::{Stamp, units};
use crate::model::{Node, NodeId, View};

/// A rival heard longer ago than this has nothing to do with it.
const RIVAL_FRESH: Duration = Duration::from_secs(900);

/// A cause: how to know it, and what to say of it.
pub(super) struct Row {
    /// Whether it is this.
    pub(super) when: fn(&Case<'_>) -> bool,
    /// What to say.
    pub(super) say: fn(&Case<'_>) -> Words,
}

/// What is said of a case.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) headline: String,
    pub(super) expected: Option<String>,
    pub(super) missing: Option<String>,
    pub(super) meaning: Vec<String>,
    pub(super) tries: Vec<String>,
}

impl Words {
    pub(super) fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            ..Self::default()
        }
    }

    pub(super) fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into());
        self
    }

    pub(super) fn missing(mut self, text: impl Into<String>) -> Self {
        self.missing = Some(text.into());
        self
    }

    pub(super) fn means(mut self, text: impl Into<String>) -> Self {
        self.meaning.push(text.into());
        self
    }

    pub(super) fn attempt(mut self, text: impl Into<String>) -> Self {
        self.tries.push(text.into());
        self
    }

    pub(super) fn attempts(mut self, texts: impl IntoIterator<Item = String>) -> Self {
        self.tries.extend(texts);
        self
    }
}

/// One node's case.
pub(super) struct Case<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) view: &'a View,
    pub(super) node: &'a Node,
    pub(super) status: &'a Status,
    pub(super) boot: Option<&'a Boot>,
    pub(super) now: Stamp,
}

impl<'a> Case<'a> {
    pub(super) fn new(fleet: &'a Fleet, view: &'a View, id: NodeId, now: Stamp) -> Option<Self> {
        Some(Self {
            fleet,
            view,
            node: view.node(id)?,
            status: fleet.status(id),
            boot: fleet.boot(id),
            now,
        })
    }

    /// Its boot hangs, and this was the last milestone.
    pub(super) fn stuck_at(&self, sign: Sign) -> bool {
        self.status.condition == Condition::Stalled && self.best() == Some(sign)
    }

    /// Its boot hangs or failed, and this was the last milestone.
    pub(super) fn hangs_at(&self, sign: Sign) -> bool {
        self.status.condition != Condition::Fine && self.best() == Some(sign)
    }

    pub(super) fn best(&self) -> Option<Sign> {
        self.boot.and_then(|boot| boot.best)
    }

    /// Time since the boot last moved.
    pub(super) fn silence(&self) -> Duration {
        self.boot
            .map_or(Duration::ZERO, |boot| self.now.since(boot.moved))
    }

    pub(super) fn quiet(&self) -> String {
        brief(self.silence())
    }

    pub(super) fn offers(&self) -> u32 {
        self.boot.map_or(0, |boot| boot.counts.offers)
    }

    pub(super) fn starts(&self, part: Part) -> u16 {
        self.boot
            .map_or(0, |boot| boot.counts.starts[part as usize])
    }

    pub(super) fn broken(&self, part: Part) -> u16 {
        self.boot
            .map_or(0, |boot| boot.counts.broken[part as usize])
    }

    pub(super) fn refusal(&self) -> Option<&'a Refusal> {
        self.boot.and_then(|boot| boot.refusal.as_ref())
    }

    /// Why the last transfer of a part broke off.
    pub(super) fn break_reason(&self, part: Part) -> Option<String> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Transfer(transfer) if transfer.part == part => match &transfer.step {
                    Step::Broken { why, .. } => Some(text::clean(why)),
                    _ => None,
                },
                _ => None,
            })
    }

    /// What the node said last that failed.
    pub(super) fn complaint(&self) -> Option<String> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Beacon {
                    beacon: Beacon::Failed(why),
                    ..
                } => Some(text::clean(why)),
                _ => None,
            })
    }

    /// Why the last DHCP message was not answered.
    pub(super) fn unanswered(&self) -> Option<String> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Dhcp(dhcp) if dhcp.step == DhcpStep::Unanswered => {
                    Some(dhcp.note.as_deref().map_or_else(String::new, text::clean))
                }
                _ => None,
            })
    }

    /// The server whose offer it took instead of ours, if that was its last request.
    pub(super) fn took_other(&self) -> Option<Ipv4Addr> {
        let note = self
            .boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Dhcp(dhcp) if dhcp.step == DhcpStep::Request => Some(dhcp.note.as_deref()),
                _ => None,
            })??;
        note.split(' ').find_map(|word| word.parse().ok())
    }

    /// The address of the last message of this kind.
    pub(super) fn address_in(&self, step: DhcpStep) -> Option<Ipv4Addr> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Dhcp(dhcp) if dhcp.step == step => dhcp.ip,
                _ => None,
            })
    }

    /// Client architecture, as the last DHCP message told.
    pub(super) fn arch(&self) -> Option<Arch> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Dhcp(dhcp) => dhcp.arch,
                _ => None,
            })
    }

    /// Whether our last acknowledgement named a boot file.
    pub(super) fn was_given_a_file(&self) -> bool {
        self.boot.is_some_and(|boot| {
            boot.events()
                .rev()
                .find_map(|event| match &event.what {
                    What::Dhcp(dhcp) if matches!(dhcp.step, DhcpStep::Ack | DhcpStep::Proxy) => {
                        Some(dhcp.names_file())
                    }
                    _ => None,
                })
                .unwrap_or(true)
        })
    }

    /// Name of the loader that was sent or asked for.
    pub(super) fn loader(&self) -> String {
        let found = self.boot.and_then(|boot| {
            boot.events().rev().find_map(|event| match &event.what {
                What::Transfer(transfer) if transfer.part == Part::Loader => {
                    Some(text::clean(text::base(&transfer.path)))
                }
                What::Dhcp(dhcp) if dhcp.step == DhcpStep::Ack && dhcp.form != Form::Ipxe => dhcp
                    .note
                    .as_deref()
                    .map(|note| text::clean(text::base(note))),
                _ => None,
            })
        });
        found.unwrap_or_else(|| "the loader".into())
    }

    /// Interface or relay that it is heard through.
    pub(super) fn via(&self) -> Option<&'a str> {
        self.boot?
            .events()
            .rev()
            .find_map(|event| match &event.what {
                What::Dhcp(dhcp) if !dhcp.via.is_empty() => Some(&*dhcp.via),
                _ => None,
            })
    }

    pub(super) fn relayed(&self) -> bool {
        self.via().is_some_and(|via| via.starts_with("relay"))
    }

    /// Interface for a capture: `any` where it is not known or a relay stands between.
    pub(super) fn interface(&self) -> String {
        self.via()
            .filter(|via| !via.starts_with("relay") && !via.contains(' '))
            .map_or_else(|| "any".into(), text::clean)
    }

    /// Another DHCP server that spoke lately.
    pub(super) fn rival(&self) -> Option<&'a Rival> {
        let since = self.boot.map_or(self.now, |boot| boot.began);
        self.fleet
            .rivals()
            .iter()
            .rev()
            .find(|rival| rival.at >= since || self.now.since(rival.at) < RIVAL_FRESH)
    }

    pub(super) fn mac(&self) -> String {
        self.node
            .mac()
            .map_or_else(|| "its MAC".into(), |mac| mac.to_string())
    }

    pub(super) fn ip(&self) -> Option<Ipv4Addr> {
        self.status.ip.or_else(|| self.node.ipaddr())
    }

    /// The image's name, for sentences.
    pub(super) fn image(&self) -> String {
        self.node
            .image
            .as_deref()
            .map_or_else(|| "(none)".into(), text::clean)
    }

    /// Our address as this node reaches it.
    pub(super) fn server(&self) -> String {
        let settings = &self.view.settings;
        self.ip()
            .and_then(|ip| settings.network_of(ip))
            .and_then(|network| network.server)
            .or(settings.ipaddr)
            .map_or_else(|| "SERVER".into(), |ip| ip.to_string())
    }

    /// Kernel arguments hold this word.
    pub(super) fn has_arg(&self, start: &str) -> bool {
        self.node
            .kernel_args
            .iter()
            .flat_map(|arg| arg.split_whitespace())
            .any(|arg| arg.starts_with(start))
    }

    /// Progress as `40 % of 1.6 GB`.
    pub(super) fn share(&self) -> String {
        match &self.status.progress {
            Some(progress) => match progress.of.filter(|of| *of > 0) {
                Some(of) => {
                    let percent = (progress.sent as f64 * 100.0 / of as f64).min(100.0) as u64;
                    format!("{percent} % of {}", units::size(of))
                }
                None => units::size(progress.sent),
            },
            None => "an unknown part".into(),
        }
    }
}

/// A span for sentences: `8 s`, `1m30`.
pub(super) fn brief(span: Duration) -> String {
    if span.as_secs() < 60 {
        format!("{} s", span.as_secs())
    } else {
        units::age(span)
    }
}
