//! How one node is doing now, in the form that clients show.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::drift::Drift;
use super::event::{Arch, BootId, Part};
use super::stage::{Condition, Stage};
use crate::kit::{Mac, Stamp};

/// A transfer under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is on its way.
    pub part: Part,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes in all, if known.
    pub of: Option<u64>,
    /// Bytes a second, smoothed.
    pub rate: u64,
}

/// A known node's status.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Status {
    /// How far.
    pub stage: Stage,
    /// How it fares there.
    pub condition: Condition,
    /// Short cause or remark, as `404 rocky9-gpu.img`, `3 offers, no request`.
    pub note: Option<Arc<str>>,
    /// Since when it is at this stage (or in this condition).
    pub since: Stamp,
    /// The boot it is in, or was last.
    pub boot: Option<BootId>,
    /// When that boot began.
    pub began: Option<Stamp>,
    /// The transfer under way, if any.
    pub progress: Option<Progress>,
    /// Expected time of `up`, from the last boots of like nodes.
    pub eta: Option<Stamp>,
    /// Address it holds.
    pub ip: Option<Ipv4Addr>,
    /// When each stage of this boot was entered; index as in [`super::STAGES`].
    pub trail: [Option<Stamp>; 8],
    /// When it was last heard.
    pub heard: Option<Stamp>,
    /// Whether a reboot would change it.
    #[serde(default, skip_serializing_if = "Drift::is_idle")]
    pub drift: Drift,
}

/// A machine that asked and is not in the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stranger {
    /// Its hardware address.
    pub mac: Mac,
    /// Client architecture.
    pub arch: Option<Arch>,
    /// SMBIOS UUID.
    pub uuid: Option<Arc<str>>,
    /// Interface or relay it was heard through.
    pub via: Arc<str>,
    /// Address it was given from the pool, if any.
    pub ip: Option<Ipv4Addr>,
    /// First heard.
    pub first: Stamp,
    /// Last heard.
    pub last: Stamp,
    /// How often it asked.
    pub asks: u32,
    /// Name that Enter would give it, by the naming pattern.
    pub proposed: Option<Arc<str>>,
}
