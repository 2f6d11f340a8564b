//! `muster migrate`: what was found in an installation of Warewulf and what becomes of it, in words.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use crate::api::{ChangeRow, Fate, Migration, RegistryRow, SettingsRow, WriteRow};
use crate::kit::{text, units};
use crate::model::{Fault, Level};

/// What `muster migrate` does and leaves.
pub const ABOUT: &str = "\
Settings, nodes, profiles, overlays and boot scripts are taken over; images are listed, and brought over if you say how. What stands in \
their files stays where it stands, comments too; only older spellings become today's, and keys that muster does not act on become \
comments. Every node is read before and after: were one to come out otherwise, nothing would be written. Warewulf's own files are only read.

Without -y the plan is shown and asked about. What is written appears all at once or not at all.

Exit codes: 0 done, or nothing to do; 1 refused, or not agreed to; 2 wrong arguments.";

/// How images are brought over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImageMode {
    /// Copied and built.
    Copy,
    /// Left where they are, with a link to them, and built.
    Link,
    /// Not at all; what does it is printed.
    None,
}

impl ImageMode {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Link => "link",
            Self::None => "none",
        }
    }
}

/// What may be typed after `muster migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// `/etc/warewulf`, or a root that holds `etc/warewulf` and `var/lib/warewulf`; a copy will do
    pub dir: PathBuf,
    /// Where the site's overlays are, if not where warewulf.conf says
    #[arg(long, value_name = "DIR")]
    pub overlays: Option<PathBuf>,
    /// Where the images are, if not where warewulf.conf says
    #[arg(long, value_name = "DIR")]
    pub chroots: Option<PathBuf>,
    /// How images are brought over
    #[arg(long, value_name = "HOW", value_enum, default_value_t = ImageMode::None)]
    pub images: ImageMode,
    /// Copy these overlays whatever they are, as `hosts,wwinit`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub take: Vec<String>,
    /// Leave what muster has already as it is, and write the rest
    #[arg(long, conflicts_with = "force")]
    pub merge: bool,
    /// Move what muster has already aside, and write everything
    #[arg(long)]
    pub force: bool,
    /// Only show the plan
    #[arg(long)]
    pub dry_run: bool,
    /// Every line that changes, not only how many of a kind
    #[arg(long)]
    pub changes: bool,
    /// Print the text that a file of muster's would have, without its secrets, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "changes"])]
    pub print: Option<Printed>,
    /// With --print: the secrets too
    #[arg(long, requires = "print")]
    pub secrets: bool,
    /// The plan as JSON
    #[arg(long)]
    pub json: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// A file of muster's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Printed {
    /// The settings.
    #[value(name = "muster.conf")]
    Conf,
    /// Nodes and profiles.
    #[value(name = "nodes.conf")]
    Nodes,
}

/// Width of what is no terminal.
const WIDTH: usize = 80;

/// Shows the plan. `changes` lists every line that becomes another one.
///
/// # Errors
/// Whatever writing gives.
pub fn plan(paper: &mut Paper<'_>, plan: &Migration, changes: bool) -> io::Result<()> {
    writeln!(paper, "Warewulf {} in {}", plan.release, plan.from)?;
    if let Some(row) = &plan.settings {
        settings(paper, row)?;
    }
    if let Some(row) = &plan.registry {
        registry(paper, row, &plan.changes)?;
    }
    overlays(paper, plan)?;
    images(paper, plan)?;
    if changes {
        every(paper, &plan.changes)?;
    }
    findings(paper, &plan.findings)?;
    writes(paper, &plan.writes)
}

fn title(paper: &mut Paper<'_>, word: &str, rest: &str) -> io::Result<()> {
    writeln!(paper, "\n{word}  {rest}")
}

/// Lines of a text, each so far in.
fn folded(paper: &mut Paper<'_>, pad: usize, text: &str, hue: Option<Hue>) -> io::Result<()> {
    let width = paper.width.unwrap_or(WIDTH).max(pad + 20);
    for line in text::wrap(text, width - pad) {
        let line = paper.paint(hue, &line);
        writeln!(paper, "{:pad$}{line}", "")?;
    }
    Ok(())
}

