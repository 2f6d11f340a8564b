//! Where a verb works: the engine that it asks, what it writes on, and who may be asked.

use std::io::Write;

use super::failure::Failure;
use super::paper::Paper;
use super::person::Person;
use super::verb::{Ask, ask, strange};
use crate::api::{Command, Mirror, Reply, Snapshot, Update};

/// Everything that a verb has at hand.
pub struct Desk<'d, 'p> {
    /// The engine.
    pub engine: &'d dyn Ask,
    /// What it prints.
    pub paper: &'d mut Paper<'p>,
    /// What is said beside that, for people.
    pub err: &'d mut dyn Write,
    /// Who may be asked.
    pub person: &'d mut dyn Person,
}

impl Desk<'_, '_> {
    /// Asks; a refusal is the end.
    ///
    /// # Errors
    /// The refusal; an engine that is not reached.
    pub fn ask(&self, command: Command) -> Result<Reply, Failure> {
        ask(self.engine, command)
    }

    /// The state of everything.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub fn snapshot(&self) -> Result<Snapshot, Failure> {
        match self.ask(Command::Snapshot)? {
            Reply::Snapshot(snapshot) => Ok(*snapshot),
            _ => Err(strange()),
        }
    }

    /// The same, as lists want it.
    ///
    /// # Errors
    /// As [`Desk::ask`].
    pub fn mirror(&self) -> Result<Mirror, Failure> {
        let mut mirror = Mirror::default();
        mirror.absorb(Update::Snapshot(Box::new(self.snapshot()?)));
        Ok(mirror)
    }
}
