//! `muster overlay check`: what fails, before a node sees it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::meter::Meter;
use super::super::outcome::{as_json, counted};
use super::super::paper::Hue;
use super::super::targets::Targets;
use super::super::verb::strange;
use crate::api::{CheckRow, Checked, OverlayCommand, OverlayReply};
use crate::kit::{hostlist, text, units};
use crate::model::{Fault, Level};

/// Nodes of one question: what is rendered for them takes a second or so, and then a terminal is told how far it is.
const AT_ONCE: usize = 400;

/// What the help says below the flags.
pub const ABOUT: &str = "\
Every overlay on the lists of the nodes is rendered as it would be for a boot, together with the others of its list. An overlay that is \
named and that a node does not list is rendered alone for it. Nothing is kept, and nothing that is served changes.

A line a fault: its place, what is wrong, what to do, and the nodes that have it. The exit code is 1 if there are errors; warnings alone \
are none, but for --strict.

JSON: one object with `rows` (`fault`, `nodes`, `count`), `nodes`, `failing` and `templates`.";

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Check {
    /// Only these overlays; none = all
    overlays: Vec<String>,
    /// Only for these nodes: `n[1-8]`, `@gpu`, `rack:r07`
    #[arg(long, short = 'w', value_name = "NODES")]
    nodes: Vec<String>,
    /// Warnings are faults too
    #[arg(long)]
    strict: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Prints what is wrong.
///
/// # Errors
/// Refusals; errors that were found; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &Check) -> Result<(), Failure> {
    let names: Vec<Arc<str>> = asked
        .overlays
        .iter()
        .map(|name| name.as_str().into())
        .collect();
    let nodes = nodes(desk, &asked.nodes)?;
    let mut meter = Meter::on(desk.paper.width.map(|_| io::stderr()));
    let mut found = Found::default();
    if nodes.is_empty() || names.is_empty() && asked.nodes.is_empty() {
        // What no node lists is looked at all the same.
        found.begin(some_nodes(desk, &names, &[])?);
    }
    for (at, some) in nodes.chunks(AT_ONCE).enumerate() {
        if at > 0 {
            let done = units::count(at * AT_ONCE);
            meter.tell(&format!("{done} of {} nodes", units::count(nodes.len())));
        }
        found.add(some_nodes(desk, &names, some)?);
    }
    meter.clear();
    let checked = found.told();
    if asked.json {
        as_json(desk.paper, &checked)?;
    } else {
        tell(desk, &checked)?;
    }
    verdict(desk, &checked, asked)
}

/// The nodes that are meant.
fn nodes(desk: &Desk<'_, '_>, words: &[String]) -> Result<Vec<String>, Failure> {
    let targets = Targets::read(desk.engine, words)?;
    let mirror = desk.mirror()?;
    let rows = targets.among(&mirror);
    if !words.is_empty() {
        targets.check(&mirror, rows.len())?;
    }
    Ok(rows.iter().map(|(row, _)| row.name.to_string()).collect())
}

fn some_nodes(
    desk: &Desk<'_, '_>,
    names: &[Arc<str>],
    nodes: &[String],
) -> Result<Checked, Failure> {
    let command = OverlayCommand::Check {
        names: names.to_vec(),
        nodes: Some(hostlist::compress(nodes).into()),
        draft: None,
    };
    match super::ask(desk, command)? {
        OverlayReply::Check(checked) => Ok(*checked),
        _ => Err(strange()),
    }
}

/// The findings of several questions as one.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
    /// Nodes of each of `faults`.
    nodes: BTreeMap<usize, Vec<String>>,
    whole: Option<Checked>,
    /// Templates that were looked at without a node.
    compiled: u32,
}

impl Found {
    /// Takes in what was found without a node.
    fn begin(&mut self, checked: Checked) {
        self.compiled = checked.templates;
        self.add(Checked {
            templates: 0,
            ..checked
        });
    }

    fn add(&mut self, checked: Checked) {
        for row in &checked.rows {
            let known = self.faults.iter().position(|fault| *fault == row.fault);
            let at = known.unwrap_or_else(|| {
                self.faults.push(row.fault.clone());
                self.faults.len() - 1
            });
            let nodes = hostlist::expand(&row.nodes).unwrap_or_default();
            self.nodes.entry(at).or_default().extend(nodes);
        }
        self.whole = Some(match self.whole.take() {
            None => checked,
            Some(whole) => Checked {
                rows: Vec::new(),
                nodes: whole.nodes + checked.nodes,
                failing: whole.failing + checked.failing,
                templates: whole.templates.max(checked.templates),
            },
        });
    }

    fn told(mut self) -> Checked {
        let row = |(at, fault): (usize, Fault)| {
            let mut nodes = self.nodes.remove(&at).unwrap_or_default();
            // What a fault without a node says is said once.
            nodes.dedup();
            CheckRow {
                fault,
                count: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
                nodes: hostlist::compress(&nodes).into(),
            }
        };
        let mut rows: Vec<CheckRow> = self.faults.into_iter().enumerate().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.fault.level));
        let whole = self.whole.unwrap_or(Checked {
            rows: Vec::new(),
            nodes: 0,
            failing: 0,
            templates: 0,
        });
        Checked {
            rows,
            templates: whole.templates + self.compiled,
            ..whole
        }
    }
}

fn tell(desk: &mut Desk<'_, '_>, checked: &Checked) -> Result<(), Failure> {
    for row in &checked.rows {
        let word = row.fault.level.word();
        let word = desk.paper.paint(Hue::of_level(row.fault.level), word);
        let nodes = match row.count {
            0 => String::new(),
            1 => format!(": {}", row.nodes),
            n => format!(": {} ({})", row.nodes, counted(n, "node", "nodes")),
        };
        let line = text::sanitise(&format!("{}{nodes}", row.fault));
        writeln!(desk.paper, "{word}: {line}")?;
    }
    Ok(())
}

/// How it stands, in one line: an error if there is one among what was found.
fn verdict(desk: &mut Desk<'_, '_>, checked: &Checked, asked: &Check) -> Result<(), Failure> {
    let count = |level| {
        let of_level = checked.rows.iter().filter(|row| row.fault.level == level);
        u32::try_from(of_level.count()).unwrap_or(u32::MAX)
    };
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    let failing = match checked.failing {
        0 => String::new(),
        n => format!(", {} would fail", counted(n, "node", "nodes")),
    };
    let said = format!(
        "{}, {}, {}, {}{failing}",
        counted(checked.nodes, "node", "nodes"),
        counted(checked.templates, "template", "templates"),
        counted(errors, "error", "errors"),
        counted(warnings, "warning", "warnings"),
    );
    if errors > 0 || asked.strict && warnings > 0 {
        return Err(Failure::Refused(said));
    }
    if asked.json {
        return Ok(());
    }
    Ok(writeln!(desk.paper, "{said}")?)
}
