//! `muster status`: the Board without a screen.

use std::io::{self, Write};

use serde_json::json;

use super::print::{ago, or_dash, table, time};
use crate::api::{Mirror, NodeRow, Snapshot, Update, state};
use crate::fleet::{STAGES, Status};
use crate::kit::units;
use crate::link::{Link, Message};

/// Which nodes are meant.
pub type Wanted<'a> = &'a dyn Fn(&NodeRow, &Status, crate::kit::Stamp) -> bool;

/// Prints the state of everything once.
///
/// # Errors
/// Whatever writing gives.
pub fn once(
    out: &mut dyn Write,
    snapshot: Snapshot,
    wanted: Wanted<'_>,
    as_json: bool,
) -> io::Result<()> {
    let mut mirror = Mirror::default();
    mirror.absorb(Update::Snapshot(Box::new(snapshot)));
    let head = &mirror.head;
    let fallback = Status::default();
    let status = |row: &NodeRow| mirror.status_of(row.id).unwrap_or(&fallback);
    let rows: Vec<&NodeRow> = head
        .nodes
        .iter()
        .filter(|row| wanted(row, status(row), head.now))
        .collect();
    if as_json {
        let nodes: Vec<_> = rows.iter().map(|row| node_json(row, status(row))).collect();
        let whole = json!({
            "now": head.now, "revision": head.revision, "cluster": head.cluster, "version": head.version,
            "nodes": nodes, "strangers": head.strangers, "services": head.services, "faults": head.faults,
            "traffic": head.traffic,
        });
        return writeln!(out, "{whole}");
    }
    let mut funnel = String::new();
    for stage in STAGES {
        funnel.push_str(&format!("{stage} {}  ", mirror.tally.stages[stage.index()]));
    }
    writeln!(
        out,
        "{funnel} failed {}  stalled {}",
        mirror.tally.failed, mirror.tally.stalled
    )?;
    let line = |row: &&NodeRow| {
        let status = status(row);
        vec![
            row.name.to_string(),
            status.stage.to_string(),
            state(status).to_owned(),
            ago(Some(status.since), head.now),
            or_dash(status.ip.or(row.ip)),
            or_dash(row.image.as_deref()),
            remark(status),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    table(
        out,
        &["NODE", "STAGE", "STATE", "SINCE", "IP", "IMAGE", "REMARK"],
        &lines,
    )?;
    for stranger in &head.strangers {
        let proposed = stranger
            .proposed
            .as_deref()
            .map(|name| format!(" as {name}"))
            .unwrap_or_default();
        let arch = stranger
            .arch
            .map(crate::fleet::Arch::word)
            .unwrap_or_default();
        writeln!(
            out,
            "unknown machine {} {arch} asked {} times, last {} ago: muster adopt {}{}",
            stranger.mac,
            stranger.asks,
            ago(Some(stranger.last), head.now),
            stranger.mac,
            proposed.replace(" as", "")
        )?;
    }
    for fault in &head.faults {
        writeln!(out, "{fault}")?;
    }
    Ok(())
}

fn node_json(row: &NodeRow, status: &Status) -> serde_json::Value {
    json!({
        "name": row.name, "cluster": row.cluster, "rack": row.rack, "image": row.image, "profiles": row.profiles,
        "ip": status.ip.or(row.ip), "mac": row.mac, "stage": status.stage, "condition": status.condition,
        "note": status.note, "since": status.since, "boot": status.boot, "began": status.began,
        "progress": status.progress, "eta": status.eta, "trail": status.trail, "heard": status.heard,
    })
}

fn remark(status: &Status) -> String {
    if let Some(note) = &status.note {
        return note.to_string();
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

/// Prints a line for every change until the engine is gone or the reader has left.
///
/// # Errors
/// Whatever writing gives.
pub fn watch(
    out: &mut dyn Write,
    link: &Link,
    wanted: Wanted<'_>,
    as_json: bool,
) -> io::Result<()> {
    let mut mirror = Mirror::default();
    while let Ok(message) = link.updates.recv() {
        let Message::Update(update) = message else {
            continue;
        };
        if let Update::Lost(why) = &update {
            writeln!(out, "# {why}")?;
        }
        let changed: Vec<_> = match &update {
            Update::Snapshot(snapshot) => snapshot.status.iter().map(|(id, _)| *id).collect(),
            Update::Delta(delta) => delta.status.iter().map(|(id, _)| *id).collect(),
            Update::Lost(_) => Vec::new(),
        };
        mirror.absorb(update);
        let now = mirror.head.now;
        for id in changed {
            let (Some(row), Some(status)) = (mirror.row(id), mirror.status_of(id)) else {
                continue;
            };
            if !wanted(row, status, now) {
                continue;
            }
            if as_json {
                writeln!(out, "{}", node_json(row, status))?;
            } else {
                let (stage, state) = (status.stage, state(status));
                writeln!(
                    out,
                    "{}  {}  {stage}  {state}  {}",
                    time(now),
                    row.name,
                    remark(status)
                )?;
            }
        }
        out.flush()?;
    }
    Ok(())
}
