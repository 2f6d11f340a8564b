//! What each verb asks, and who prints the answer.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::args::Verb;
use super::change::{self, Wanted};
use super::desk::Desk;
use super::failure::Failure;
use super::paper::Paper;
use super::person::Person;
use super::targets::Targets;
use super::{
    config, drift, entry, help, history, log, man, node, overlay, shells, ssh, status, watch,
};
use crate::api::{Command, EventRow, Mirror, Reply, Snapshot, Update};
use crate::kit::{Mac, text};
use crate::link::Link;
use crate::model::Level;

/// How a verb reaches an engine.
pub trait Ask {
    /// One command, one reply.
    ///
    /// # Errors
    /// A sentence for a person.
    fn ask(&self, command: Command) -> Result<Reply, String>;

    /// A link that stays.
    ///
    /// # Errors
    /// A sentence for a person.
    fn attach(&self) -> Result<Link, String>;

    /// Has the running servers stop, and waits until they have.
    ///
    /// # Errors
    /// A sentence for a person.
    fn stop(&self) -> Result<(), String>;
}

/// Carries out a verb and prints to `paper`; complaints go to `err`, questions to `person`.
pub fn run(
    verb: &Verb,
    engine: &dyn Ask,
    paper: &mut Paper<'_>,
    err: &mut dyn Write,
    person: &mut dyn Person,
) -> ExitCode {
    let mut desk = Desk {
        engine,
        paper,
        err,
        person,
    };
    let done = carry_out(verb, &mut desk);
    // What was printed before a complaint is to be read before it.
    let flushed = desk.paper.flush().map_err(Failure::from);
    let Err(failure) = done.and(flushed) else {
        return ExitCode::SUCCESS;
    };
    let (text, code) = failure.verdict();
    if let Some(text) = text {
        // Without a place for complaints the exit code has to do.
        let _ = writeln!(desk.err, "muster: {}", text::sanitise(&text));
    }
    code
}

fn carry_out(verb: &Verb, desk: &mut Desk<'_, '_>) -> Result<(), Failure> {
    match verb {
        Verb::Status { .. } | Verb::Events { .. } | Verb::Boots { .. } => {
            tell(verb, desk.engine, desk.paper)
        }
        Verb::Drift(asked) => drift::drift(desk, asked),
        Verb::Node(verb) => entry::run(verb, desk),
        Verb::Profile(verb) => entry::run(verb, desk),
        Verb::Undo { revision, how } => {
            let wanted = Wanted::Undo(revision.map(|revision| revision.0));
            change::carry_out(desk, &wanted, how)
        }
        Verb::Redo { how } => change::carry_out(desk, &Wanted::Redo, how),
        Verb::Log { limit, json } => log::log(desk, *limit, *json),
        Verb::Diff {
            from,
            to,
            secrets,
            json,
        } => log::differences(desk, from.0, to.map(|to| to.0), *secrets, *json),
        Verb::Why { node, json } => {
            let name = node.as_str().into();
            match desk.ask(Command::Why { name })? {
                Reply::Why(verdict) => Ok(node::why(desk.paper, &verdict, *json)?),
                _ => Err(strange()),
            }
        }
        Verb::Adopt { mac, name } => adopt(desk, *mac, name.as_deref()),
        Verb::Check { strict } => config::check(desk, *strict),
        Verb::Settings { json } => config::show(desk, &[], config::Shown::as_json(*json)),
        Verb::Config(verb) => config::run(verb, desk),
        Verb::Reload => match desk.ask(Command::Reload)? {
            Reply::Done(text) => Ok(writeln!(desk.paper, "{text}")?),
            _ => Err(strange()),
        },
        Verb::Stop => {
            desk.engine.stop().map_err(Failure::Unreached)?;
            Ok(writeln!(desk.paper, "muster has stopped")?)
        }
        Verb::Ssh(asked) => ssh::run(desk, asked),
        Verb::Overlay(verb) => overlay::run(desk, verb),
        Verb::Help { topic } => help::help(desk, topic),
        Verb::Completion { shell } => {
            let text = shells::script(*shell, &program());
            Ok(desk.paper.write_all(text.as_bytes())?)
        }
        Verb::Man { dir } => manual(desk, dir),
        Verb::Image(_) | Verb::Migrate(_) => Ok(()),
    }
}

fn manual(desk: &mut Desk<'_, '_>, dir: &Path) -> Result<(), Failure> {
    let count = man::write(dir)?;
    let dir = dir.display();
    Ok(writeln!(desk.paper, "{count} man pages are below {dir}")?)
}

