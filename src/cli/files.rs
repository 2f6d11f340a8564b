//! `muster check`: what is wrong with the configuration files.

use std::io::Write;

use super::failure::Failure;
use super::paper::{Hue, Paper};
use crate::api::Snapshot;
use crate::kit::{text, units};
use crate::model::Level;

/// Prints every fault, and how many there are. `strict` takes warnings for errors.
///
/// # Errors
/// Whatever writing gives; a refusal when there are errors.
pub fn check(paper: &mut Paper<'_>, snapshot: &Snapshot, strict: bool) -> Result<(), Failure> {
    for fault in &snapshot.faults {
        let word = match fault.level {
            Level::Debug | Level::Info => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let word = paper.paint(Hue::of_level(fault.level), word);
        writeln!(paper, "{word}: {}", text::sanitise(&fault.to_string()))?;
    }
    let count = |level| {
        let of_level = snapshot.faults.iter().filter(|fault| fault.level == level);
        of_level.count()
    };
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let said = format!(
        "{}, {}, {}",
        counted(snapshot.nodes.len(), "node"),
        counted(errors, "error"),
        counted(warnings, "warning")
    );
    if errors > 0 || strict && warnings > 0 {
        return Err(Failure::Refused(said));
    }
    Ok(writeln!(paper, "{said}")?)
}

fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", units::count(n))
}
