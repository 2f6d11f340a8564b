//! `muster drift`: whether a reboot would change nodes, which, and by what.

use std::io::Write;
use std::sync::Arc;

use super::args::DriftVerb;
use super::desk::Desk;
use super::failure::Failure;
use super::outcome::{as_json, counted};
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use super::targets::Targets;
use super::verb::strange;
use crate::api::{Command, DriftPart, DriftReport, DriftRow, FileDrift, Reply};
use crate::kit::{hostlist, text};

/// Exit code: a reboot would change at least one node.
const CHANGES: u8 = 10;
/// Exit code: no node is known to change, and of at least one it is not known.
const UNKNOWN: u8 = 11;
/// Files that are named in a table; more are counted.
const NAMED: usize = 2;

/// `muster drift`.
///
/// # Errors
/// Refusals; targets that name nobody; [`Failure::Told`] when something would change, or is not known; whatever writing gives.
pub fn drift(desk: &mut Desk<'_, '_>, asked: &DriftVerb) -> Result<(), Failure> {
    let names = meant(desk, &asked.targets)?;
    let Reply::Drift(report) = desk.ask(Command::Drift { names })? else {
        return Err(strange());
    };
    if asked.json {
        as_json(desk.paper, &report)?;
        return verdict(&report);
    }
    let shown: Vec<&DriftRow> = report
        .rows
        .iter()
        .filter(|row| &*row.drift != "no")
        .collect();
    if asked.files || asked.diff {
        for row in &shown {
            in_full(desk, row, asked)?;
        }
    } else if !shown.is_empty() {
        let lines: Vec<_> = shown.iter().map(|row| line(row)).collect();
        table(desk.paper, ["NODES", "COUNT", "DRIFT", "WHY"], &lines)?;
    }
    summary(desk.paper, &report)?;
    verdict(&report)
}

/// The names that targets stand for; none = all.
fn meant(desk: &Desk<'_, '_>, words: &[String]) -> Result<Option<Arc<str>>, Failure> {
    if words.is_empty() {
        return Ok(None);
    }
    let targets = Targets::read(desk.engine, words)?;
    let mirror = desk.mirror()?;
    let found = targets.among(&mirror);
    targets.check(&mirror, found.len())?;
    let names: Vec<&str> = found.iter().map(|(row, _)| &*row.name).collect();
    Ok(Some(hostlist::compress(&names).into()))
}

fn hue(row: &DriftRow) -> Option<Hue> {
    match &*row.drift {
        "yes" if row.why.is_some() => Some(Hue::Bad),
        "yes" => Some(Hue::Doubtful),
        "no" => Some(Hue::Good),
        _ => Some(Hue::Faint),
    }
}

fn line(row: &DriftRow) -> [Cell; 4] {
    let mut why: Vec<String> = row.why.iter().map(ToString::to_string).collect();
    why.extend(row.parts.iter().map(part));
    match row.files.len() {
        0 => {}
        1..=NAMED => why.extend(
            row.files
                .iter()
                .map(|file| format!("{} ({})", file.path, file.what.join(", "))),
        ),
        many => why.push(format!("{many} files")),
    }
    [
        (&*row.nodes).into(),
        row.count.to_string().into(),
        Cell::hued(&*row.drift, hue(row)),
        why.join("; ").into(),
    ]
}

/// One part in a line: `kernel 6.1.0 (…) → 6.2.0 (…)`, `args - quiet + debug`.
fn part(part: &DriftPart) -> String {
    let DriftPart { part, runs, next } = part;
    if &**part == "args" {
        let gone = runs.as_ref().map(|words| format!(" - {words}"));
        let came = next.as_ref().map(|words| format!(" + {words}"));
        return format!(
            "args{}{}",
            gone.unwrap_or_default(),
            came.unwrap_or_default()
        );
    }
    let or_none = |piece: &Option<Arc<str>>| piece.as_deref().unwrap_or("none").to_owned();
    format!("{part} {} → {}", or_none(runs), or_none(next))
}

