//! What the application begins with, what happens to it, and what it wants done.

use std::sync::Arc;

use crate::api::Command;
use crate::console::keys::{Chord, Keymap};
use crate::console::look::Look;
use crate::console::writing::{Accounts, Kept};
use crate::kit::Zone;
use crate::link;

/// What the application begins with.
#[derive(Debug)]
pub struct Start {
    /// Its look.
    pub look: Look,
    /// A site's themes: name and text.
    pub themes: Vec<(String, String)>,
    /// Its keys.
    pub keymap: Keymap,
    /// Who sits here.
    pub user: Arc<str>,
    /// What it is attached to.
    pub link: Arc<str>,
    /// Nothing can be changed in this session.
    pub read_only: bool,
    /// What becomes of the servers after leaving, when that needs saying; leaving then asks and offers to stop them.
    pub detach_hint: Option<String>,
    /// Whether the mouse is ours at the start.
    pub mouse: bool,
    /// Columns and rows.
    pub size: (u16, u16),
    /// The reader's time zone.
    pub zone: Zone,
    /// The network interfaces of this machine.
    pub interfaces: Vec<Arc<str>>,
    /// Its users and groups.
    pub accounts: Accounts,
    /// Drafts of files that were kept when a console ended.
    pub kept: Vec<Kept>,
}

/// Something that happened to the console.
#[derive(Debug)]
pub enum Msg {
    /// A key.
    Key(Chord),
    /// Pasted text.
    Paste(String),
    /// The mouse.
    Mouse(Mouse),
    /// Another size: columns, rows.
    Resize(u16, u16),
    /// From the engine.
    Link(link::Message),
    /// The link has ended for good.
    LinkEnded,
    /// The editor has ended: with this text, or why there is none.
    Edited(Result<Vec<u8>, String>),
    /// A file of this machine was read: its content and its permission bits, or why not.
    Read(Result<(Vec<u8>, u32), String>),
    /// Time has passed.
    Tick,
}

/// What the mouse did, at column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Left button pressed.
    Click(u16, u16),
    /// Wheel turned by so many rows.
    Wheel(u16, u16, isize),
}

/// What the application wants done outside of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Send a command; its reply carries the ticket.
    Send(u64, Command),
    /// Let the person edit a text in an editor of theirs, beginning at a line, from 1; answered by [`Msg::Edited`].
    Editor {
        /// The name of the file that holds it, by which editors know what it is.
        name: String,
        /// The text.
        text: Vec<u8>,
        /// The line.
        line: u32,
    },
    /// Read a file of this machine; answered by [`Msg::Read`].
    Read(String),
    /// Keep a draft where it outlives the console.
    Keep(Box<Kept>),
    /// The draft of this file of this overlay need not be kept any more.
    Forget(Arc<str>, Arc<str>),
    /// Copy to the clipboard.
    Copy(String),
    /// Switch mouse reports.
    Mouse(bool),
    /// Draw every cell again.
    Redraw,
    /// Stop this process until the shell continues it.
    Suspend,
    /// End the console.
    Quit,
    /// End the console: there is no engine, and there will be none.
    Unreached,
}

/// A screen, with what tells two of its kind apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The Board.
    Board,
    /// The list of nodes.
    Nodes,
    /// One node.
    Node(Arc<str>),
    /// The profiles.
    Profiles,
    /// The overlays.
    Overlays,
    /// The timeline.
    Events,
    /// The server's settings.
    Settings,
}
