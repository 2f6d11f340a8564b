//! Changing overlays: what is asked is planned upon the disk as it is at that moment, and carried out by the ledger.

use std::sync::Arc;

use super::Overlays;
use super::ledger::{Ledger, Unmade, unlogged};
use super::newly::{Newly, newly};
use super::record::Record;
use super::site::Site;
use super::{back, steps, told, users};
use crate::api::{OverlayClash, OverlayCommand, OverlayReply, Refusal};
use crate::daemon::clock::Clock;
use crate::daemon::files::Disk;
use crate::model::{Fault, Level, View};
use crate::overlay::edit::{self, Ground, Plan, Powers, Problem, digest};

/// How often a change is planned anew because somebody changed the files meanwhile.
const TRIES: usize = 3;

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
        OverlayCommand::Change { .. } => changed(overlays, view, command),
        OverlayCommand::Undo { .. } => undone(overlays, view, command),
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
        _ => Err(no_change()),
    }
}

/// Does the steps.
fn changed(
    overlays: &Overlays,
    view: &View,
    command: OverlayCommand,
) -> Result<OverlayReply, Refusal> {
    let OverlayCommand::Change {
        name,
        steps,
        base,
        force,
        note,
        dry,
        by,
    } = command
    else {
        return Err(no_change());
    };
    let steps = match steps::read(&steps) {
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
    change.make(&plan)
}

/// Takes a change back.
fn undone(
    overlays: &Overlays,
    view: &View,
    command: OverlayCommand,
) -> Result<OverlayReply, Refusal> {
    let OverlayCommand::Undo {
        number,
        name,
        dry,
        by,
    } = command
    else {
        return Err(no_change());
    };
    if !dry {
        // What was cut short, and is done all the same, is what has to be taken back first.
        let left = reconcile(&overlays.state);
        if !left.is_empty() {
            return Ok(OverlayReply::Faulty(left));
        }
    }
    let (done, name) = match back::target(overlays, number, name.as_deref()) {
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
    change.make(&plan)
}

fn no_change() -> Refusal {
    Refusal {
        what: "this changes no overlay".into(),
        fix: None,
    }
}

/// Takes back changes that an earlier run was killed in; what cannot be is given back.
pub(super) fn reconcile(state: &std::path::Path) -> Vec<Fault> {
    // Most often there is nothing, and then nothing is written.
    let nothing = match Ledger::look(state) {
        Ok(None) => true,
        Ok(Some(base)) => base.unsettled_overlays().is_ok_and(|left| left.is_empty()),
        Err(_) => false,
    };
    if nothing {
        Site::new(state).tidy();
        return Vec::new();
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
    fn make(self, plan: Planned<'_>) -> Result<OverlayReply, Refusal> {
        if self.dry {
            return Ok(match self.plan(plan) {
                Ok(plan) => self.outcome(&plan, None),
                Err(reply) => reply,
            });
        }
        let mut ledger = match Ledger::open(&self.overlays.state) {
            Ok(ledger) => ledger,
            Err(why) => return Ok(OverlayReply::Faulty(vec![unlogged(&why)])),
        };
        if let Err(faults) = ledger.reconcile() {
            return Ok(OverlayReply::Faulty(faults));
        }
        for _ in 0..TRIES {
            let plan = match self.plan(plan) {
                Ok(plan) => plan,
                Err(reply) => return Ok(reply),
            };
            if plan.shifts.is_empty() {
                return Ok(self.outcome(&plan, None));
            }
            let who = (&self.by, Clock::start().now());
            let entry = Record::of(&plan, &self.name, who, self.note.clone());
            match ledger.make(&entry, &plan.shifts, self.undoes) {
                Ok(number) => return Ok(self.outcome(&plan, Some(number))),
                Err(Unmade::Moved) => {}
                Err(Unmade::Not(why)) => {
                    return Err(self.failed(&format!("nothing was changed: {why}")));
                }
                Err(Unmade::Half(why)) => return Err(self.failed(&why)),
            }
        }
        Err(self.failed("nothing was changed: somebody else changes its files all the time"))
    }

    /// The system stood in the way.
    fn failed(&self, why: &str) -> Refusal {
        Refusal {
            what: format!("overlay {}: {why}", self.name).into(),
            fix: None,
        }
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
                    digest: digest(theirs.as_deref()).into(),
                    theirs: theirs.as_deref().and_then(told::content),
                    by: last.as_ref().map(|(by, _)| by.clone()),
                    at: last.map(|(_, at)| at),
                }))
            }
        })?;
        self.tried(plan)
    }

    /// The plan, if nothing fails with it that does not fail now, or if that is forced.
    fn tried(&self, mut plan: Plan) -> Result<Plan, OverlayReply> {
        let Newly {
            mut failing,
            unseen,
        } = newly(self.overlays, self.view, &self.name, &plan);
        // What does not compile was told already.
        failing.retain(|fault| !plan.warnings.iter().any(|told| told.spot == fault.spot));
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
