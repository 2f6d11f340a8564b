//! `muster migrate`: the look at an installation of Warewulf, the question, and the writing.

use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use muster::cli::migrate::{self as shown, Migrate, Printed};
use muster::cli::{Paper, Person, Typist};
use muster::daemon::images::{Progress, Work};
use muster::daemon::lock;
use muster::daemon::migrate::{Asked, Brought, Mode, Plan, bring, look};
use muster::model::Paths;
use muster::registry::upgrade;

use super::{ImageJob, complain};

/// The exit code for what was refused.
const REFUSED: u8 = 1;

/// Carries the verb out.
pub fn run(verb: &Migrate, paths: &Paths) -> anyhow::Result<ExitCode> {
    let asked = Asked {
        dir: verb.dir.clone(),
        overlays: verb.overlays.clone(),
        chroots: verb.chroots.clone(),
        images: verb.images.word(),
        taken: verb.take.clone(),
        mode: match (verb.merge, verb.force) {
            (_, true) => Mode::Force,
            (true, _) => Mode::Merge,
            _ => Mode::Refuse,
        },
    };
    let mut job = ImageJob::new()?;
    let plan = look(&asked, paths, &mut |at| job.look(at));
    job.meter.clear();
    let plan = plan?;
    let mut paper = Paper::found();
    if let Some(file) = verb.print {
        let text = match file {
            Printed::Conf => plan.made.conf,
            Printed::Nodes if verb.secrets => plan.made.nodes,
            Printed::Nodes => plan.made.nodes.map(|text| upgrade::masked(&text)),
        };
        write!(paper, "{}", text.unwrap_or_default())?;
        paper.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    if verb.json {
        writeln!(paper, "{}", serde_json::to_string(&plan.made.report)?)?;
    } else {
        shown::plan(&mut paper, &plan.made.report, verb.changes)?;
    }
    paper.flush()?;
    let only_shown = verb.dry_run || (verb.json && !verb.yes);
    if only_shown || !goes_on(verb, &plan, paths) {
        return Ok(ended(&plan, only_shown));
    }
    let brought = bring(&plan, paths, &mut |at| job.tell(at));
    job.meter.clear();
    told(&mut paper, &brought?, &plan, verb.json)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether everything that is planned is to be written.
fn goes_on(verb: &Migrate, plan: &Plan, paths: &Paths) -> bool {
    let report = &plan.made.report;
    if report.is_blocked() {
        complain(
            "muster: nothing was written: muster has something else already, see WRITES; --merge leaves that as it is, --force moves it aside",
        );
        return false;
    }
    if !report.does_something() {
        if !verb.json {
            complain("muster: there is nothing to write");
        }
        return false;
    }
    let running = lock::holder(&paths.state).filter(|_| paths.socket().exists());
    if let Some(process) = running.filter(|process| lock::lives(*process)) {
        complain(&format!(
            "muster: muster runs here (pid {process}); stop it before this is written: muster stop"
        ));
        return false;
    }
    let mut person = Typist::default();
    if verb.yes {
        return true;
    }
    if !person.there() {
        complain("muster: nothing was written; -y writes it");
        return false;
    }
    person.agrees("\nWrite this?")
}

/// How it ends when nothing is written.
fn ended(plan: &Plan, only_shown: bool) -> ExitCode {
    let report = &plan.made.report;
    match report.is_blocked() || (!only_shown && report.does_something()) {
        true => ExitCode::from(REFUSED),
        false => ExitCode::SUCCESS,
    }
}

/// Says what was written.
fn told(paper: &mut Paper<'_>, brought: &Brought, plan: &Plan, json: bool) -> anyhow::Result<()> {
    for warning in &brought.warnings {
        complain(&format!("muster: {warning}"));
    }
    if json {
        return Ok(());
    }
    writeln!(paper, "\nwritten; Warewulf's files are as they were")?;
    for path in &brought.aside {
        writeln!(paper, "what was there is in {}", path.display())?;
    }
    shown::next(paper, &plan.made.report)?;
    Ok(paper.flush()?)
}

impl ImageJob {
    /// While trees are only looked at.
    fn look(&mut self, at: Progress) -> ControlFlow<()> {
        if at.work == Work::Pack && at.bytes == 0 {
            self.meter
                .show("measuring images", at.files, at.bytes, at.of);
        }
        if self.interrupt.asked() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
