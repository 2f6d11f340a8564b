//! What a migration found in an installation of Warewulf, and what it makes of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Fault;

/// The whole of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// The tree, as it was given.
    pub from: String,
    /// Which releases write such files, as `4.3 to 4.5`.
    pub release: String,
    /// `warewulf.conf`; none if there is none.
    pub settings: Option<SettingsRow>,
    /// `nodes.conf`; none if there is none.
    pub registry: Option<RegistryRow>,
    /// Overlays, by name.
    pub overlays: Vec<OverlayRow>,
    /// Images, by name.
    pub images: Vec<FoundImage>,
    /// Every line of both files that becomes another one.
    pub changes: Vec<ChangeRow>,
    /// What is to be known, gravest first.
    pub findings: Vec<Fault>,
    /// What is written, in this order.
    pub writes: Vec<WriteRow>,
    /// Units of Warewulf's that hold ports which muster wants.
    pub units: Vec<String>,
}

/// The settings in short.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettingsRow {
    /// The file.
    pub file: String,
    /// Keys that mean the same and stay.
    pub kept: usize,
    /// Keys that muster knows and does not act on.
    pub idle: usize,
    /// Keys that nobody knows, or that are read no more.
    pub dropped: usize,
    /// Boot networks, in words.
    pub networks: Vec<String>,
    /// The server's address and ports, in words.
    pub server: String,
}

/// The registry in short.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RegistryRow {
    /// The file.
    pub file: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// Clusters, with how many nodes each has.
    pub clusters: Vec<(String, usize)>,
    /// Nodes with a hardware address, with an address, with a BMC.
    pub with: (usize, usize, usize),
    /// Profiles: name, own values, nodes that use them.
    pub profiles: Vec<(Arc<str>, usize, usize)>,
    /// Names of nodes that cannot be taken.
    pub lost: usize,
}

/// An overlay that was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OverlayRow {
    /// Its name.
    pub name: Arc<str>,
    /// Where its files are.
    pub place: String,
    /// How many files it has.
    pub files: usize,
    /// How many of them are templates.
    pub templates: usize,
    /// How many of these muster cannot render.
    pub unready: usize,
    /// How many nodes list it.
    pub nodes: usize,
    /// Whether it is copied.
    pub copied: bool,
    /// What becomes of it, in words.
    pub fate: String,
}

/// An image that was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundImage {
    /// Its name.
    pub name: Arc<str>,
    /// Its root file system.
    pub root: String,
    /// Bytes of content.
    pub size: u64,
    /// Versions of its kernels, best first.
    pub kernels: Vec<Arc<str>>,
    /// How many nodes boot it.
    pub nodes: usize,
    /// What becomes of it, in words.
    pub fate: String,
    /// What a person types to import it; empty when there is nothing to do.
    pub command: String,
}

/// A line that becomes another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRow {
    /// The file.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: u32,
    /// What stands there; secrets are masked.
    pub old: String,
    /// What it becomes; empty when it goes, or becomes a comment.
    pub new: String,
    /// Why.
    pub why: String,
}

/// What happens to a file or folder of muster's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It is new.
    New,
    /// It is there and says the same.
    Same,
    /// It is there, says something else, and stays.
    Kept,
    /// It is there, says something else, and is moved aside.
    Replaced,
    /// It is there, says something else, and nobody said what to do.
    InTheWay,
}

/// A file or folder of muster's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRow {
    /// Its path.
    pub path: String,
    /// What happens to it.
    pub fate: Fate,
}

impl Migration {
    /// Whether something is in the way.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.writes.iter().any(|row| row.fate == Fate::InTheWay)
    }

    /// Whether there is anything to write.
    #[must_use]
    pub fn does_something(&self) -> bool {
        let fresh = |row: &WriteRow| matches!(row.fate, Fate::New | Fate::Replaced);
        self.writes.iter().any(fresh)
    }
}
