//! `muster node list`, `muster node show`, `muster why`: nodes in words.

use std::io::{self, Write};

use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use super::targets::Targets;
use crate::api::{FieldRow, Mirror, NodeDetail, NodeRow};
use crate::fleet::{Condition, Verdict};
use crate::kit::text;

/// Where the texts of a verdict begin.
const INDENT: usize = 12;

/// Lists what the registry says of the nodes that are meant, as a table or as one JSON array.
///
/// # Errors
/// Whatever writing gives; targets that name nothing.
pub fn list(
    paper: &mut Paper<'_>,
    mirror: &Mirror,
    targets: &Targets,
    as_json: bool,
) -> Result<(), Failure> {
    let rows: Vec<&NodeRow> = targets.among(mirror).iter().map(|(row, _)| *row).collect();
    if as_json {
        let text = serde_json::to_string(&rows).unwrap_or_default();
        writeln!(paper, "{text}")?;
        return targets.check(mirror, rows.len());
    }
    targets.check(mirror, rows.len())?;
    let line = |row: &&NodeRow| {
        [
            Cell::from(&*row.name),
            row.mac.into(),
            row.ip.into(),
            row.profiles.join(",").into(),
            row.image.as_deref().into(),
            row.comment.as_deref().into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let header = ["NODE", "HWADDR", "IP", "PROFILES", "IMAGE", "COMMENT"];
    Ok(table(paper, header, &lines)?)
}

/// Prints every field of a node that has a value, where that comes from and what it hides; or all of it as one JSON object.
///
/// # Errors
/// Whatever writing gives.
pub fn show(paper: &mut Paper<'_>, detail: &NodeDetail, as_json: bool) -> io::Result<()> {
    if as_json {
        let text = serde_json::to_string(detail).unwrap_or_default();
        return writeln!(paper, "{text}");
    }
    fields(paper, &detail.fields)?;
    if let Some(agent) = &detail.agent {
        let text = format!(
            "muster-agent {}: {} since {}",
            agent.refresh.version,
            agent.refresh.brief(),
            paper.zone.precise(agent.since)
        );
        let text = text::sanitise(&text);
        writeln!(paper, "{}", paper.paint(Some(Hue::Faint), &text))?;
    }
    for fault in &detail.faults {
        let text = text::sanitise(&fault.to_string());
        writeln!(paper, "{}", paper.paint(Hue::of_level(fault.level), &text))?;
    }
    Ok(())
}

/// Prints fields, their values, where these come from and what they hide.
///
/// # Errors
/// Whatever writing gives.
pub fn fields(paper: &mut Paper<'_>, rows: &[FieldRow]) -> io::Result<()> {
    let line = |row: &FieldRow| {
        let hidden = |(from, value): &(_, _)| format!("{from}: {value}");
        let hidden: Vec<String> = row.shadows.iter().map(hidden).collect();
        [
            Cell::from(&*row.key),
            (&*row.value).into(),
            (&*row.source).into(),
            Cell::hued(hidden.join("; "), Some(Hue::Faint)),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    table(paper, ["FIELD", "VALUE", "FROM", "HIDES"], &lines)
}

/// Prints why a node is where it is: what was expected, what is missing, what that means, what to try, and on what that rests.
///
/// # Errors
/// Whatever writing gives.
pub fn why(paper: &mut Paper<'_>, verdict: &Verdict, as_json: bool) -> io::Result<()> {
    if as_json {
        let text = serde_json::to_string(verdict).unwrap_or_default();
        return writeln!(paper, "{text}");
    }
    let hue = match verdict.condition {
        Condition::Fine => None,
        Condition::Stalled => Some(Hue::Doubtful),
        Condition::Failed => Some(Hue::Bad),
    };
    let head = format!("{} {}: {}", verdict.node, verdict.stage, verdict.headline);
    for line in broken(paper, &text::sanitise(&head), 0) {
        writeln!(paper, "{}", paper.paint(hue, &line))?;
    }
    paragraphs(paper, "expected", &verdict.expected)?;
    paragraphs(paper, "missing", &verdict.missing)?;
    paragraphs(paper, "means", &verdict.meaning)?;
    paragraphs(paper, "try", &verdict.tries)?;
    let seen: Vec<String> = (verdict.evidence.iter())
        .map(|(at, text)| format!("{}  {text}", paper.zone.precise(*at)))
        .collect();
    paragraphs(paper, "seen", &seen)
}

/// Texts below each other, with a title before the first.
fn paragraphs<T: AsRef<str>>(
    paper: &mut Paper<'_>,
    title: &str,
    texts: impl IntoIterator<Item = T>,
) -> io::Result<()> {
    let mut title = Some(title);
    for text in texts {
        for line in broken(paper, &text::sanitise(text.as_ref()), INDENT) {
            let word = title.take().unwrap_or_default();
            let word = text::pad(word, INDENT - 3);
            writeln!(paper, "  {} {line}", paper.paint(Some(Hue::Faint), &word))?;
        }
    }
    Ok(())
}

/// A text in lines that fit, if lines have an end; very narrow ones are left to the terminal.
fn broken(paper: &Paper<'_>, text: &str, indent: usize) -> Vec<String> {
    match paper.width {
        Some(width) if width >= indent + 20 => text::wrap(text, width - indent),
        _ => vec![text.to_owned()],
    }
}
