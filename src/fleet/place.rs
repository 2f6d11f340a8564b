//! Which boot an event belongs to.

use std::net::IpAddr;

use super::boot::{Boot, Ended};
use super::event::{Beacon, DhcpStep, Event, Form, Part, Step, What};
use super::fleet::{Fleet, Slot};
use super::stage::Stage;

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a boot that begins with it.
    Opens,
    /// In the boot under way.
    Current,
    /// After a boot: the node runs.
    After,
    /// In a boot that is over and gone.
    Late,
}

/// Where an event of a node belongs.
pub(super) fn place(slot: &Slot, event: &Event) -> Place {
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
                        | DhcpStep::NoLoader
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
