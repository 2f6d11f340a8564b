//! Verbs without a daemon: an engine without servers, over the same files; what changes something holds the daemon's lock, and is
//! kept in the history as the daemon would.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;

use super::archives::Archives;
use super::clock::Clock;
use super::history::{Depth, History, Record, Unusable};
use super::lock::{self, Holder};
use super::overlays::Overlays;
use super::saves::Saves;
use super::{disk, images, networks, overlays, scripts};
use crate::api::{Command, OverlayCommand, Reply};
use crate::engine::{Engine, Input, Output, Ticket};
use crate::model::{Fault, File, Paths};

/// How many inputs one command may take before it is given up.
const ROUNDS: usize = 16;

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
        File::BOTH
            .iter()
            .for_each(|file| disk::tidy(&paths.file(*file)));
    }
    let past = remembers(&command);
    let base = paths.state.join("state.db");
    let mut desk = Desk {
        engine: super::run::engine(paths),
        clock: Clock::start(),
        records: Vec::new(),
        saves: Saves::into(base.clone()),
        paths,
    };
    let history = match History::look(&base, past) {
        // What cannot be read now may be there after all, and is not to be written over.
        Err(Unusable::Kept(cause)) if changes => {
            let path = base.display();
            return Err(format!(
                "the journal in {path} cannot be read: {cause}; nothing was changed"
            ));
        }
        // Who asks what was done is not told that nothing was.
        Err(Unusable::Kept(cause) | Unusable::Broken(cause)) if past == Depth::All && !changes => {
            let path = base.display();
            return Err(format!("the journal in {path} cannot be read: {cause}"));
        }
        Err(Unusable::Kept(cause) | Unusable::Broken(cause)) => {
            tracing::warn!("the history cannot be read from state.db: {cause}");
            History::new()
        }
        Ok(history) => history,
    };
    desk.begin(history, past)?;
    if let Command::Overlay(command) = command {
        let reply = desk.of_overlays(*command);
        if changes && let Err(cause) = desk.saves.keep(&desk.records) {
            // The log of overlays is kept already.
            tracing::warn!("the history cannot be written to state.db: {cause}");
        }
        return Ok(reply);
    }
    let ticket = Ticket(0);
    let mut reply = desk.feed(Input::Command { ticket, command });
    if changes && let Err(cause) = desk.saves.keep(&desk.records) {
        tracing::warn!("the history cannot be written to state.db: {cause}");
        unlogged(&mut reply, &cause);
    }
    reply.ok_or_else(|| {
        "the command was not answered; nobody else should have been changing the files so often"
            .into()
    })
}

/// The change is on the disk, and the log does not know of it: who made it is told.
fn unlogged(reply: &mut Option<Reply>, cause: &str) {
    if let Some(Reply::Change(outcome)) = reply
        && !outcome.diff.is_empty()
    {
        let what = format!("the change is saved, but the log could not be written: {cause}");
        let hint = "mend that; until then `muster log` calls it an edit by hand";
        outcome.warnings.push(Fault::warning(what).hint(hint));
    }
}

/// How much a command needs to know of what was done before.
fn remembers(command: &Command) -> Depth {
    use Command::{Adopt, Change, Diff, Log, Redo, Settings, Undo};
    match command {
        // Who names no revision has seen what is in force now.
        Adopt { .. } | Change { base: None, .. } | Settings => Depth::Recent,
        Change { .. } | Undo { .. } | Redo { .. } | Log { .. } | Diff { .. } => Depth::All,
        _ => Depth::None,
    }
}

/// Whether a command may change a file.
fn changes(command: &Command) -> bool {
    match command {
        Command::Adopt { .. } => true,
        Command::Change { dry, .. } | Command::Undo { dry, .. } | Command::Redo { dry, .. } => !dry,
        Command::Overlay(command) => overlays::changes(command),
        _ => false,
    }
}

/// The engine and what its outputs reach.
struct Desk<'a> {
    engine: Engine,
    clock: Clock,
    /// What is to be kept, if the command changes something.
    records: Vec<Record>,
    saves: Saves,
    paths: &'a Paths,
}

impl Desk<'_> {
    /// What a daemon does first, in its order; `past` when earlier revisions matter.
    fn begin(&mut self, mut history: History, past: Depth) -> Result<(), String> {
        let [conf, nodes] = File::BOTH.map(|file| disk::read(&self.paths.file(file)));
        if past != Depth::None {
            let steps = history.revisions(&[(File::Conf, &conf), (File::Nodes, &nodes)]);
            self.feed(disk::last_good(history.texts, &steps, &nodes));
            self.feed(Input::Journal(steps));
        }
        if past != Depth::None {
            self.feed(Input::Addresses(networks::addresses()));
        }
        self.feed(Input::Scripts(scripts::scan(&self.paths.conf)));
        for file in File::BOTH {
            let name = disk::owner(&self.paths.file(file));
            self.feed(Input::Owner { file, name });
        }
        self.feed(Input::Files { conf, nodes });
        let catalog = images::scan(&self.paths.state)
            .map_err(|e| format!("the images cannot be listed: {e}"))?;
        self.feed(Input::Images(catalog.into()));
        self.feed(Input::History {
            boots: history.boots,
            events: history.events,
        });
        Ok(())
    }

    /// Answers what is not for the engine, over its view.
    fn of_overlays(&mut self, command: OverlayCommand) -> Reply {
        let state = &self.paths.state;
        let view = Arc::new(ArcSwap::new(self.engine.view().clone()));
        let archives = Arc::new(Archives::new(state.clone(), []));
        let by = overlays::author(&command);
        let overlays = Overlays::new(state, view, archives);
        let reply = overlays.answer(command, &AtomicBool::new(false));
        for input in overlays::news(&by, &reply) {
            self.feed(input);
        }
        reply
    }

    /// Gives the engine an input, and what comes of that; the reply, if there is one.
    fn feed(&mut self, input: Input) -> Option<Reply> {
        let first = overlays::before(&input, &self.paths.state);
        let mut inputs: VecDeque<Input> = first.into_iter().chain([input]).collect();
        let mut answer = None;
        for _ in 0..ROUNDS {
            let Some(input) = inputs.pop_front() else {
                break;
            };
            for output in self.engine.handle(input, self.clock.now()) {
                match output {
                    Output::Reply(_, reply) => answer = Some(*reply),
                    Output::Save {
                        ticket,
                        file,
                        old,
                        new,
                        revisions,
                    } => {
                        let path = self.paths.file(file);
                        let result = self.saves.save(&path, (&old, &new), &revisions);
                        inputs.push_back(Input::Saved { ticket, result });
                    }
                    Output::Record { boots, events } => {
                        self.records.push(Record::Boots(boots));
                        self.records.push(Record::Events(events));
                    }
                    Output::Keep { name, text } => self.records.push(Record::Text(name, text)),
                    Output::Journal(revision) => self.records.push(Record::Step(revision)),
                    _ => {}
                }
            }
        }
        answer
    }
}
