//! What each verb asks, and who prints the answer.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;

use super::args::{Args, NodeVerb, Verb};
use super::failure::Failure;
use super::paper::Paper;
use super::targets::Targets;
use super::{files, history, node, status, watch};
use crate::api::{Command, EventRow, Mirror, Reply, Snapshot, Update};
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

/// Carries out a verb and prints to `paper`; complaints go to `err`.
pub fn run(verb: &Verb, engine: &dyn Ask, paper: &mut Paper<'_>, err: &mut dyn Write) -> ExitCode {
    let done = carry_out(verb, engine, paper);
    // What was printed before a complaint is to be read before it.
    let flushed = paper.flush().map_err(Failure::from);
    let Err(failure) = done.and(flushed) else {
        return ExitCode::SUCCESS;
    };
    let (text, code) = failure.verdict();
    if let Some(text) = text {
        // Without a place for complaints the exit code has to do.
        let _ = writeln!(err, "muster: {text}");
    }
    code
}

fn carry_out(verb: &Verb, engine: &dyn Ask, paper: &mut Paper<'_>) -> Result<(), Failure> {
    match verb {
        Verb::Status { .. } | Verb::Events { .. } | Verb::Boots { .. } => tell(verb, engine, paper),
        Verb::Node(verb) => of_node(verb, engine, paper),
        Verb::Why { node, json } => {
            let name = node.as_str().into();
            match ask(engine, Command::Why { name })? {
                Reply::Why(verdict) => Ok(node::why(paper, &verdict, *json)?),
                _ => Err(strange()),
            }
        }
        Verb::Adopt { mac, name } => {
            let name = name.as_deref().map(Arc::from);
            let by = std::env::var("USER").map_or_else(|_| "somebody".into(), Arc::from);
            match ask(
                engine,
                Command::Adopt {
                    mac: *mac,
                    name,
                    by,
                },
            )? {
                Reply::Adopted { name, revision } => {
                    Ok(writeln!(paper, "{mac} is {name} (r{revision})")?)
                }
                _ => Err(strange()),
            }
        }
        Verb::Check { strict } => files::check(paper, &snapshot(engine)?, *strict),
        Verb::Settings { json } => match ask(engine, Command::Settings)? {
            Reply::Settings(rows) => Ok(files::settings(paper, &rows, *json)?),
            _ => Err(strange()),
        },
        Verb::Reload => match ask(engine, Command::Reload)? {
            Reply::Done(text) => Ok(writeln!(paper, "{text}")?),
            _ => Err(strange()),
        },
        Verb::Stop => {
            engine.stop().map_err(Failure::Unreached)?;
            Ok(writeln!(paper, "muster has stopped")?)
        }
        Verb::Completion { shell } => {
            // Into memory first: the generator panics when its output ends early.
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "muster", &mut text);
            Ok(paper.write_all(&text)?)
        }
        Verb::Image(_) => Ok(()),
    }
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
            let targets = Targets::parse(targets)?;
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

fn of_node(verb: &NodeVerb, engine: &dyn Ask, paper: &mut Paper<'_>) -> Result<(), Failure> {
    match verb {
        NodeVerb::List { targets, json } => {
            let targets = Targets::parse(targets)?;
            node::list(paper, &mirror(engine)?, &targets, *json)
        }
        NodeVerb::Show { node, json } => {
            let name = node.as_str().into();
            match ask(engine, Command::Node { name })? {
                Reply::Node(detail) => Ok(node::show(paper, &detail, *json)?),
                _ => Err(strange()),
            }
        }
    }
}

/// Asks; a refusal is the end.
fn ask(engine: &dyn Ask, command: Command) -> Result<Reply, Failure> {
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
fn strange() -> Failure {
    Failure::Unreached(
        "the running muster answered something else; is it of the same version?".into(),
    )
}