/// Everything that is known of nodes that are alike.
fn in_full(desk: &mut Desk<'_, '_>, row: &DriftRow, asked: &DriftVerb) -> Result<(), Failure> {
    let count = counted(row.count, "node", "nodes");
    let word = desk.paper.paint(hue(row), &row.drift);
    writeln!(
        desk.paper,
        "{}  {count}  {word}",
        text::sanitise(&row.nodes)
    )?;
    let why = row.why.iter().map(ToString::to_string);
    for said in why.chain(row.parts.iter().map(part)) {
        writeln!(desk.paper, "  {}", text::sanitise(&said))?;
    }
    for file in &row.files {
        let what = file.what.join(", ");
        let line = format!("{}  overlay {}  {what}", file.path, file.overlay);
        writeln!(desk.paper, "  {}", text::sanitise(&line))?;
        if asked.diff {
            let names = hostlist::expand(&row.nodes).unwrap_or_default();
            let Some(first) = names.first() else { continue };
            let command = Command::DriftOf {
                name: first.as_str().into(),
                path: file.path.clone(),
                secrets: asked.secrets,
            };
            match desk.ask(command) {
                Ok(Reply::DriftOf(found)) => lines(desk.paper, &found)?,
                Ok(_) => return Err(strange()),
                // Of one file nothing can be shown: of the others it may.
                Err(Failure::Refused(why)) => writeln!(desk.paper, "    {}", text::sanitise(&why))?,
                Err(other) => return Err(other),
            }
        }
    }
    for setting in &row.settings {
        let or_none = |value: &Option<Arc<str>>| value.as_deref().unwrap_or("(none)").to_owned();
        let (runs, next) = (or_none(&setting.runs), or_none(&setting.next));
        let line = format!("setting {}  {runs} → {next}", setting.key);
        let line = text::sanitise(&line);
        writeln!(
            desk.paper,
            "  {}",
            desk.paper.paint(Some(Hue::Faint), &line)
        )?;
    }
    Ok(())
}

fn lines(paper: &mut Paper<'_>, found: &FileDrift) -> Result<(), Failure> {
    if let Some(hidden) = &found.hidden {
        let line = text::sanitise(hidden);
        writeln!(paper, "    {}", paper.paint(Some(Hue::Faint), &line))?;
    }
    for line in found.diff.lines() {
        let hue = match line.as_bytes().first() {
            Some(b'-') => Some(Hue::Bad),
            Some(b'+') => Some(Hue::Good),
            Some(b'@' | b'\\') => Some(Hue::Faint),
            _ => None,
        };
        writeln!(paper, "    {}", paper.paint(hue, &text::sanitise(line)))?;
    }
    Ok(())
}

/// How many nodes are in which state.
fn summary(paper: &mut Paper<'_>, report: &DriftReport) -> Result<(), Failure> {
    let of = |drift: &str| -> u32 {
        let rows = report.rows.iter().filter(|row| &*row.drift == drift);
        rows.map(|row| row.count).sum()
    };
    let nodes = |count: u32| counted(count, "node", "nodes");
    let mut said = Vec::new();
    let (yes, no) = (of("yes"), of("no"));
    match yes {
        0 => said.push("no node is known to change by a reboot".to_owned()),
        some => said.push(format!("{} would change by a reboot", nodes(some))),
    }
    if no > 0 {
        said.push(format!("{} would boot what they run", nodes(no)));
    }
    for (count, what) in [
        (of("unknown"), "not known"),
        (of("looking"), "still being looked at"),
        (report.idle, "not up"),
    ] {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    }
    Ok(writeln!(paper, "{}", said.join(" · "))?)
}

fn verdict(report: &DriftReport) -> Result<(), Failure> {
    let any = |drift: &str| report.rows.iter().any(|row| &*row.drift == drift);
    if any("yes") {
        return Err(Failure::Told(CHANGES));
    }
    if any("unknown") || any("looking") {
        return Err(Failure::Told(UNKNOWN));
    }
    Ok(())
}
