//! `muster status`: the Board without a screen.

use std::fmt;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::Serialize;

use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use super::targets::Targets;
use crate::api::{Mirror, NodeRow, ServiceRow, ServiceState, Traffic, state};
use crate::fleet::{Arch, BootId, Condition, Progress, STAGES, Stage, Status, Stranger};
use crate::kit::{Mac, Stamp, text, units};
use crate::model::Fault;

/// Prints the state of everything once: the funnel, a line a node, and what needs a look.
///
/// # Errors
/// Whatever writing gives; targets that name nothing.
pub fn once(paper: &mut Paper<'_>, mirror: &Mirror, targets: &Targets) -> Result<(), Failure> {
    let rows = targets.among(mirror);
    targets.check(mirror, rows.len())?;
    writeln!(paper, "{}", funnel(paper, &rows))?;
    nodes(paper, &rows, mirror.head.now)?;
    for stranger in &mirror.head.strangers {
        let text = unknown(stranger, mirror.head.now);
        writeln!(paper, "{}", paper.paint(Some(Hue::Doubtful), &text))?;
    }
    for service in &mirror.head.services {
        let (word, hue) = match service.state {
            ServiceState::Up | ServiceState::Disabled => continue,
            ServiceState::Warned => ("complains", Hue::Doubtful),
            ServiceState::Down => ("is down", Hue::Bad),
        };
        let text = format!("{} {word}: {}", service.name, service.text);
        writeln!(paper, "{}", paper.paint(Some(hue), &text))?;
    }
    for fault in &mirror.head.faults {
        let text = text::sanitise(&fault.to_string());
        writeln!(paper, "{}", paper.paint(Hue::of_level(fault.level), &text))?;
    }
    Ok(())
}

/// Prints the state of everything once, as one JSON object: `now`, `revision`, `cluster`, `version`, `live` (whether a muster runs;
/// else this is what the files say), `nodes` (as [`of_node`]), `strangers`, `services`, `faults`, `traffic`. Times are milliseconds
/// since 1970.
///
/// # Errors
/// Whatever writing gives; targets that name nothing.
pub fn as_json(paper: &mut Paper<'_>, mirror: &Mirror, targets: &Targets) -> Result<(), Failure> {
    let head = &mirror.head;
    let rows = targets.among(mirror);
    let nodes = (rows.iter())
        .map(|(row, status)| of_node(row, status))
        .collect();
    let whole = Whole {
        now: head.now,
        revision: head.revision,
        cluster: &head.cluster,
        version: &head.version,
        live: !head.services.is_empty(),
        nodes,
        strangers: &head.strangers,
        services: &head.services,
        faults: &head.faults,
        traffic: head.traffic,
    };
    // Written as it is made: ten thousand nodes as one text would be tens of megabytes.
    serde_json::to_writer(&mut *paper, &whole).map_err(io::Error::from)?;
    writeln!(paper)?;
    targets.check(mirror, rows.len())
}

/// What [`as_json`] prints.
#[derive(Serialize)]
struct Whole<'a> {
    now: Stamp,
    revision: u64,
    cluster: &'a str,
    version: &'a str,
    live: bool,
    nodes: Vec<Line<'a>>,
    strangers: &'a [Stranger],
    services: &'a [ServiceRow],
    faults: &'a [Fault],
    traffic: Traffic,
}

/// One node as JSON: what the registry says of it, and how it is doing.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    name: &'a str,
    cluster: Option<&'a str>,
    rack: &'a str,
    image: Option<&'a str>,
    profiles: &'a [Arc<str>],
    ip: Option<Ipv4Addr>,
    mac: Option<Mac>,
    state: &'static str,
    stage: Stage,
    condition: Condition,
    note: Option<&'a str>,
    since: Stamp,
    boot: Option<BootId>,
    began: Option<Stamp>,
    progress: Option<&'a Progress>,
    eta: Option<Stamp>,
    trail: &'a [Option<Stamp>],
    heard: Option<Stamp>,
    /// `yes`, `no`, `unknown` or `looking`: whether a reboot would change it; none of one that is not up.
    drift: Option<&'static str>,
    /// What would be another one: `fails`, `kernel`, `args`, `image`, `files`.
    differs: Vec<&'static str>,
}

