//! What was asked of the engine, and what for: the answer comes later, and much may have changed meanwhile.

use std::sync::Arc;

use crate::api::Language;
use crate::console::layer::Spot;
use crate::console::screens::overlays::Question;
use crate::fleet::BootId;
use crate::model::Place as Entry;

/// What a sent command was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    Node(Arc<str>),
    Why(Arc<str>),
    Boots(Arc<str>),
    BootEvents(BootId),
    /// A part of what the form of that serial needs.
    Form(u64, Part),
    /// What the change of that pane comes to.
    Change(u64),
    /// The detail of a node whose fields are offered.
    Fields(Arc<str>),
    /// The node of which a word of its primary device is to be edited.
    Device(Arc<str>, &'static str),
    /// The text of an entry, for the editor.
    Text(Entry),
    Profiles,
    /// Which profiles disagree.
    Conflicts,
    /// What the node has through whose eyes one looks.
    Guest(Arc<str>),
    /// What the two of that pane come to.
    Compare(u64),
    /// Whether a reboot would change the nodes of that pane.
    Drift(u64),
    /// The lines of a file of that pane.
    DriftOf(u64, Spot),
    Images,
    /// The revisions, to undo the newest.
    Newest,
    Log,
    /// What differs, under a title.
    Differences(Arc<str>),
    Older,
    Settings,
    /// Something that the screen of the overlays shows.
    Overlay(Question),
    /// Something that the pane of that serial shows, which is about overlays.
    Pane(u64, Piece),
    /// The file that is to be written.
    File(u64),
    /// What templates of that language may name.
    Vars(Language),
    /// The changes of overlays, to take the newest back, or the newest of those that took one back.
    OverlayNewest(bool),
    Say,
    Stop,
}

/// A piece of what such a pane shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// What is made for the other node.
    Made,
    /// A side of a file: which file, and 0 for before, 1 for after.
    Side(usize, usize),
    /// Both sides of a file of a copy: what is shipped, and what there is.
    Both(usize),
    /// What fails where.
    Tried,
    /// Changes of an overlay.
    Changes,
}

impl Sent {
    /// What of the overlays it asks for.
    pub(super) fn overlay(&self) -> Option<Question> {
        match self {
            Self::Overlay(question) => Some(question.clone()),
            _ => None,
        }
    }
}

/// A part of what a form needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The entry as it stands in the file.
    Entry,
    /// The entry again, since something was changed.
    Again,
    /// The node with what it inherits.
    Resolved,
    /// What several entries say, by what would change if they said nothing.
    Unset,
}
