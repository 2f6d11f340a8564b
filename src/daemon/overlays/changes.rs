//! Changing overlays: what is asked is planned upon the disk as it is at that moment, and carried out by the ledger.

use std::sync::Arc;

use super::Overlays;
use super::ledger::{Ledger, Unmade, unlogged};
use super::newly::{Newly, newly};
use super::record::Record;
use super::{told, users};
use crate::api::{OverlayClash, OverlayCommand, OverlayReply, OverlayStep, Refusal};
use crate::daemon::clock::Clock;
use crate::daemon::files::Disk;
use crate::daemon::history::Base;
use crate::model::{Fault, Level, View};
use crate::overlay::edit::{self, Done, Ground, Plan, Powers, Problem, Step, digest};

/// How often a change is planned anew because somebody changed the files meanwhile.
const TRIES: usize = 3;
/// Steps back that an undo looks for something to take back.
const BACK: u32 = 10_000;

/// Answers a command that changes an overlay, or asks what was changed.
///
/// # Errors
/// Why nothing was done.
pub(super) fn answer(
    overlays: &Overlays,
    view: &View,
    command: OverlayCommand,
) -> Result<OverlayReply, Refusal> {
    match command {
        OverlayCommand::Change {
            name,
            steps,
            base,
            force,
            note,
            dry,
            by,
        } => {
            let steps = match read(&steps) {
                Ok(steps) => steps,
                Err(faults) => return Ok(OverlayReply::Faulty(faults)),
            };
            let plan = |ground: &Ground<'_>| edit::plan(ground, &steps, base.as_deref(), force);
            let change = Change {
                overlays,
                view,
                name,
                by,
                note,
                undoes: None,
                force,
                dry,
            };
            Ok(change.make(&plan))
        }
        OverlayCommand::Undo {
            number,
            name,
            dry,
            by,
        } => {
            let found = target(overlays, number, name.as_deref());
            let (done, name) = match found {
                Ok(found) => found,
                Err(fault) => return Ok(OverlayReply::Faulty(vec![fault])),
            };
            let plan = |ground: &Ground<'_>| edit::undo(ground, &done);
            let change = Change {
                overlays,
                view,
                name,
                by,
                note: None,
                undoes: Some(done.number),
                // What was there is to be there again, as it was.
                force: true,
                dry,
            };
            Ok(change.make(&plan))
        }
        OverlayCommand::Log { name, limit } => {
            let rows = told::log(&overlays.state, name.as_deref(), limit);
            Ok(rows.map_or_else(faulty, OverlayReply::Log))
        }
        OverlayCommand::Past {
            number,
            path,
            before,
        } => {
            let file = told::past(&overlays.state, number, &path, before);
            let file = file.map(|file| OverlayReply::File(Box::new(file)));
            Ok(file.unwrap_or_else(|fault| OverlayReply::Faulty(vec![fault])))
        }
        _ => Err(Refusal {
            what: "this changes no overlay".into(),
            fix: None,
        }),
    }
}

/// Takes back changes that an earlier run was killed in; what cannot be is given back.
pub(super) fn reconcile(state: &std::path::Path) -> Vec<Fault> {
    match Ledger::look(state) {
        // Most often there is nothing, and then nothing is written.
        Ok(None) => return Vec::new(),
        Ok(Some(base)) if base.unsettled_overlays().is_ok_and(|left| left.is_empty()) => {
            return Vec::new();
        }
        _ => {}
    }
    match Ledger::open(state) {
        Ok(mut ledger) => ledger.reconcile().err().unwrap_or_default(),
        Err(why) => vec![unlogged(&why)],
    }
}

fn faulty(why: String) -> OverlayReply {
    OverlayReply::Faulty(vec![Fault::error(why)])
}

/// One change on its way.
struct Change<'a> {
    overlays: &'a Overlays,
    view: &'a View,
    name: Arc<str>,
    by: Arc<str>,
    note: Option<Arc<str>>,
    undoes: Option<u64>,
    force: bool,
    dry: bool,
}

