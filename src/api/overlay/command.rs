//! What can be asked of overlays and done to them, and what comes back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::{OverlayClash, OverlayLogRow, OverlayOutcome, OverlayStep};
use super::content::Content;
use super::row::{Checked, OverlayDetail, OverlayFile, OverlayItem, Rendering};
use crate::model::Fault;

/// A file as somebody is writing it, not saved yet. It takes the place of the file, which need not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Path in the overlay, with its suffix, without a leading slash.
    pub path: Arc<str>,
    /// Its content.
    pub content: Content,
}

/// Everything that can be asked of overlays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayCommand {
    /// All overlays.
    List,
    /// One overlay: its files, who uses it.
    Show {
        /// Its name.
        name: Arc<str>,
    },
    /// One file of one overlay as it is written, with what is shipped under that name.
    File {
        /// The overlay.
        name: Arc<str>,
        /// Path in it.
        path: Arc<str>,
    },
    /// What one overlay makes for a node.
    Render {
        /// The overlay.
        name: Arc<str>,
        /// The node.
        node: Arc<str>,
        /// Only what comes of this file: its path in the overlay with or without its suffix, or a path on the node.
        #[serde(default)]
        file: Option<Arc<str>>,
        /// With this file as it is being written.
        #[serde(default)]
        draft: Option<Draft>,
    },
    /// Renders for many nodes and tells what fails.
    Check {
        /// Which overlays; none = all that any of the nodes uses, each with the others of its list.
        #[serde(default)]
        names: Vec<Arc<str>>,
        /// Which nodes, as a hostlist; none = all. With an empty one nothing is rendered: the site's overlays that no node lists, or
        /// those in `names`, are looked at without a node, as they also are where there is no node or all are meant.
        #[serde(default)]
        nodes: Option<Arc<str>>,
        /// With this file of the one overlay in `names` as it is being written.
        #[serde(default)]
        draft: Option<Draft>,
    },
    /// Change one overlay, all of it or nothing. Answered by [`OverlayReply::Change`], [`OverlayReply::Faulty`] or
    /// [`OverlayReply::Clash`]. The first change of a shipped overlay makes the site's copy of it.
    Change {
        /// The overlay.
        name: Arc<str>,
        /// What is to be done, in this order.
        steps: Vec<OverlayStep>,
        /// [`OverlayFile::digest`] of the file that the author looked at, for a change of one file; none insists.
        #[serde(default)]
        base: Option<Arc<str>>,
        /// Also when templates would fail for nodes that they do not fail for now.
        #[serde(default)]
        force: bool,
        /// What the author says of it.
        #[serde(default)]
        note: Option<Arc<str>>,
        /// Only say what it would come to.
        #[serde(default)]
        dry: bool,
        /// On whose behalf.
        #[serde(default)]
        by: Arc<str>,
    },
    /// Changes of overlays, newest first.
    Log {
        /// Only of this overlay.
        #[serde(default)]
        name: Option<Arc<str>>,
        /// At most so many.
        limit: u32,
    },
    /// Take a change of an overlay back. Answered as [`OverlayCommand::Change`].
    Undo {
        /// Which, as in [`OverlayLogRow::number`]; none = the newest that was not taken back (of `name`, if that is given).
        #[serde(default)]
        number: Option<u64>,
        /// Of this overlay.
        #[serde(default)]
        name: Option<Arc<str>>,
        /// Only say what it would come to.
        #[serde(default)]
        dry: bool,
        /// On whose behalf.
        #[serde(default)]
        by: Arc<str>,
    },
    /// A file as it was before or after a change. Answered by [`OverlayReply::File`].
    Past {
        /// Which change.
        number: u64,
        /// Path in its overlay.
        path: Arc<str>,
        /// As it was before that change, not after it.
        before: bool,
    },
}

impl OverlayCommand {
    /// Whether the answer may take longer than anybody waits for without being told: many nodes are rendered for.
    #[must_use]
    pub const fn takes_long(&self) -> bool {
        matches!(
            self,
            Self::Check { .. } | Self::Change { .. } | Self::Undo { .. }
        )
    }
}

/// The answer to an [`OverlayCommand`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverlayReply {
    /// To [`OverlayCommand::List`].
    List(Vec<OverlayItem>),
    /// To [`OverlayCommand::Show`].
    Show(Box<OverlayDetail>),
    /// To [`OverlayCommand::File`] and [`OverlayCommand::Past`].
    File(Box<OverlayFile>),
    /// To [`OverlayCommand::Render`].
    Render(Box<Rendering>),
    /// To [`OverlayCommand::Check`].
    Check(Box<Checked>),
    /// To [`OverlayCommand::Change`] and [`OverlayCommand::Undo`]: it was done, or what it would come to.
    Change(Box<OverlayOutcome>),
    /// To the same: nothing was done, and this is everything that speaks against it.
    Faulty(Vec<Fault>),
    /// To the same: nothing was done, because the file is not what its author looked at.
    Clash(Box<OverlayClash>),
    /// To [`OverlayCommand::Log`].
    Log(Vec<OverlayLogRow>),
}