fn adopt(desk: &mut Desk<'_, '_>, mac: Mac, name: Option<&str>) -> Result<(), Failure> {
    let command = Command::Adopt {
        mac,
        name: name.map(Arc::from),
        by: change::author(),
    };
    match desk.ask(command)? {
        Reply::Adopted { name, revision } => {
            Ok(writeln!(desk.paper, "{mac} is {name} (r{revision})")?)
        }
        _ => Err(strange()),
    }
}

/// This program as a shell finds it again: by its name, or from wherever one is then.
fn program() -> String {
    let program = std::env::args_os()
        .next()
        .unwrap_or_else(|| "muster".into());
    let program = Path::new(&program);
    let path = (program.components().count() > 1).then(|| std::path::absolute(program).ok());
    path.flatten()
        .as_deref()
        .unwrap_or(program)
        .to_string_lossy()
        .into_owned()
}

/// What happens and what happened.
fn tell(verb: &Verb, engine: &dyn Ask, paper: &mut Paper<'_>) -> Result<(), Failure> {
    let attach = || engine.attach().map_err(Failure::Unreached);
    match verb {
        Verb::Status {
            targets,
            watch,
            json,
        } => {
            let targets = Targets::read(engine, targets)?;
            match (watch, json) {
                (true, json) => watch::states(paper, &attach()?, &targets, *json),
                (false, true) => status::as_json(paper, &mirror(engine)?, &targets),
                (false, false) => status::once(paper, &mirror(engine)?, &targets),
            }
        }
        Verb::Events {
            node,
            limit,
            follow: true,
            level,
            all,
            json,
        } => {
            let (who, level) = (node.as_deref(), (!all).then_some(*level));
            // Before the stream begins: whatever happens in between is then in its snapshot, and newer.
            let mut rows = events(engine, who, level, (*limit).max(1))?;
            let after = rows.first().map_or(0, |row| row.seq);
            rows.truncate(*limit as usize);
            let wanted = watch::Wanted { who, level, after };
            watch::events(paper, &attach()?, &wanted, &rows, *json)
        }
        Verb::Events {
            node,
            limit,
            level,
            all,
            json,
            ..
        } => {
            let level = (!all).then_some(*level);
            let rows = events(engine, node.as_deref(), level, *limit)?;
            let mut oldest_first = rows.iter().rev();
            Ok(oldest_first.try_for_each(|row| history::event(paper, row, *json))?)
        }
        Verb::Boots { node, limit, json } => {
            let command = Command::Boots {
                name: node.as_deref().map(Arc::from),
                limit: *limit,
            };
            match ask(engine, command)? {
                Reply::Boots(rows) => history::boots(paper, &rows, *json),
                _ => Err(strange()),
            }
        }
        _ => Ok(()),
    }
}

/// The newest events that are wanted, newest first.
fn events(
    engine: &dyn Ask,
    name: Option<&str>,
    level: Option<Level>,
    limit: u32,
) -> Result<Vec<EventRow>, Failure> {
    let command = Command::Events {
        name: name.map(Arc::from),
        boot: None,
        before: None,
        level,
        limit,
    };
    match ask(engine, command)? {
        Reply::Events(rows) => Ok(rows),
        _ => Err(strange()),
    }
}

/// Asks; a refusal is the end.
pub(super) fn ask(engine: &dyn Ask, command: Command) -> Result<Reply, Failure> {
    match engine.ask(command).map_err(Failure::Unreached)? {
        Reply::Refused(refusal) => {
            let fix = refusal.fix.map(|fix| format!("; {fix}"));
            let fix = fix.unwrap_or_default();
            Err(Failure::Refused(format!("{}{fix}", refusal.what)))
        }
        reply => Ok(reply),
    }
}

fn snapshot(engine: &dyn Ask) -> Result<Snapshot, Failure> {
    match ask(engine, Command::Snapshot)? {
        Reply::Snapshot(snapshot) => Ok(*snapshot),
        _ => Err(strange()),
    }
}

fn mirror(engine: &dyn Ask) -> Result<Mirror, Failure> {
    let mut mirror = Mirror::default();
    mirror.absorb(Update::Snapshot(Box::new(snapshot(engine)?)));
    Ok(mirror)
}

/// A reply to another question: the engine is of another version.
pub(super) fn strange() -> Failure {
    Failure::Unreached(
        "the running muster answered something else; is it of the same version?".into(),
    )
}
