//! What the agents of nodes say with their requests, and what they are told in return.

use super::beacon::clean;
use super::http::Target;
use crate::fleet::{Beacon, Refresh};
use crate::model::{Node, Settings};
use crate::wire::report::{Orders, Report};

/// The tag of a node or profile that says whether its agent removes what the overlays stopped providing, in place of the setting
/// `agent: remove`.
pub const TAG: &str = "agent-remove";

/// The report that a request carries, if it is an agent's.
#[must_use]
pub fn report(target: &Target) -> Option<Report> {
    Report::read(|name| target.get(name))
}

/// A report as the fleet takes it in: texts made safe to show.
#[must_use]
pub fn beacon(report: &Report) -> Beacon {
    let fault = report.fault.as_deref().map(clean);
    Beacon::Refresh(Box::new(Refresh {
        version: report.version.as_str().into(),
        digest: report.digest.as_deref().map(Into::into),
        uptime: report.uptime,
        load: report.load,
        memory: report.memory,
        changed: report.changed,
        removed: report.removed,
        fault: fault.filter(|fault| !fault.is_empty()).map(Into::into),
        again: report.again,
    }))
}

/// What the agent of `node` is to do.
#[must_use]
pub fn orders(settings: &Settings, node: &Node) -> Orders {
    let tag = node.tags.get(TAG).map(|word| word.to_ascii_lowercase());
    Orders {
        interval: match settings.server.update_interval.as_secs() {
            // As Warewulf's client takes it.
            0 => 300,
            seconds => seconds,
        },
        remove: match tag.as_deref() {
            Some("no" | "false" | "off" | "0") => false,
            Some("yes" | "true" | "on" | "1") => true,
            _ => settings.agent.remove,
        },
    }
}
