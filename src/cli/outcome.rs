//! What a change comes to, in words: before it is made, when it is made, and when it is not.

use std::io::{self, Write};
use std::sync::Arc;

use super::change::How;
use super::diff;
use super::paper::{Hue, Paper};
use crate::api::{ClashRow, Outcome};
use crate::kit::{text, units};
use crate::model::Fault;

/// What would be changed, whom it reaches, and what is odd about it.
///
/// # Errors
/// Whatever writing gives.
pub fn plan(paper: &mut Paper<'_>, outcome: &Outcome, how: &How) -> io::Result<()> {
    if how.json {
        return as_json(paper, outcome);
    }
    if outcome.diff.is_empty() {
        return writeln!(paper, "nothing differs");
    }
    diff::tell(paper, &outcome.diff)?;
    if outcome.more > 0 {
        writeln!(
            paper,
            "… and {}",
            counted(outcome.more, "more change", "more changes")
        )?;
    }
    for line in &outcome.impact {
        writeln!(paper, "{}", text::sanitise(line))?;
    }
    warnings(paper, outcome)
}

/// What was changed, in a line.
///
/// # Errors
/// Whatever writing gives.
pub fn done(paper: &mut Paper<'_>, outcome: &Outcome, how: &How) -> io::Result<()> {
    if how.json {
        return as_json(paper, outcome);
    }
    let Some(revision) = outcome.revision.filter(|_| !outcome.diff.is_empty()) else {
        return writeln!(paper, "nothing differs");
    };
    let mut parts = vec![format!("r{revision}  {}", text::sanitise(&outcome.summary))];
    parts.extend(outcome.impact.iter().map(|line| text::sanitise(line)));
    let back = paper.paint(Some(Hue::Faint), "muster undo takes it back");
    writeln!(paper, "{} · {back}", parts.join(" · "))?;
    warnings(paper, outcome)
}

fn warnings(paper: &mut Paper<'_>, outcome: &Outcome) -> io::Result<()> {
    for fault in &outcome.warnings {
        let text = format!("warning: {}", text::sanitise(&fault.to_string()));
        writeln!(paper, "{}", paper.paint(Hue::of_level(fault.level), &text))?;
    }
    Ok(())
}

/// One line of JSON.
///
/// # Errors
/// Whatever writing gives.
pub fn as_json<T: serde::Serialize>(paper: &mut Paper<'_>, what: &T) -> io::Result<()> {
    let text = serde_json::to_string(what).map_err(io::Error::other)?;
    writeln!(paper, "{text}")
}

/// Everything that speaks against a change, a line each. Without a place for complaints the exit code has to do.
pub fn faults(err: &mut dyn Write, faults: &[Fault]) {
    for fault in faults {
        let _ = writeln!(err, "muster: {}", text::sanitise(&fault.to_string()));
    }
}

/// What somebody else made of the same fields.
///
/// # Errors
/// Whatever writing gives.
pub fn clash(err: &mut dyn Write, rows: &[ClashRow]) -> io::Result<()> {
    for row in rows {
        let show = |value: &Option<Arc<str>>| {
            value
                .as_deref()
                .map_or_else(|| "nothing".into(), |v| format!("`{}`", text::sanitise(v)))
        };
        let key = if row.key.is_empty() {
            String::new()
        } else {
            format!(" {}", row.key)
        };
        writeln!(
            err,
            "muster: {}{key}: {} made it {} in r{}, you want {}",
            row.names,
            text::sanitise(&row.by),
            show(&row.theirs),
            row.revision,
            show(&row.ours)
        )?;
    }
    Ok(())
}

/// A number with its noun.
pub fn counted(n: u32, one: &str, many: &str) -> String {
    let noun = if n == 1 { one } else { many };
    format!("{} {noun}", units::count(n as usize))
}
