//! What fills the body. A screen knows its own cursor and how to draw itself over the [`World`]; it never names another
//! screen, and asks for what lies outside of it by a [`Wish`].

pub mod board;
pub mod events;
pub mod node;
pub mod nodes;
pub mod overlays;
pub mod profiles;
pub mod settings;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::index::{Index, Order, node_at};
use super::look::Role;
use crate::api::{Mirror, NodeRow};
use crate::fleet::{BootId, Status, Stranger};
use crate::kit::Zone;
use crate::model::{Fault, NodeId};

/// What every screen reads.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The engine's state.
    pub mirror: &'a Mirror,
    /// What is shown in which order.
    pub index: &'a Index,
    /// The order and filter in force.
    pub order: &'a Order,
    /// Marked nodes.
    pub marks: &'a BTreeSet<NodeId>,
    /// Bytes a second sent by our servers, newest last.
    pub rates: &'a [u64],
    /// Whether a first state has come.
    pub heard: bool,
    /// Why the engine cannot be reached, or what it is that one waits for.
    pub lost: Option<&'a str>,
    /// What the console is attached to.
    pub link: &'a str,
    /// The reader's time zone.
    pub zone: &'a Zone,
}

impl<'a> World<'a> {
    /// A node by its position in the listing.
    #[must_use]
    pub fn at(&self, position: u32) -> Option<(&'a NodeRow, &'a Status)> {
        node_at(self.mirror, position)
    }

    /// A node by its number.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<(&'a NodeRow, &'a Status)> {
        self.at(u32::try_from(*self.mirror.index.get(&id)?).ok()?)
    }
}

/// The overlay that a fault is about, or in a file of which it is, by what is told of it.
#[must_use]
pub fn overlay_of(fault: &Fault) -> Option<Arc<str>> {
    let spot = fault.spot.as_ref()?;
    if let Some(name) = fault
        .about
        .as_deref()
        .and_then(|about| about.strip_prefix("overlay "))
    {
        return Some(name.into());
    }
    let mut folders = spot
        .file
        .split('/')
        .skip_while(|folder| *folder != "overlays");
    let (name, below) = (folders.nth(1)?, folders.next());
    below.map(|_| name.into())
}

/// How a cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// By so many rows.
    Rows(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Move {
    /// The row reached from `at` in a list of `len`.
    #[must_use]
    pub fn from(self, at: usize, len: usize) -> usize {
        let last = len.saturating_sub(1);
        match self {
            Self::Rows(by) => at.saturating_add_signed(by).min(last),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// What a screen asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Nothing.
    None,
    /// Show this node in full.
    Open(Arc<str>),
    /// Replay this boot of this node.
    Replay(Arc<str>, BootId),
    /// Show the nodes that list this profile.
    Users(Arc<str>),
    /// Show this profile.
    Profile(Arc<str>),
    /// Show this profile, with the cursor on what it says under this key.
    Layer(Arc<str>, Arc<str>),
    /// Show the nodes that this query finds.
    Found(Arc<str>),
    /// Show this overlay, rendered for this node.
    Overlay(Arc<str>, Arc<str>),
    /// Show the place of this fault of an overlay.
    Fault(Box<Fault>),
    /// Show what this revision changed, and who made it.
    Revision(u64, Arc<str>),
    /// Ask whether to adopt this machine.
    Adopt(Box<Stranger>),
    /// Tell this.
    Say(String),
    /// Tell this in a box of its own: a title, and paragraphs.
    Tell {
        /// The title.
        title: String,
        /// The paragraphs.
        lines: Vec<(String, Role)>,
    },
}
