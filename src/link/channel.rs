//! The two ends of a link.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tokio::sync::mpsc::Sender;

use crate::api::{Command, Reply, Update};

/// What arrives at the client.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// The engine's state, or a change of it.
    Update(Update),
    /// The reply to the command with this ticket.
    Reply(u64, Reply),
}

/// A client's end of a link. Dropping it detaches.
#[derive(Debug)]
pub struct Link {
    /// Commands to the engine, each with a ticket of the client's choice.
    pub commands: Sender<(u64, Command)>,
    /// Updates and replies from it.
    pub updates: Receiver<Message>,
    /// Where the engine is, for the header: `/run/muster/control.sock`.
    pub name: Arc<str>,
}