type Planned<'p> = &'p dyn Fn(&Ground<'_>) -> Result<Plan, Problem>;

impl Change<'_> {
    fn make(self, plan: Planned<'_>) -> OverlayReply {
        if self.dry {
            return match self.plan(plan) {
                Ok(plan) => self.outcome(&plan, None),
                Err(reply) => reply,
            };
        }
        let mut ledger = match Ledger::open(&self.overlays.state) {
            Ok(ledger) => ledger,
            Err(why) => return OverlayReply::Faulty(vec![unlogged(&why)]),
        };
        if let Err(faults) = ledger.reconcile() {
            return OverlayReply::Faulty(faults);
        }
        for _ in 0..TRIES {
            let plan = match self.plan(plan) {
                Ok(plan) => plan,
                Err(reply) => return reply,
            };
            if plan.shifts.is_empty() {
                return self.outcome(&plan, None);
            }
            let who = (&self.by, Clock::start().now());
            let entry = Record::of(&plan, &self.name, who, self.note.clone());
            match ledger.make(&entry, &plan.shifts, self.undoes) {
                Ok(number) => return self.outcome(&plan, Some(number)),
                Err(Unmade::Moved) => {}
                Err(Unmade::Not(why)) => return self.failed(format!("nothing was changed: {why}")),
                Err(Unmade::Half(why)) => return self.failed(why),
            }
        }
        self.failed("somebody changes its files all the time; nothing was changed".into())
    }

    fn failed(&self, why: String) -> OverlayReply {
        let fault = Fault::error(why).about(format!("overlay {}", self.name));
        OverlayReply::Faulty(vec![fault])
    }

    fn plan(&self, plan: Planned<'_>) -> Result<Plan, OverlayReply> {
        let powers = powers();
        let users = users::of(self.view, &self.name);
        let listed: Vec<Arc<str>> = users.into_iter().map(|user| user.who).collect();
        let ground = Ground {
            name: &self.name,
            sources: self.overlays.archives.sources(),
            files: &Disk,
            powers: &powers,
            listed: &listed,
            version: env!("CARGO_PKG_VERSION"),
        };
        let plan = plan(&ground).map_err(|problem| match problem {
            Problem::Faults(faults) => OverlayReply::Faulty(faults),
            Problem::Clash { path, theirs } => {
                let last = told::last(&self.overlays.state, &self.name, &path);
                OverlayReply::Clash(Box::new(OverlayClash {
                    name: self.name.clone(),
                    path: path.into(),
                    digest: digest(theirs.as_ref()).into(),
                    theirs: theirs.as_ref().and_then(told::content),
                    by: last.as_ref().map(|(by, _)| by.clone()),
                    at: last.map(|(_, at)| at),
                }))
            }
        })?;
        self.tried(plan)
    }

    /// The plan, if nothing fails with it that does not fail now, or if that is forced.
    fn tried(&self, mut plan: Plan) -> Result<Plan, OverlayReply> {
        let Newly { failing, unseen } = newly(self.overlays, self.view, &self.name, &plan);
        if !failing.is_empty() && !self.force {
            return Err(OverlayReply::Faulty(failing));
        }
        let told = failing.into_iter().map(|fault| Fault {
            level: Level::Warning,
            ..fault
        });
        plan.warnings.extend(told.chain(unseen));
        Ok(plan)
    }

    fn outcome(&self, plan: &Plan, number: Option<u64>) -> OverlayReply {
        let impact = told::impact(self.overlays, self.view, &self.name, plan);
        OverlayReply::Change(Box::new(told::outcome(plan, number, impact)))
    }
}

/// What this process may give to whom.
fn powers() -> Powers {
    let own = nix::unistd::getegid().as_raw();
    let more = nix::unistd::getgroups().unwrap_or_default();
    let groups = more.into_iter().map(nix::unistd::Gid::as_raw);
    Powers {
        root: nix::unistd::geteuid().is_root(),
        uid: nix::unistd::geteuid().as_raw(),
        groups: std::iter::once(own).chain(groups).collect(),
    }
}

