//! What clients show: one row of a list, one line of a detail.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::drift::DriftRow;
use crate::fleet::{Agent, BootId, Flow, Past, Status};
use crate::kit::{Mac, Stamp};
use crate::model::{Fault, Level, NodeId};

/// A node in a list: what the registry says of it. Its status travels apart, because that changes far more often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Its number.
    pub id: NodeId,
    /// Its name.
    pub name: Arc<str>,
    /// `cluster name`.
    pub cluster: Option<Arc<str>>,
    /// Rack, for grouping.
    pub rack: Arc<str>,
    /// Profiles listed on the node.
    pub profiles: Vec<Arc<str>>,
    /// Image name.
    pub image: Option<Arc<str>>,
    /// Kernel version asked for, if any.
    pub kernel: Option<Arc<str>>,
    /// Primary address.
    pub ip: Option<Ipv4Addr>,
    /// Primary hardware address.
    pub mac: Option<Mac>,
    /// Name of the boot network that holds its address.
    pub network: Option<Arc<str>>,
    /// Tags as `key=value`.
    pub tags: Vec<Arc<str>>,
    /// `comment`.
    pub comment: Option<Arc<str>>,
    /// Whether it waits for the next unknown machine.
    pub discoverable: bool,
}

/// One line of the timeline, ready to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// Counts up; later is larger.
    pub seq: u64,
    /// When.
    pub at: Stamp,
    /// Name of the node, MAC of a stranger, `server`, or an administrator.
    pub who: Arc<str>,
    /// The node, if it is one.
    pub node: Option<NodeId>,
    /// In which boot.
    pub boot: Option<BootId>,
    /// `dhcp`, `tftp`, `http`, `beacon`, `edit`, `fault`, `service`.
    pub kind: Arc<str>,
    /// Severity.
    pub level: Level,
    /// One line, sanitised.
    pub text: Arc<str>,
}

/// How one of our services is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// Answers.
    Up,
    /// Answers, with a complaint.
    Warned,
    /// Does not answer.
    Down,
    /// Switched off by a setting.
    Disabled,
}

/// One of our services (`dhcp`, `tftp`, `http`, `disk`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Its name.
    pub name: Arc<str>,
    /// How it is.
    pub state: ServiceState,
    /// Where it listens, or why it does not.
    pub text: Arc<str>,
}

/// A fault in force.
pub type FaultRow = Fault;

/// Bytes that our servers send.
pub type Traffic = Flow;

/// One field of a node: its value, where that comes from, and what it hides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRow {
    /// Dotted key, as `net.eno1.ipaddr`.
    pub key: Arc<str>,
    /// Label for people.
    pub label: Arc<str>,
    /// One line of documentation.
    pub doc: Arc<str>,
    /// Value as text; secrets are masked.
    pub value: Arc<str>,
    /// Layer that gave it, as `node`, `profile gpu`, `default`.
    pub source: Arc<str>,
    /// What lower layers say, nearest first: layer and value.
    pub shadows: Vec<(Arc<str>, Arc<str>)>,
    /// When a change takes effect, as `next boot`.
    pub effect: Arc<str>,
}

/// A node in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeDetail {
    /// Its row.
    pub row: NodeRow,
    /// Its status.
    pub status: Status,
    /// What its agent said last: the runtime overlay that it has, uptime, load; none where no agent spoke since it booted.
    #[serde(default)]
    pub agent: Option<Agent>,
    /// Every field that has a value, in table order.
    pub fields: Vec<FieldRow>,
    /// Its last boots, newest first.
    pub boots: Vec<BootRow>,
    /// Its last events, newest first.
    pub events: Vec<EventRow>,
    /// Faults about it.
    pub faults: Vec<Fault>,
    /// Whether a reboot would change it, as it was found last; none of one that is not up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftRow>,
}

/// One boot in the history.
pub type BootRow = Past;

/// One image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRow {
    /// Its name.
    pub name: Arc<str>,
    /// Versions of its kernels, best first.
    pub kernels: Vec<Arc<str>>,
    /// Bytes that nodes load; none until it is built.
    pub size: Option<u64>,
    /// Bytes before compression.
    pub unpacked: Option<u64>,
    /// SHA-256 of what nodes load.
    pub digest: Option<Arc<str>>,
    /// When that was built.
    pub built: Option<Stamp>,
    /// How many nodes use it.
    pub nodes: u32,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}
