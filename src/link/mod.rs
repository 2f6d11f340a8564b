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
