//! Verbs without a daemon: an engine without servers, over the same files; what changes something holds the daemon's lock, and is
//! kept in the history as the daemon would.

use std::collections::VecDeque;

use super::clock::Clock;
use super::history::{History, Record};
use super::lock::{self, Holder};
use super::state::State;
use super::{disk, images, scripts};
use crate::api::{Command, Reply};
use crate::engine::{Engine, Input, Output, Ticket};
use crate::model::Paths;

/// How many inputs one command may take before it is given up.
const ROUNDS: usize = 16;

/// Answers one command from the files alone.
///
/// # Errors
/// A sentence: somebody else holds the lock, or the images cannot be listed.
pub fn ask(paths: &Paths, command: Command) -> Result<Reply, String> {
    // Reading needs no lock: files are replaced whole.
    let changes = matches!(command, Command::Adopt { .. });
    let held = changes
        .then(|| lock::take(&paths.state, Holder::Verb))
        .transpose();
    let _held = held.map_err(|e| e.to_string())?;
    let database = paths.state.join("state.db");
    let (state, history) = if changes {
        disk::tidy(&paths.nodes_conf());
        let (state, history) = State::open(&database);
        (Some(state), history)
    } else {
        (None, History::look(&database))
    };
    let mut desk = Desk {
        engine: super::run::engine(paths),
        clock: Clock::start(),
        state,
        paths,
    };
    desk.begin(history)?;
    let ticket = Ticket(0);
    desk.feed(Input::Command { ticket, command }).ok_or_else(|| {
        "the command was not answered; nobody else should have been changing nodes.conf so often"
            .into()
    })
}

/// The engine and what its outputs reach.
struct Desk<'a> {
    engine: Engine,
    clock: Clock,
    /// Only of a command that changes something.
    state: Option<State>,
    paths: &'a Paths,
}

impl Desk<'_> {
    /// What a daemon does first, in its order.
    fn begin(&mut self, history: History) -> Result<(), String> {
        if self.state.is_some() {
            self.feed(disk::last_good(history.texts));
        }
        self.feed(Input::Scripts(scripts::scan(&self.paths.conf)));
        self.feed(Input::Files {
            conf: disk::read(&self.paths.muster_conf()),
            nodes: disk::read(&self.paths.nodes_conf()),
        });
        let catalog = images::scan(&self.paths.state)
            .map_err(|e| format!("the images cannot be listed: {e}"))?;
        self.feed(Input::Images(catalog.into()));
        self.feed(Input::History {
            boots: history.boots,
            events: history.events,
        });
        Ok(())
    }

    /// Gives the engine an input, and what comes of that; the reply, if there is one.
    fn feed(&mut self, input: Input) -> Option<Reply> {
        let mut inputs = VecDeque::from([input]);
        let mut answer = None;
        for _ in 0..ROUNDS {
            let Some(input) = inputs.pop_front() else {
                break;
            };
            for output in self.engine.handle(input, self.clock.now()) {
                match output {
                    Output::Reply(_, reply) => answer = Some(*reply),
                    Output::Save { ticket, old, new } => {
                        let result = disk::save(&self.paths.nodes_conf(), &old, &new);
                        inputs.push_back(Input::Saved { ticket, result });
                    }
                    Output::Record { boots, events } => {
                        self.keep(Record::Boots(boots));
                        self.keep(Record::Events(events));
                    }
                    Output::Keep { name, text } => self.keep(Record::Text(name, text)),
                    _ => {}
                }
            }
        }
        answer
    }

    fn keep(&self, record: Record) {
        if let Some(state) = &self.state {
            state.keep(record);
        }
    }
}