fn settings(paper: &mut Paper<'_>, row: &SettingsRow) -> io::Result<()> {
    title(paper, "SETTINGS", &row.file)?;
    let mut counts = vec![format!("{} kept", counted(row.kept, "key"))];
    if row.idle > 0 {
        counts.push(format!("{} not acted on", row.idle));
    }
    if row.dropped > 0 {
        counts.push(format!("{} left out", row.dropped));
    }
    writeln!(paper, "  {}", counts.join(", "))?;
    folded(paper, 2, &format!("server {}", row.server), None)?;
    for network in &row.networks {
        folded(paper, 2, &format!("boots {network}"), None)?;
    }
    Ok(())
}

/// `1 node`, `12 nodes`.
fn counted(count: usize, word: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} {word}{many}", units::count(count))
}

fn registry(paper: &mut Paper<'_>, row: &RegistryRow, changes: &[ChangeRow]) -> io::Result<()> {
    title(paper, "NODES", &row.file)?;
    let (mac, ip, bmc) = row.with;
    let with = format!(
        "{}: {mac} with a hardware address, {ip} with an address, {bmc} with a BMC",
        counted(row.nodes, "node")
    );
    folded(paper, 2, &with, None)?;
    let named: Vec<String> = row
        .clusters
        .iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, nodes)| format!("{name} {nodes}"))
        .collect();
    if !named.is_empty() {
        folded(paper, 2, &format!("clusters: {}", named.join(", ")), None)?;
    }
    if row.lost > 0 {
        let text = format!("{} cannot be taken, see below", counted(row.lost, "node"));
        folded(paper, 2, &text, Some(Hue::Bad))?;
    }
    kinds(
        paper,
        changes.iter().filter(|change| *change.file == *row.file),
    )?;
    title(paper, "PROFILES", &units::count(row.profiles.len()))?;
    let line = |(name, own, nodes): &(Arc<str>, usize, usize)| {
        [
            Cell::from(format!("  {name}")),
            own.to_string().into(),
            nodes.to_string().into(),
        ]
    };
    let lines: Vec<_> = row.profiles.iter().map(line).collect();
    table(paper, ["  NAME", "VALUES", "NODES"], &lines)
}

/// How many lines change for each reason.
fn kinds<'c>(
    paper: &mut Paper<'_>,
    changes: impl Iterator<Item = &'c ChangeRow>,
) -> io::Result<()> {
    let mut kinds: BTreeMap<&str, (u32, usize)> = BTreeMap::new();
    for change in changes {
        kinds.entry(&change.why).or_insert((change.line, 0)).1 += 1;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, (line, _))| *line);
    for (why, (line, count)) in kinds {
        let places = match count {
            1 => format!("line {line}"),
            _ => format!("{} lines, first {line}", units::count(count)),
        };
        folded(paper, 2, &format!("{why}: {places}"), None)?;
    }
    Ok(())
}

fn overlays(paper: &mut Paper<'_>, plan: &Migration) -> io::Result<()> {
    let copied = plan.overlays.iter().filter(|row| row.copied).count();
    let rest = format!("{} found, {copied} copied", plan.overlays.len());
    title(paper, "OVERLAYS", &rest)?;
    if plan.overlays.is_empty() {
        return Ok(());
    }
    let line = |row: &crate::api::OverlayRow| {
        let templates = match (row.templates, row.unready) {
            (0, _) => String::new(),
            (all, 0) => all.to_string(),
            (all, bad) => format!("{bad} of {all} bad"),
        };
        [
            Cell::from(format!("  {}", row.name)),
            row.files.to_string().into(),
            templates.into(),
            row.nodes.to_string().into(),
            row.fate.as_str().into(),
        ]
    };
    let lines: Vec<_> = plan.overlays.iter().map(line).collect();
    table(
        paper,
        [
            "  NAME",
            "FILES",
            "TEMPLATES",
            "NODES",
            "WHAT BECOMES OF IT",
        ],
        &lines,
    )
}

fn images(paper: &mut Paper<'_>, plan: &Migration) -> io::Result<()> {
    title(paper, "IMAGES", &format!("{} found", plan.images.len()))?;
    if plan.images.is_empty() {
        return Ok(());
    }
    let line = |row: &crate::api::FoundImage| {
        [
            Cell::from(format!("  {}", row.name)),
            units::size(row.size).into(),
            row.nodes.to_string().into(),
            row.fate.as_str().into(),
            kernels(row).into(),
        ]
    };
    let lines: Vec<_> = plan.images.iter().map(line).collect();
    table(
        paper,
        ["  NAME", "SIZE", "NODES", "WHAT BECOMES OF IT", "KERNELS"],
        &lines,
    )
}

