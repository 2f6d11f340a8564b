//! Changes of the registry: shown, asked about, carried out and told. `muster undo` and `redo` too.

use std::io::Write;
use std::sync::Arc;

use super::desk::Desk;
use super::failure::Failure;
use super::outcome::{self, counted};
use super::verb::strange;
use crate::api::{Command, Outcome, Reply};
use crate::model::{Edit, Fault, Table};

/// How a change is carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct How {
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Print what would change, and change nothing
    #[arg(long = "dry-run")]
    pub dry: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
    /// Why; `muster log` shows it
    #[arg(skip)]
    pub note: Option<String>,
    /// Show it and ask even if it reaches one entry only
    #[arg(skip)]
    pub wary: bool,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// These edits, by somebody who looked at that revision, if it matters.
    Edits(Vec<Edit>, Option<u64>),
    /// A revision is taken back; none = the newest.
    Undo(Option<u64>),
    /// The newest undo is taken back.
    Redo,
}

impl Wanted {
    fn command(&self, how: &How, dry: bool) -> Command {
        let by = author();
        match self {
            Self::Edits(edits, base) => Command::Change {
                edits: edits.clone(),
                base: *base,
                note: how.note.as_deref().map(Arc::from),
                dry,
                by,
            },
            Self::Undo(revision) => Command::Undo {
                revision: *revision,
                dry,
                by,
            },
            Self::Redo => Command::Redo { dry, by },
        }
    }

    /// Whether it takes something out of the registry for good, as far as an undo lets it be for good.
    fn removes(&self) -> bool {
        matches!(self, Self::Edits(edits, _) if edits.iter().any(|edit| matches!(edit, Edit::Remove { .. })))
    }
}

/// On whose behalf: the person, also behind `sudo`.
pub fn author() -> Arc<str> {
    let set = |variable: &str| std::env::var(variable).ok().filter(|name| !name.is_empty());
    let known = || {
        let user = nix::unistd::User::from_uid(nix::unistd::getuid());
        user.ok().flatten().map(|user| user.name)
    };
    let name = set("SUDO_USER").or_else(|| set("USER")).or_else(known);
    name.map_or_else(|| "somebody".into(), Arc::from)
}

/// What became of a change.
#[derive(Debug)]
pub enum Done {
    /// It was done, was only to be tried, or was not needed.
    Well,
    /// Somebody was asked and said no.
    Declined,
    /// Everything that speaks against it.
    Faulty(Vec<Fault>),
}

/// Carries a change out and tells it. What reaches more than one entry is shown first and asked about, where somebody is there to
/// answer; where nobody is, removing more than one wants `--yes`.
///
/// # Errors
/// Refusals, what was declined and what is faulty among them.
pub fn carry_out(desk: &mut Desk<'_, '_>, wanted: &Wanted, how: &How) -> Result<(), Failure> {
    match attempt(desk, wanted.clone(), how)? {
        Done::Well => Ok(()),
        Done::Declined => Err(Failure::Refused("nothing was changed".into())),
        Done::Faulty(faults) => {
            outcome::faults(desk.err, &faults);
            Err(Failure::Refused(match faults.len() {
                1 => "nothing was changed".into(),
                n => format!("nothing was changed: {n} faults"),
            }))
        }
    }
}

/// The same; faults are given back instead of told.
///
/// # Errors
/// Other refusals.
pub fn attempt(desk: &mut Desk<'_, '_>, mut wanted: Wanted, how: &How) -> Result<Done, Failure> {
    let there = desk.person.there() && !how.json;
    let wary = !how.yes && (there || wanted.removes());
    if how.dry || wary {
        let outcome = match tried(desk, &wanted, how, true)? {
            Ok(outcome) => outcome,
            Err(faults) => return Ok(Done::Faulty(faults)),
        };
        let reached = reached(&outcome);
        if how.dry {
            outcome::plan(desk.paper, &outcome, how)?;
            return Ok(Done::Well);
        }
        if reached > 1 && !there {
            return Err(Failure::Refused(format!(
                "{} would be changed for good, and nobody is there to be asked; say --yes",
                counted(reached, "entry", "entries")
            )));
        }
        if reached > 1 || how.wary && there && reached > 0 {
            outcome::plan(desk.paper, &outcome, how)?;
            desk.paper.flush()?;
            if !desk.person.agrees("Do it?") {
                return Ok(Done::Declined);
            }
        }
    }
    loop {
        match desk.ask(wanted.command(how, false))? {
            Reply::Change(outcome) => {
                outcome::done(desk.paper, &outcome, how)?;
                return Ok(Done::Well);
            }
            Reply::Faulty(faults) => return Ok(Done::Faulty(faults)),
            Reply::Clash(rows) => {
                outcome::clash(desk.err, &rows)?;
                let Wanted::Edits(_, base) = &mut wanted else {
                    return Err(Failure::Refused(
                        "nothing was changed: somebody changed the same since".into(),
                    ));
                };
                if !there || !desk.person.agrees("Overwrite it?") {
                    return Ok(Done::Declined);
                }
                *base = None;
            }
            _ => return Err(strange()),
        }
    }
}

/// What a change comes to, or everything that speaks against it. A clash is no obstacle to trying: it is told when it is done.
fn tried(
    desk: &mut Desk<'_, '_>,
    wanted: &Wanted,
    how: &How,
    dry: bool,
) -> Result<Result<Outcome, Vec<Fault>>, Failure> {
    match desk.ask(wanted.command(how, dry))? {
        Reply::Change(outcome) => Ok(Ok(*outcome)),
        Reply::Faulty(faults) => Ok(Err(faults)),
        Reply::Clash(rows) => {
            outcome::clash(desk.err, &rows)?;
            Err(Failure::Refused(
                "nothing was changed: somebody changed the same since".into(),
            ))
        }
        _ => Err(strange()),
    }
}

/// How many entries a change reaches.
fn reached(outcome: &Outcome) -> u32 {
    let mut most = 0;
    for table in Table::ALL {
        let rows = outcome.diff.iter().filter(|row| row.table == table);
        // Rows of different keys are about the same entries more often than not: names tell.
        let mut names: Vec<(&str, u32)> = rows.map(|row| (&*row.names, row.count)).collect();
        names.sort_unstable();
        names.dedup();
        most += names.iter().map(|(_, count)| count).sum::<u32>();
    }
    most + outcome.more
}
