//! What a client can ask, and what it gets back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::{ClashRow, DiffRow, EntryRow, LogRow, Outcome};
use super::conflict::ConflictRow;
use super::drift::{DriftReport, FileDrift};
use super::merged::MergedRow;
use super::mirror::Snapshot;
use super::overlay::{OverlayCommand, OverlayReply};
use super::row::{BootRow, EventRow, ImageRow, NodeDetail};
use super::setting::SettingRow;
use super::vars::{Language, VarRow};
use crate::fleet::{BootId, Verdict};
use crate::kit::Mac;
use crate::model::{Edit, Fault, Level, Table};

/// Everything a client can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// The state of everything, once.
    Snapshot,
    /// What templates may name.
    Vars {
        /// Which templates.
        language: Language,
    },
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
    /// Change nodes and profiles, all of it or nothing. Answered by [`Reply::Change`], [`Reply::Faulty`] or [`Reply::Clash`].
    Change {
        /// What is to be done, in this order.
        edits: Vec<Edit>,
        /// The revision that the author looked at. When somebody has changed one of the same keys since, nothing is done and
        /// both values are told; to insist, ask again with the revision that is in force. None insists from the start.
        base: Option<u64>,
        /// What the author says of it.
        note: Option<Arc<str>>,
        /// Only say what it would come to.
        dry: bool,
        /// On whose behalf.
        by: Arc<str>,
    },
    /// Take a revision back, as a revision of its own. Answered as [`Command::Change`].
    Undo {
        /// Which; none = the newest that is in force and takes nothing back itself.
        revision: Option<u64>,
        /// Only say what it would come to.
        dry: bool,
        /// On whose behalf.
        by: Arc<str>,
    },
    /// Take the newest undo back, unless something was changed after it. Answered as [`Command::Change`].
    Redo {
        /// Only say what it would come to.
        dry: bool,
        /// On whose behalf.
        by: Arc<str>,
    },
    /// Revisions before `before` (exclusive; none = newest), newest first.
    Log {
        /// Only older than this revision.
        before: Option<u64>,
        /// At most so many.
        limit: u32,
    },
    /// What differs between two revisions.
    Diff {
        /// The earlier one.
        from: u64,
        /// The later one; none = the one in force.
        to: Option<u64>,
        /// Whether secrets are shown; else they are masked.
        secrets: bool,
    },
    /// Entries as they stand in the file.
    Entries {
        /// Nodes or profiles.
        table: Table,
        /// Which, as a hostlist; none = all.
        names: Option<Arc<str>>,
        /// Whether secrets are shown; else they are masked.
        secrets: bool,
    },
    /// Entries with everything that they inherit.
    Merged {
        /// Nodes or profiles.
        table: Table,
        /// Which, as a hostlist; none = all.
        names: Option<Arc<str>>,
        /// Patterns of dotted keys, as `net.*.ipaddr`; none = all.
        keys: Vec<Arc<str>>,
        /// Whether to say where each value comes from, and what it hides.
        sources: bool,
        /// Whether secrets are shown; else they are masked.
        secrets: bool,
    },
    /// What a text in the form of `nodes.conf` says, or a part of one: read, checked and changed into entries, but put nowhere.
    /// Answered by [`Reply::Entries`] or [`Reply::Faulty`].
    Read {
        /// The text.
        text: Arc<str>,
    },
    /// Keys on which profiles of one list disagree that do not inherit from one another.
    Conflicts {
        /// Whether `names` are of nodes, which feel it, or of profiles, which have a part in it.
        table: Table,
        /// Which, as a hostlist; none = all.
        names: Option<Arc<str>>,
    },
    /// Whether a reboot would change nodes, and by what. Everything is looked at anew before it is answered.
    Drift {
        /// Which, as a hostlist; none = all.
        names: Option<Arc<str>>,
    },
    /// What differs in one file between what a node was given in its boot and what it would be given.
    DriftOf {
        /// The node.
        name: Arc<str>,
        /// Path on the node.
        path: Arc<str>,
        /// Whether files are shown too that others than their owner may not read.
        secrets: bool,
    },
    /// Something about overlays. Whoever holds the files answers it, beside the engine. Answered by [`Reply::Overlay`].
    Overlay(Box<OverlayCommand>),
    /// The images.
    Images,
    /// The server's settings.
    Settings,
    /// Have the agents of running nodes refresh their runtime overlays at once. Answered by [`Reply::Done`], which says who cannot be
    /// told.
    Refresh {
        /// Which, as a hostlist; none = all.
        names: Option<Arc<str>>,
    },
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
    /// To [`Command::Vars`].
    Vars(Vec<VarRow>),
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
    /// To [`Command::Change`], [`Command::Undo`] and [`Command::Redo`]: it was done, or what it would come to.
    Change(Box<Outcome>),
    /// To the same: nothing was done, and this is everything that speaks against it.
    Faulty(Vec<Fault>),
    /// To the same: nothing was done, because somebody changed the same meanwhile (or, for an undo, later).
    Clash(Vec<ClashRow>),
    /// To [`Command::Log`].
    Log(Vec<LogRow>),
    /// To [`Command::Diff`].
    Diff(Vec<DiffRow>),
    /// To [`Command::Entries`] and [`Command::Read`].
    Entries(Vec<EntryRow>),
    /// To [`Command::Merged`].
    Merged(Vec<MergedRow>),
    /// To [`Command::Conflicts`].
    Conflicts(Vec<ConflictRow>),
    /// To [`Command::Drift`].
    Drift(Box<DriftReport>),
    /// To [`Command::DriftOf`].
    DriftOf(Box<FileDrift>),
    /// To [`Command::Overlay`].
    Overlay(Box<OverlayReply>),
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
