//! What each verb asks, and how the answer is printed.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process::ExitCode;

use super::args::{NodeVerb, Verb};
use super::print::{or_dash, table, time};
use super::status;
use crate::api::{Command, NodeDetail, NodeLine, NodeRow, Reply, Snapshot};
use crate::fleet::{STAGES, Status, Verdict};
use crate::kit::{Stamp, units};
use crate::link::Link;
use crate::model::Level;
use crate::model::query::Query;

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
}

/// Exit codes: 0 done, 1 refused or faults found, 2 wrong arguments (clap's), 3 no engine reached.
const REFUSED: u8 = 1;
const UNREACHED: u8 = 3;

/// How a verb ended, if not well.
enum Stopped {
    Refused(String),
    Unreached(String),
    Pipe(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

/// Carries out a verb and prints to `out`; complaints go to `err`.
pub fn run(verb: &Verb, engine: &dyn Ask, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let stopped =
        match carry_out(verb, engine, out).and_then(|code| Ok(out.flush().map(|()| code)?)) {
            Ok(code) => return code,
            Err(stopped) => stopped,
        };
    let (text, code) = match stopped {
        Stopped::Refused(text) => (text, REFUSED),
        Stopped::Unreached(text) => (text, UNREACHED),
        // The reader has seen enough (`| head`).
        Stopped::Pipe(e) if e.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Stopped::Pipe(e) => (e.to_string(), REFUSED),
    };
    // Without a place for complaints the exit code has to do.
    let _ = writeln!(err, "muster: {text}");
    ExitCode::from(code)
}

fn ask(engine: &dyn Ask, command: Command) -> Result<Reply, Stopped> {
    match engine.ask(command).map_err(Stopped::Unreached)? {
        Reply::Refused(refusal) => {
            let fix = refusal
                .fix
                .map(|fix| format!("; {fix}"))
                .unwrap_or_default();
            Err(Stopped::Refused(format!("{}{fix}", refusal.what)))
        }
        reply => Ok(reply),
    }
}

fn carry_out(verb: &Verb, engine: &dyn Ask, out: &mut dyn Write) -> Result<ExitCode, Stopped> {
    match verb {
        Verb::Status {
            targets,
            watch,
            json,
        } => {
            let query = query(targets)?;
            let wanted = |row: &NodeRow, status: &Status, now: Stamp| {
                query.matches(&NodeLine { row, status, now })
            };
            if *watch {
                let link = engine.attach().map_err(Stopped::Unreached)?;
                status::watch(out, &link, &wanted, *json)?;
            } else {
                status::once(out, snapshot(engine)?, &wanted, *json)?;
            }
        }
        Verb::Node(NodeVerb::List { targets, json }) => list(engine, out, targets, *json)?,
        Verb::Node(NodeVerb::Show { node, json }) => {
            if let Reply::Node(detail) = ask(
                engine,
                Command::Node {
                    name: node.as_str().into(),
                },
            )? {
                show(out, &detail, *json)?;
            }
        }
        Verb::Why { node, json } => {
            if let Reply::Why(verdict) = ask(
                engine,
                Command::Why {
                    name: node.as_str().into(),
                },
            )? {
                why(out, &verdict, *json)?;
            }
        }
        Verb::Events { node, limit, json } => events(engine, out, node.as_deref(), *limit, *json)?,
        Verb::Boots { node, limit, json } => boots(engine, out, node.as_deref(), *limit, *json)?,
        Verb::Adopt { mac, name } => {
            let by = std::env::var("USER")
                .unwrap_or_else(|_| "somebody".into())
                .into();
            let command = Command::Adopt {
                mac: *mac,
                name: name.as_deref().map(Into::into),
                by,
            };
            if let Reply::Adopted { name, revision } = ask(engine, command)? {
                writeln!(out, "{mac} is {name} (r{revision})")?;
            }
        }
        Verb::Check => return check(out, &snapshot(engine)?),
        Verb::Settings { json } => {
            if let Reply::Settings(rows) = ask(engine, Command::Settings)? {
                if *json {
                    writeln!(out, "{}", serde_json::to_string(&rows).unwrap_or_default())?;
                } else {
                    let origin = |set: bool| if set { "muster.conf" } else { "default" };
                    let line = |row: &crate::api::SettingRow| {
                        vec![
                            row.key.to_string(),
                            row.value.to_string(),
                            origin(row.set).to_owned(),
                        ]
                    };
                    table(
                        out,
                        &["KEY", "VALUE", "FROM"],
                        &rows.iter().map(line).collect::<Vec<_>>(),
                    )?;
                }
            }
        }
        Verb::Reload => done(out, &ask(engine, Command::Reload)?)?,
        Verb::Stop => done(out, &ask(engine, Command::Stop)?)?,
        Verb::Image(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn query(targets: &[String]) -> Result<Query, Stopped> {
    Query::parse(&targets.join(" ")).map_err(|e| Stopped::Refused(e.to_string()))
}

fn done(out: &mut dyn Write, reply: &Reply) -> io::Result<()> {
    if let Reply::Done(text) = reply {
        writeln!(out, "{text}")?;
    }
    Ok(())
}

fn snapshot(engine: &dyn Ask) -> Result<Snapshot, Stopped> {
    match ask(engine, Command::Snapshot)? {
        Reply::Snapshot(snapshot) => Ok(*snapshot),
        _ => Err(Stopped::Unreached(
            "the engine did not answer with a snapshot".into(),
        )),
    }
}

fn list(
    engine: &dyn Ask,
    out: &mut dyn Write,
    targets: &[String],
    json: bool,
) -> Result<(), Stopped> {
    let query = query(targets)?;
    let snapshot = snapshot(engine)?;
    let idle = Status::default();
    let known: HashMap<_, _> = snapshot.status.iter().map(|(id, s)| (*id, s)).collect();
    let status = |row: &NodeRow| known.get(&row.id).copied().unwrap_or(&idle);
    let all = targets.is_empty();
    let rows: Vec<&NodeRow> = snapshot
        .nodes
        .iter()
        .filter(|row| {
            all || query.matches(&NodeLine {
                row,
                status: status(row),
                now: snapshot.now,
            })
        })
        .collect();
    if json {
        writeln!(out, "{}", serde_json::to_string(&rows).unwrap_or_default())?;
        return Ok(());
    }
    let line = |row: &&NodeRow| {
        vec![
            row.name.to_string(),
            or_dash(row.mac),
            or_dash(row.ip),
            row.profiles.join(","),
            or_dash(row.image.as_deref()),
            or_dash(row.comment.as_deref()),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    Ok(table(
        out,
        &["NODE", "HWADDR", "IP", "PROFILES", "IMAGE", "COMMENT"],
        &lines,
    )?)
}

fn show(out: &mut dyn Write, detail: &NodeDetail, json: bool) -> io::Result<()> {
    if json {
        return writeln!(out, "{}", serde_json::to_string(detail).unwrap_or_default());
    }
    let line = |row: &crate::api::FieldRow| {
        let hidden: Vec<_> = row
            .shadows
            .iter()
            .map(|(from, value)| format!("{from}: {value}"))
            .collect();
        vec![
            row.key.to_string(),
            row.value.to_string(),
            row.source.to_string(),
            hidden.join("; "),
        ]
    };
    let lines: Vec<_> = detail.fields.iter().map(line).collect();
    table(out, &["FIELD", "VALUE", "FROM", "HIDES"], &lines)?;
    detail
        .faults
        .iter()
        .try_for_each(|fault| writeln!(out, "{fault}"))
}

fn why(out: &mut dyn Write, verdict: &Verdict, json: bool) -> io::Result<()> {
    if json {
        return writeln!(
            out,
            "{}",
            serde_json::to_string(verdict).unwrap_or_default()
        );
    }
    writeln!(
        out,
        "{} {}: {}",
        verdict.node, verdict.stage, verdict.headline
    )?;
    for (title, text) in [
        ("expected", &verdict.expected),
        ("missing", &verdict.missing),
    ] {
        if let Some(text) = text {
            writeln!(out, "  {title:<9} {text}")?;
        }
    }
    for (title, lines) in [("means", &verdict.meaning), ("try", &verdict.tries)] {
        for (at, line) in lines.iter().enumerate() {
            writeln!(out, "  {:<9} {line}", if at == 0 { title } else { "" })?;
        }
    }
    for (at, (when, text)) in verdict.evidence.iter().enumerate() {
        writeln!(
            out,
            "  {:<9} {}  {text}",
            if at == 0 { "seen" } else { "" },
            time(*when)
        )?;
    }
    Ok(())
}

fn events(
    engine: &dyn Ask,
    out: &mut dyn Write,
    node: Option<&str>,
    limit: u32,
    json: bool,
) -> Result<(), Stopped> {
    let command = Command::Events {
        name: node.map(Into::into),
        boot: None,
        before: None,
        limit,
    };
    let Reply::Events(rows) = ask(engine, command)? else {
        return Ok(());
    };
    for row in rows.iter().rev() {
        if json {
            writeln!(out, "{}", serde_json::to_string(row).unwrap_or_default())?;
        } else {
            let mark = match row.level {
                Level::Debug | Level::Info => ' ',
                Level::Warning => '!',
                Level::Error => '✗',
            };
            writeln!(
                out,
                "{} {mark} {:<17} {:<7} {}",
                time(row.at),
                row.who,
                row.kind,
                row.text
            )?;
        }
    }
    Ok(())
}

fn boots(
    engine: &dyn Ask,
    out: &mut dyn Write,
    node: Option<&str>,
    limit: u32,
    json: bool,
) -> Result<(), Stopped> {
    let command = Command::Boots {
        name: node.map(Into::into),
        limit,
    };
    let Reply::Boots(rows) = ask(engine, command)? else {
        return Ok(());
    };
    if json {
        for row in &rows {
            writeln!(out, "{}", serde_json::to_string(row).unwrap_or_default())?;
        }
        return Ok(());
    }
    let line = |row: &crate::api::BootRow| {
        let (took, how) = row
            .ended
            .as_ref()
            .map_or(("-".into(), "under way".into()), |(at, how)| {
                (units::age(at.since(row.began)), how.to_string())
            });
        let mut cells = vec![
            row.id.0.to_string(),
            row.node.to_string(),
            time(row.began),
            took,
            how,
        ];
        let mut stages = String::new();
        let passed: Vec<_> = STAGES
            .iter()
            .filter_map(|stage| Some((*stage, row.trail[stage.index()]?)))
            .collect();
        for (at, (stage, entered)) in passed.iter().enumerate() {
            let next = passed
                .get(at + 1)
                .map(|(_, next)| next.since(*entered).as_secs_f32());
            stages.push_str(
                &next.map_or_else(|| format!("{stage}"), |secs| format!("{stage} {secs:.1} ")),
            );
        }
        cells.push(stages);
        cells.push(row.note.as_deref().unwrap_or_default().to_owned());
        cells
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    Ok(table(
        out,
        &["BOOT", "NODE", "BEGAN", "TOOK", "HOW", "STAGES (s)", "NOTE"],
        &lines,
    )?)
}

fn check(out: &mut dyn Write, snapshot: &Snapshot) -> Result<ExitCode, Stopped> {
    for fault in &snapshot.faults {
        let word = match fault.level {
            Level::Debug | Level::Info => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        writeln!(out, "{word}: {fault}")?;
    }
    let errors = snapshot
        .faults
        .iter()
        .filter(|fault| fault.level == Level::Error)
        .count();
    let warnings = snapshot
        .faults
        .iter()
        .filter(|fault| fault.level == Level::Warning)
        .count();
    writeln!(
        out,
        "{} nodes, {errors} errors, {warnings} warnings",
        units::count(snapshot.nodes.len())
    )?;
    Ok(if errors > 0 {
        ExitCode::from(REFUSED)
    } else {
        ExitCode::SUCCESS
    })
}
