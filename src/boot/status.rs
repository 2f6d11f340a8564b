//! `/status` in the shape that Warewulf's clients read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fleet::{Part, Stage};

/// What `/status` says of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatusLine {
    /// Node name.
    #[serde(rename = "node name")]
    pub name: String,
    /// Lower-case route of what was sent last; empty for a node never seen.
    pub stage: String,
    /// What was sent last; empty for a node never seen.
    pub sent: String,
    /// Address.
    pub ipaddr: String,
    /// Seconds since the Unix epoch; 0 for a node never seen.
    #[serde(rename = "last seen")]
    pub last_seen: u64,
}

#[derive(Serialize)]
struct Document {
    nodes: BTreeMap<String, StatusLine>,
}

/// The JSON document: `{"nodes": {"n1": {"node name": …, "stage": …, "sent": …, "ipaddr": …, "last seen": …}}}`.
#[must_use]
pub fn document(lines: impl IntoIterator<Item = StatusLine>) -> Vec<u8> {
    let nodes = lines
        .into_iter()
        .map(|line| (line.name.clone(), line))
        .collect();
    serde_json::to_vec(&Document { nodes }).unwrap_or_default()
}

/// The word that Warewulf's tools know for one of our stages. Stages after the last file keep `runtime`, because those tools
/// know nothing beyond.
#[must_use]
pub const fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Off => "",
        Stage::Dhcp | Stage::Loader => "ipxe",
        Stage::Kernel => "kernel",
        Stage::Image => "image",
        Stage::Overlay => "system",
        Stage::Init | Stage::Up => "runtime",
    }
}

/// The word for a part that was sent.
#[must_use]
pub const fn part_word(part: Part) -> &'static str {
    match part {
        Part::Script => "ipxe",
        Part::Loader => "efiboot",
        Part::Kernel => "kernel",
        Part::Initramfs => "initramfs",
        Part::Image => "image",
        Part::System => "system",
        Part::Runtime => "runtime",
        Part::File => "files",
    }
}
