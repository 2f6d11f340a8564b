//! What goes into the engine and what comes out.

use std::sync::Arc;

use ipnet::Ipv4Net;

use super::drift::{Compare, Seen};
use super::journal::Revision;
use crate::api::{BootRow, Command, Delta, EventRow, Reply, ServiceRow, Snapshot};
use crate::boot::ipxe::site::Known;
use crate::fleet::{Event, TransferId};
use crate::image::Catalog;
use crate::kit::Stamp;
use crate::model::{Fault, File, Node, Settings, View};

/// One attached client or one request of the control socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// Which question a reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What reading a file gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// There is no such file.
    Absent,
    /// Its content.
    Content(Arc<str>),
    /// It could not be read; why.
    Unreadable(Arc<str>),
}

impl Text {
    /// The content, if there is any.
    #[must_use]
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Content(text) => Some(text),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }

    /// The content; nothing if there is none.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        match self {
            Self::Content(text) => text.clone(),
            Self::Absent | Self::Unreadable(_) => "".into(),
        }
    }
}

/// Why a file was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveError {
    /// The file on disk is not what the change was made from; this is what it holds now.
    Changed(Text),
    /// The system refused, and the file is as it was; in words.
    Io(Arc<str>),
    /// The file holds the new text, and the system did not confirm that it will after a loss of power; in words.
    Unsure(Arc<str>),
}

/// Everything that can happen to an engine.
#[derive(Debug)]
pub enum Input {
    /// Something happened on the wire.
    Event(Event),
    /// Bytes sent so far by transfers under way, and all bytes ever sent over TFTP and HTTP.
    Progress {
        /// By transfer.
        samples: Vec<(TransferId, u64)>,
        /// TFTP, HTTP.
        totals: [u64; 2],
    },
    /// What an earlier run kept by [`Output::Keep`]; comes before anything else.
    LastGood {
        /// `muster.conf`.
        conf: Text,
        /// `nodes.conf`.
        nodes: Text,
        /// `revision`; 0 if that was not kept.
        revision: u64,
    },
    /// The revisions of earlier runs, oldest first; comes before the files.
    Journal(Vec<Revision>),
    /// Who owns a configuration file, where that says who wrote into it last; comes before the files.
    Owner {
        /// Which.
        file: File,
        /// The name; none where it says nothing.
        name: Option<Arc<str>>,
    },
    /// The configuration files, as just read.
    Files {
        /// `muster.conf`.
        conf: Text,
        /// `nodes.conf`.
        nodes: Text,
    },
    /// The images, as just scanned.
    Images(Arc<Catalog>),
    /// The names that a list of overlays can hold, as just looked up; comes before a change that may name one.
    Overlays(Vec<Arc<str>>),
    /// Files of overlays have changed, or what they make may have for another reason than the view.
    OverlayFiles,
    /// The iPXE scripts that the site has, as just scanned; best before the files that name them.
    Scripts(Vec<Known>),
    /// Faults of one origin (`loaders`, `overlays`): they replace the earlier ones of that origin.
    Faults {
        /// Who found them.
        origin: &'static str,
        /// What is wrong there now.
        faults: Vec<Fault>,
    },
    /// How one of our services is.
    Service(ServiceRow),
    /// This machine's IPv4 addresses, each with the name of its interface.
    Addresses(Vec<(String, Ipv4Net)>),
    /// The settings that the servers run with from now on: of what waits for a restart, the values of when they were started.
    Running(Arc<Settings>),
    /// A client asks.
    Command {
        /// Where the reply goes.
        ticket: Ticket,
        /// What it asks.
        command: Command,
    },
    /// A client wants snapshots and deltas from now on.
    Attach(ClientId),
    /// A client is gone.
    Detach(ClientId),
    /// A save asked for by [`Output::Save`] is done, or not.
    Saved {
        /// Which.
        ticket: Ticket,
        /// How it went.
        result: Result<(), SaveError>,
    },
    /// History from before this run: boots newest first, events oldest first.
    History {
        /// Boots.
        boots: Vec<BootRow>,
        /// Events.
        events: Vec<EventRow>,
    },
    /// What was found out of what nodes boot with.
    Drift(Seen),
    /// Time passed.
    Tick,
}

/// Everything an engine wants done.
#[derive(Debug)]
pub enum Output {
    /// The servers are to read this view from now on.
    Swap(Arc<View>),
    /// Replace a configuration file, if it still holds `old`, durably and whole.
    Save {
        /// To be given back in [`Input::Saved`].
        ticket: Ticket,
        /// Which file.
        file: File,
        /// What the file must hold now.
        old: Text,
        /// What it is to hold.
        new: Arc<str>,
        /// What the journal is to say of it once it is done, and to know before it begins: every change that this saves, oldest
        /// first.
        revisions: Vec<Revision>,
    },
    /// Keep a revision that is in force already; it replaces one of that number.
    Journal(Box<Revision>),
    /// Read both files and the images again, and feed them in.
    Reread,
    /// Answer a question.
    Reply(Ticket, Box<Reply>),
    /// A beginning for one client.
    Snapshot(ClientId, Box<Snapshot>),
    /// What changed, for all attached clients.
    Publish(Arc<Delta>),
    /// Keep these; boots replace earlier records of the same id.
    Record {
        /// Boots that ended or moved on.
        boots: Vec<BootRow>,
        /// Events that happened.
        events: Vec<EventRow>,
    },
    /// Keep a text for [`Input::LastGood`] of the next run, in place of the earlier one of that name.
    Keep {
        /// `muster.conf`, `nodes.conf` or `revision`.
        name: &'static str,
        /// The content.
        text: Arc<str>,
    },
    /// Have the agents of these nodes refresh, and answer how many can be told.
    Refresh(Ticket, Vec<Arc<Node>>),
    /// Come back with [`Input::Tick`] at this time at the latest.
    WakeAt(Stamp),
    /// Look at everything that nodes boot with, and tell by [`Seen::Looked`] with this number.
    Look(u64),
    /// Compare a file, and answer.
    Compare(Ticket, Box<Compare>),
    /// End in good order.
    Stop,
}
