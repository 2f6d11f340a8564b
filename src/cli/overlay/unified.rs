//! Texts and their differences on paper.

use std::io::{self, Write};

use super::super::paper::{Hue, Paper};
use crate::api::Content;
use crate::kit::diff::{self, Fate};
use crate::kit::text;

/// Unchanged lines around a change, as `diff -u` has them.
const AROUND: usize = 3;

/// The bytes as they are. On a terminal only what may not move its cursor.
///
/// # Errors
/// Whatever writing gives.
pub fn raw(paper: &mut Paper<'_>, content: &Content) -> io::Result<()> {
    let bytes = content.bytes().unwrap_or_default();
    if paper.width.is_none() {
        return paper.write_all(&bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    for line in text.split_inclusive('\n') {
        let end = if line.ends_with('\n') { "\n" } else { "" };
        write!(paper, "{}{end}", tame(line.trim_end_matches('\n')))?;
    }
    Ok(())
}

/// A line for a terminal; its tabs stay.
fn tame(line: &str) -> String {
    let parts: Vec<String> = line.split('\t').map(text::sanitise).collect();
    parts.join("\t")
}

/// The difference of two contents as `diff -u` tells it, and how many lines went and came. What is not there is empty. Nothing is
/// printed of equal ones.
///
/// # Errors
/// Whatever writing gives.
pub fn difference(
    paper: &mut Paper<'_>,
    (from, old): (&str, Option<&Content>),
    (to, new): (&str, Option<&Content>),
) -> io::Result<(u32, u32)> {
    if old == new {
        return Ok((0, 0));
    }
    let bytes = |content: Option<&Content>| content.and_then(Content::bytes).unwrap_or_default();
    let label = |label: &str, content: Option<&Content>| match content {
        Some(_) => text::sanitise(label),
        None => "/dev/null".into(),
    };
    let (from, to) = (label(from, old), label(to, new));
    let (old, new) = (bytes(old), bytes(new));
    let (Ok(before), Ok(after)) = (std::str::from_utf8(&old), std::str::from_utf8(&new)) else {
        writeln!(
            paper,
            "{from} ({} bytes) and {to} ({} bytes) differ",
            old.len(),
            new.len()
        )?;
        return Ok((u32::from(!old.is_empty()), u32::from(!new.is_empty())));
    };
    let (gone, came) = (format!("--- {from}"), format!("+++ {to}"));
    let (gone, came) = (
        paper.paint(Some(Hue::Bad), &gone),
        paper.paint(Some(Hue::Good), &came),
    );
    writeln!(paper, "{gone}\n{came}")?;
    let (mut went, mut arrived) = (0, 0);
    let terminal = paper.width.is_some();
    for hunk in diff::lines(before, after, AROUND) {
        let fates = || hunk.lines.iter().map(|line| line.fate);
        went += fates().filter(|fate| *fate == Fate::Gone).count();
        arrived += fates().filter(|fate| *fate == Fate::Came).count();
        for line in hunk.to_string().split_terminator('\n') {
            let hue = match line.as_bytes().first() {
                Some(b'-') => Some(Hue::Bad),
                Some(b'+') => Some(Hue::Good),
                Some(b'@') => Some(Hue::Moving),
                _ => None,
            };
            let line = if terminal {
                tame(line)
            } else {
                line.to_owned()
            };
            writeln!(paper, "{}", paper.paint(hue, &line))?;
        }
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok((count(went), count(arrived)))
}

/// `text` behind `between`, or nothing at all.
pub fn gap(between: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{between}{text}")
    }
}
