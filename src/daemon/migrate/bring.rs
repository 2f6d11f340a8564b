//! Carrying a plan out: everything is made beside its place first, then moved there, small things last.

use std::io;
use std::path::{Path, PathBuf};

use super::Refused;
use super::look::{Plan, Step, What};
use super::stage::Stage;
use crate::api::Fate;
use crate::daemon::images::{self, Tell};
use crate::daemon::lock::{self, Holder};
use crate::model::{Fault, Paths};

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// What was written, in order.
    pub written: Vec<PathBuf>,
    /// Where what was there before is now.
    pub aside: Vec<PathBuf>,
    /// What could not be kept, in sentences.
    pub warnings: Vec<String>,
}

/// Writes what was planned. Nobody else may work on muster's files meanwhile; theirs are only read.
///
/// # Errors
/// Everything that speaks against it; then nothing is there that was not there before.
pub fn bring(plan: &Plan, paths: &Paths, tell: &mut Tell<'_>) -> Result<Brought, Refused> {
    let _held =
        lock::take(&paths.state, Holder::Verb).map_err(|e| Refused::because(e.to_string()))?;
    let mut stage = Stage::default();
    let mut done = Brought::default();
    let fresh = |step: &&Step| matches!(step.fate, Fate::New | Fate::Replaced);
    let mut ready: Vec<(&Step, PathBuf)> = Vec::new();
    for step in plan.steps.iter().filter(fresh) {
        match make(step, paths, (&mut stage, &mut done), tell)? {
            Some(made) => ready.push((step, made)),
            None => done.written.push(step.to.clone()),
        }
    }
    for (step, made) in ready {
        let replace = step.fate == Fate::Replaced;
        stage
            .put(&made, &step.to, replace)
            .map_err(|e| failed(&step.to, &e))?;
        done.written.push(step.to.clone());
    }
    done.aside = stage.keep();
    Ok(done)
}

/// Makes one thing beside its place; none if it is in place already.
fn make(
    step: &Step,
    paths: &Paths,
    (stage, done): (&mut Stage, &mut Brought),
    tell: &mut Tell<'_>,
) -> Result<Option<PathBuf>, Refused> {
    let refused = |error: images::JobError| Refused::because(error.to_string());
    match &step.what {
        What::File(text, mode, owner) => {
            let like = (*mode, *owner);
            let made = stage
                .file(&step.to, text, like)
                .map_err(|e| failed(&step.to, &e))?;
            Ok(Some(made))
        }
        What::Overlay(root) => {
            let made = stage.beside(&step.to).map_err(|e| failed(&step.to, &e))?;
            std::fs::create_dir(&made).map_err(|e| failed(&made, &e))?;
            let copied = images::copy(root, &made.join("rootfs"), tell).map_err(refused)?;
            done.warnings.extend(copied.warnings);
            if copied.owners > 0 {
                let what = format!(
                    "{} files of {} belong to you: only root can give files away",
                    copied.owners,
                    step.to.display()
                );
                done.warnings.push(what);
            }
            Ok(Some(made))
        }
        What::Image(name, root, linked) => {
            let brought = match linked {
                true => images::link(root, name, &paths.state, tell),
                false => images::import(root, name, &paths.state, false, tell),
            };
            done.warnings.extend(brought.map_err(refused)?.warnings);
            stage.note(&step.to);
            Ok(None)
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Refused {
    let fault = Fault::error(format!("{} cannot be written: {error}", path.display()));
    Refused(vec![fault.hint("everything is as it was before")])
}
