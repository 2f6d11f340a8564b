//! Verbs without a daemon: an engine without servers, over the same files; what changes something holds the daemon's lock.

use super::clock::Clock;
use super::history::History;
use super::lock::{self, Holder};
use super::{disk, images};
use crate::api::{Command, Reply};
use crate::engine::{Input, Output, Ticket};
use crate::model::Paths;

/// How many rounds of saving one command may take before it is given up.
const ROUNDS: usize = 8;

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
    if changes {
        disk::tidy(&paths.nodes_conf());
    }
    let history = History::look(&paths.state.join("state.db"));
    let clock = Clock::start();
    let mut engine = super::run::engine(paths);
    let (conf, nodes) = (
        disk::read(&paths.muster_conf()),
        disk::read(&paths.nodes_conf()),
    );
    engine.handle(Input::Files { conf, nodes }, clock.now());
    let catalog =
        images::scan(&paths.state).map_err(|e| format!("the images cannot be listed: {e}"))?;
    engine.handle(Input::Images(catalog.into()), clock.now());
    engine.handle(
        Input::History {
            boots: history.boots,
            events: history.events,
        },
        clock.now(),
    );
    let mut inputs = vec![Input::Command {
        ticket: Ticket(0),
        command,
    }];
    for _ in 0..ROUNDS {
        let Some(input) = inputs.pop() else { break };
        for output in engine.handle(input, clock.now()) {
            match output {
                Output::Reply(_, reply) => return Ok(*reply),
                Output::Save { ticket, old, new } => {
                    let result = disk::save(&paths.nodes_conf(), &old, &new);
                    inputs.push(Input::Saved { ticket, result });
                }
                _ => {}
            }
        }
    }
    Err(
        "the command was not answered; nobody else should have been changing nodes.conf so often"
            .into(),
    )
}