/// See [`Line`].
#[must_use]
pub fn of_node<'a>(row: &'a NodeRow, status: &'a Status) -> Line<'a> {
    Line {
        name: &row.name,
        cluster: row.cluster.as_deref(),
        rack: &row.rack,
        image: row.image.as_deref(),
        profiles: &row.profiles,
        ip: status.ip.or(row.ip),
        mac: row.mac,
        state: state(status),
        stage: status.stage,
        condition: status.condition,
        note: status.note.as_deref(),
        since: status.since,
        boot: status.boot,
        began: status.began,
        progress: status.progress.as_ref(),
        eta: status.eta,
        trail: &status.trail,
        heard: status.heard,
        drift: status.drift.word(),
        differs: status
            .drift
            .differs()
            .map(|differs| differs.words().collect())
            .unwrap_or_default(),
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// How many of these nodes are at each stage, and how many failed or stalled.
fn funnel(paper: &Paper<'_>, rows: &[(&NodeRow, &Status)]) -> String {
    let count = |fits: &dyn Fn(&Status) -> bool| rows.iter().filter(|(_, s)| fits(s)).count();
    let mut parts: Vec<String> = STAGES
        .iter()
        .map(|stage| format!("{stage} {}", count(&|status| status.stage == *stage)))
        .collect();
    for (word, condition, hue) in [
        ("failed", Condition::Failed, Hue::Bad),
        ("stalled", Condition::Stalled, Hue::Doubtful),
    ] {
        let count = count(&|status| status.condition == condition);
        let text = format!("{word} {count}");
        parts.push(paper.paint(Some(hue).filter(|_| count > 0), &text));
    }
    parts.join("  ")
}

fn nodes(paper: &mut Paper<'_>, rows: &[(&NodeRow, &Status)], now: Stamp) -> io::Result<()> {
    let line = |(row, status): &(&NodeRow, &Status)| {
        let hue = Some(Hue::of(status));
        let since = Some(status.since).filter(|since| since.0 > 0);
        [
            Cell::from(&*row.name),
            Cell::hued(status.stage.word(), hue),
            Cell::hued(state(status), hue),
            since.map(|since| units::age(now.since(since))).into(),
            status.ip.or(row.ip).into(),
            row.image.as_deref().into(),
            remark(status).into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let header = ["NODE", "STAGE", "STATE", "SINCE", "IP", "IMAGE", "REMARK"];
    table(paper, header, &lines)
}

/// A machine that nobody knows, and the command that makes it a node.
fn unknown(stranger: &Stranger, now: Stamp) -> String {
    let arch = stranger
        .arch
        .map(|arch| format!(" ({})", Arch::word(arch)))
        .unwrap_or_default();
    let name = stranger
        .proposed
        .as_deref()
        .map(|name| format!(" {name}"))
        .unwrap_or_default();
    let times = if stranger.asks == 1 { "time" } else { "times" };
    format!(
        "unknown machine {mac}{arch} asked {} {times}, last {} ago: muster adopt {mac}{name}",
        stranger.asks,
        units::age(now.since(stranger.last)),
        mac = stranger.mac,
    )
}

/// The cause or the transfer under way, in a few words.
#[must_use]
pub fn remark(status: &Status) -> String {
    if let Some(note) = &status.note {
        return text::sanitise(note);
    }
    let Some(progress) = &status.progress else {
        return String::new();
    };
    let of = progress
        .of
        .map(|of| format!(" of {}", units::size(of)))
        .unwrap_or_default();
    format!(
        "{} {}{of} {}",
        progress.part.word(),
        units::size(progress.sent),
        units::rate(progress.rate)
    )
}