/// The best kernel, and how many more there are.
fn kernels(row: &crate::api::FoundImage) -> String {
    match row.kernels.as_slice() {
        [] => "none".into(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

/// Every line that becomes another one.
fn every(paper: &mut Paper<'_>, changes: &[ChangeRow]) -> io::Result<()> {
    title(paper, "CHANGES", &counted(changes.len(), "line"))?;
    for change in changes {
        let file = change.file.rsplit('/').next().unwrap_or(&change.file);
        let new = match change.new.as_str() {
            "" => "gone".to_owned(),
            new => new.to_owned(),
        };
        folded(
            paper,
            2,
            &format!("{file}:{}: {} -> {new}", change.line, change.old),
            None,
        )?;
        folded(paper, 6, &change.why, Some(Hue::Faint))?;
    }
    Ok(())
}

fn findings(paper: &mut Paper<'_>, findings: &[Fault]) -> io::Result<()> {
    let count = |level: Level| findings.iter().filter(|fault| fault.level == level).count();
    let rest = format!(
        "{}, {}, {}",
        counted(count(Level::Error), "error"),
        counted(count(Level::Warning), "warning"),
        counted(count(Level::Info), "note")
    );
    title(paper, "FINDINGS", &rest)?;
    for fault in findings {
        let word = match fault.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info | Level::Debug => "note",
        };
        let place = fault.spot.as_ref().map(|spot| {
            let file = spot.file.rsplit('/').next().unwrap_or(&spot.file);
            format!("{file}:{}: ", spot.line)
        });
        let about = fault.about.as_ref().map(|about| format!("{about}: "));
        let text = format!(
            "{}{}{}",
            place.unwrap_or_default(),
            about.unwrap_or_default(),
            fault.what
        );
        let width = paper.width.unwrap_or(WIDTH).max(40);
        for (at, line) in text::wrap(&text, width - 9).into_iter().enumerate() {
            let word = if at == 0 { word } else { "" };
            let word = paper.paint(Hue::of_level(fault.level), &format!("{word:<7}"));
            writeln!(paper, "{word}  {line}")?;
        }
        if let Some(hint) = &fault.hint {
            folded(paper, 11, hint, Some(Hue::Faint))?;
        }
    }
    Ok(())
}

fn writes(paper: &mut Paper<'_>, rows: &[WriteRow]) -> io::Result<()> {
    let fresh = |row: &&WriteRow| matches!(row.fate, Fate::New | Fate::Replaced);
    title(
        paper,
        "WRITES",
        &format!("{} of {}", rows.iter().filter(fresh).count(), rows.len()),
    )?;
    for row in rows {
        let (note, hue) = match row.fate {
            Fate::New => ("", None),
            Fate::Same => ("  (there already, the same)", Some(Hue::Faint)),
            Fate::Kept => ("  (there already, stays as it is)", Some(Hue::Faint)),
            Fate::Replaced => ("  (what is there is moved aside)", Some(Hue::Doubtful)),
            Fate::InTheWay => ("  (something else is there)", Some(Hue::Bad)),
        };
        let line = paper.paint(hue, &format!("{}{note}", row.path));
        writeln!(paper, "  {line}")?;
    }
    Ok(())
}

/// What to do next, once everything is written.
///
/// # Errors
/// Whatever writing gives.
pub fn next(paper: &mut Paper<'_>, plan: &Migration) -> io::Result<()> {
    writeln!(paper, "\nNEXT")?;
    let steps = plan
        .images
        .iter()
        .map(|row| row.command.as_str())
        .filter(|command| !command.is_empty());
    for command in steps {
        writeln!(paper, "  {command}")?;
    }
    let units = plan.units.join(" ");
    let lines = [
        ("muster config check", "what is still to be mended"),
        (
            &format!("systemctl disable --now {units}"),
            "they hold the ports that muster needs",
        ),
        ("systemctl enable --now muster", "the servers"),
        ("muster", "the console"),
    ];
    let wide = lines
        .iter()
        .map(|(command, _)| text::width(command))
        .max()
        .unwrap_or(0);
    for (command, why) in lines {
        let why = paper.paint(Some(Hue::Faint), why);
        writeln!(paper, "  {command:<wide$}  {why}")?;
    }
    Ok(())
}