/// The steps as they are done.
fn read(steps: &[OverlayStep]) -> Result<Vec<Step>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(steps.len());
    for step in steps {
        let text = |path: &Arc<str>| path.to_string();
        read.push(match step {
            OverlayStep::Create => Step::Create,
            OverlayStep::Copy => Step::Copy,
            OverlayStep::Delete => Step::Delete,
            OverlayStep::Write {
                path,
                content,
                mode,
            } => {
                let data = content.bytes().unwrap_or_else(|| {
                    let what = format!("the content of {path} is no base64");
                    faults.push(Fault::error(what));
                    Vec::new()
                });
                Step::Write {
                    path: text(path),
                    data: data.into(),
                    mode: *mode,
                }
            }
            OverlayStep::Mkdir { path, mode } => Step::Mkdir {
                path: text(path),
                mode: *mode,
            },
            OverlayStep::Symlink { path, target } => Step::Symlink {
                path: text(path),
                target: text(target),
            },
            OverlayStep::Mode { path, mode } => Step::Mode {
                path: text(path),
                mode: *mode,
            },
            OverlayStep::Owner { path, uid, gid } => Step::Owner {
                path: text(path),
                uid: *uid,
                gid: *gid,
            },
            OverlayStep::Move { path, to } => Step::Move {
                path: text(path),
                to: text(to),
            },
            OverlayStep::Remove { path } => Step::Remove { path: text(path) },
        });
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

/// The change that is to be taken back, and the overlay that it was made to.
fn target(
    overlays: &Overlays,
    number: Option<u64>,
    name: Option<&str>,
) -> Result<(Done, Arc<str>), Fault> {
    let nothing = || {
        let of = name.map_or_else(String::new, |name| format!(" of overlay {name}"));
        Fault::error(format!("there is no change{of} that could be taken back"))
    };
    let base = Ledger::look(&overlays.state).map_err(|why| unlogged(&why))?;
    let base = base.ok_or_else(nothing)?;
    let number = match number {
        Some(number) => tip(&base, number)?,
        None => newest(&base, name)?.ok_or_else(nothing)?,
    };
    let lost = |why: String| {
        let what = format!("#{number} cannot be taken back: {why}");
        Fault::error(what).hint("older contents go when there are too many; change it by hand")
    };
    let change = base.overlay_change(number).map_err(|why| unlogged(&why))?;
    let change = change.ok_or_else(|| unknown(number))?;
    let record = Record::parse(&change.record).map_err(lost)?;
    if name.is_some_and(|name| *name != *record.overlay) {
        let what = format!("#{number} is a change of overlay {}", record.overlay);
        return Err(Fault::error(what));
    }
    let contents = |digest: &str| base.overlay_content(digest);
    let done = Done {
        number,
        way: record.way(),
        shifts: record.shifts(&contents).map_err(lost)?,
        summary: record.summary.clone(),
    };
    Ok((done, record.overlay))
}

pub(super) fn unknown(number: u64) -> Fault {
    let what = format!("there is no change #{number} in the log of overlays");
    Fault::error(what).hint("`muster overlay log` shows them")
}

/// What has to be taken back so that the change of that number is: itself, or what brought it back.
fn tip(base: &Base, number: u64) -> Result<u64, Fault> {
    let (mut at, mut stands) = (number, true);
    loop {
        let change = base.overlay_change(at).map_err(|why| unlogged(&why))?;
        let change = change.ok_or_else(|| unknown(at))?;
        match change.undone_by {
            Some(later) if later > at => (at, stands) = (later, !stands),
            _ => break,
        }
    }
    if stands {
        return Ok(at);
    }
    let what = format!("#{number} was taken back by #{at} already");
    Err(Fault::error(what).hint(format!("`muster overlay undo {at}` brings it back")))
}

/// The newest change that stands and was no taking back.
fn newest(base: &Base, name: Option<&str>) -> Result<Option<u64>, Fault> {
    let rows = base.overlay_log(name, BACK).map_err(|why| unlogged(&why))?;
    let undoes = |number: u64| rows.iter().find(|row| row.number == number)?.undoes;
    let forth = |number: u64| {
        let mut steps = 0;
        let mut at = number;
        while let Some(earlier) = undoes(at) {
            (at, steps) = (earlier, steps + 1);
        }
        steps % 2 == 0
    };
    let mut standing = rows.iter().filter(|row| row.undone_by.is_none());
    Ok(standing.find(|row| forth(row.number)).map(|row| row.number))
}
