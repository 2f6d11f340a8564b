//! Verbs without a daemon: an engine without servers, over the same files; what changes something holds the daemon's lock.

use super::clock::Clock;
use super::hands;
use super::history::{Base, History, Record};
use super::lock::{self, Holder};
use super::{disk, images};
use crate::api::{Command, Reply};
use crate::engine::{Engine, Input, Output, Ticket};
use crate::model::Paths;

/// How many rounds of saving one command may take before it is given up.
const ROUNDS: usize = 8;

/// Answers one command from the files alone.
///
/// # Errors
/// A sentence: somebody else holds the lock, or the images cannot be listed.
pub fn ask(paths: &Paths, command: Command) -> Result<Reply, String> {
    // Reading needs no lock: files are replaced whole.
    let changes = changes(&command);
    let held = changes
        .then(|| lock::take(&paths.state, Holder::Verb))
        .transpose();
    let _held = held.map_err(|e| e.to_string())?;
    if changes {
        disk::tidy(&paths.nodes_conf());
    }
    let base = paths.state.join("state.db");
    let mut history = History::look(&base);
    let clock = Clock::start();
    let mut engine = super::run::engine(paths);
    let (conf, nodes) = (
        disk::read(&paths.muster_conf()),
        disk::read(&paths.nodes_conf()),
    );
    let mut first = Vec::new();
    if remembers(&command) {
        let last_good = hands::last_good(std::mem::take(&mut history.texts));
        first.extend(engine.handle(last_good, clock.now()));
        let steps = hands::recall(paths, &nodes);
        first.extend(engine.handle(Input::Journal(steps), clock.now()));
    }
    first.extend(engine.handle(Input::Files { conf, nodes }, clock.now()));
    let catalog =
        images::scan(&paths.state).map_err(|e| format!("the images cannot be listed: {e}"))?;
    engine.handle(Input::Images(catalog.into()), clock.now());
    first.extend(engine.handle(
        Input::History {
            boots: history.boots,
            events: history.events,
        },
        clock.now(),
    ));
    let mut records: Vec<Record> = Vec::new();
    records.extend(first.into_iter().filter_map(record));
    let input = Input::Command {
        ticket: Ticket(0),
        command,
    };
    let reply = carried_out(paths, &mut engine, clock, input, &mut records);
    if changes && let Err(cause) = Base::briefly(&base).and_then(|mut base| base.write(&records)) {
        tracing::warn!("the journal cannot be written to state.db: {cause}");
    }
    reply.ok_or_else(|| {
        "the command was not answered; nobody else should have been changing nodes.conf so often"
            .into()
    })
}

/// Whether a command needs to know what was done before.
fn remembers(command: &Command) -> bool {
    use Command::{Adopt, Change, Diff, Log, Redo, Undo};
    matches!(
        command,
        Adopt { .. } | Change { .. } | Undo { .. } | Redo { .. } | Log { .. } | Diff { .. }
    )
}

/// Whether a command may change a file.
fn changes(command: &Command) -> bool {
    match command {
        Command::Adopt { .. } => true,
        Command::Change { dry, .. } | Command::Undo { dry, .. } | Command::Redo { dry, .. } => !dry,
        _ => false,
    }
}

/// Carries a command out, saves included; gathers what is to be kept of it.
fn carried_out(
    paths: &Paths,
    engine: &mut Engine,
    clock: Clock,
    input: Input,
    records: &mut Vec<Record>,
) -> Option<Reply> {
    let mut inputs = vec![input];
    let mut answer = None;
    for _ in 0..ROUNDS {
        let Some(input) = inputs.pop() else { break };
        for output in engine.handle(input, clock.now()) {
            match output {
                Output::Reply(_, reply) => answer = Some(*reply),
                Output::Save {
                    ticket,
                    old,
                    new,
                    revision,
                } => {
                    let base = Base::briefly(&paths.state.join("state.db"));
                    if let Err(cause) = base.and_then(|mut base| base.intend(&revision)) {
                        tracing::warn!("the journal cannot be written to state.db: {cause}");
                    }
                    let result = disk::save(&paths.nodes_conf(), &old, &new);
                    inputs.push(Input::Saved { ticket, result });
                }
                other => records.extend(record(other)),
            }
        }
    }
    answer
}

/// What is to be kept of an output.
fn record(output: Output) -> Option<Record> {
    match output {
        Output::Journal(revision) => Some(Record::Step(revision)),
        Output::Keep { name, text } => Some(Record::Text(name, text)),
        Output::Record { events, .. } if !events.is_empty() => Some(Record::Events(events)),
        _ => None,
    }
}
