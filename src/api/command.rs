//! What a client can ask, and what it gets back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::mirror::Snapshot;
use super::row::{BootRow, EventRow, ImageRow, NodeDetail, SettingRow};
use crate::fleet::{BootId, Verdict};
use crate::kit::Mac;
use crate::model::Level;

/// Everything a client can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// The state of everything, once.
    Snapshot,
    /// One node in full.
    Node {
        /// Its name.
        name: Arc<str>,
    },
    /// Why a node is where it is.
    Why {
        /// Its name.
        name: Arc<str>,
    },
    /// Events before `before` (exclusive sequence number; none = newest), newest first.
    Events {
        /// Only of this node.
        name: Option<Arc<str>>,
        /// Only of this boot.
        boot: Option<BootId>,
        /// Only older than this sequence number.
        before: Option<u64>,
        /// Only of this level and above; none = every packet too.
        #[serde(default)]
        level: Option<Level>,
        /// At most so many.
        limit: u32,
    },
    /// The last boots of a node, or of all, newest first.
    Boots {
        /// Only of this node.
        name: Option<Arc<str>>,
        /// At most so many.
        limit: u32,
    },
    /// Make a stranger a node.
    Adopt {
        /// The stranger.
        mac: Mac,
        /// Its name; none = the next of the naming pattern.
        name: Option<Arc<str>>,
        /// On whose behalf.
        by: Arc<str>,
    },
    /// The images.
    Images,
    /// The server's settings.
    Settings,
    /// Read `muster.conf` and `nodes.conf` again now.
    Reload,
    /// Stop the servers.
    Stop,
}

/// The answer to a [`Command`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// To [`Command::Snapshot`].
    Snapshot(Box<Snapshot>),
    /// To [`Command::Node`].
    Node(Box<NodeDetail>),
    /// To [`Command::Why`].
    Why(Box<Verdict>),
    /// To [`Command::Events`].
    Events(Vec<EventRow>),
    /// To [`Command::Boots`].
    Boots(Vec<BootRow>),
    /// To [`Command::Images`].
    Images(Vec<ImageRow>),
    /// To [`Command::Settings`].
    Settings(Vec<SettingRow>),
    /// To [`Command::Adopt`].
    Adopted {
        /// The new node's name.
        name: Arc<str>,
        /// The revision that holds it.
        revision: u64,
    },
    /// It was done; in words.
    Done(Arc<str>),
    /// It was not done.
    Refused(Refusal),
}

/// Why something was not done, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What and why, in one sentence.
    pub what: Arc<str>,
    /// What to do.
    pub fix: Option<Arc<str>>,
}
