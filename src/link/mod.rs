//! Floor 6: how a client reaches an engine. A [`Link`] looks the same whether the engine is behind the control socket or in
//! this process. Nothing here knows what a command means.

mod ask;
mod channel;
mod socket;
mod watch;

pub use ask::{Trouble, ask};
pub use channel::{Link, Message};
pub use watch::attach;
//! Floor 6: how a client reaches an engine.

use std::sync::Arc;

use crate::api;

/// One end for a client: commands go out with a ticket, updates and replies come in.
#[derive(Debug)]
pub struct Link {
    /// Commands with the ticket that their reply will carry.
    pub commands: tokio::sync::mpsc::Sender<(u64, api::Command)>,
    /// What comes in; ends when the link is given up.
    pub updates: std::sync::mpsc::Receiver<Message>,
    /// What it is attached to, in words.
    pub name: Arc<str>,
}

/// What comes in over a link.
#[derive(Debug)]
pub enum Message {
    /// A new state.
    Update(api::Update),
    /// The reply to the command with this ticket.
    Reply(u64, api::Reply),
}
