//! `muster overlay diff`: a copy and what is shipped, what nodes get, now and earlier.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::verb::strange;
use super::list::stands;
use super::render::{made, outputs, verdict};
use super::unified::difference;
use super::{ask, file, show, within};
use crate::api::{
    Content, FileRow, Origin, OverlayCommand, OverlayLogRow, OverlayReply, Rendered, Standing,
};
use crate::kit::{hostlist, text};

/// Changes of overlays that are looked through.
const MOST_CHANGES: u32 = 10_000;

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Differences {
    /// The overlay
    overlay: String,
    /// Only this file
    file: Option<String>,
    /// What it makes for these nodes, each against the first: `n1,n2`, `n[1-4]`
    #[arg(long, short = 'w', value_name = "NODES", conflicts_with = "revision")]
    nodes: Option<String>,
    /// What its files say now, against what they said behind that change (`muster overlay log` lists them)
    #[arg(long, short, value_name = "N")]
    revision: Option<u64>,
}

/// Prints the differences.
///
/// # Errors
/// Refusals; what is no copy; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &Differences) -> Result<(), Failure> {
    if let Some(nodes) = &asked.nodes {
        return between(desk, asked, nodes);
    }
    if let Some(number) = asked.revision {
        return since(desk, asked, number);
    }
    shipped(desk, asked)
}

/// What the site's copy changed of what is shipped.
fn shipped(desk: &mut Desk<'_, '_>, asked: &Differences) -> Result<(), Failure> {
    let name = &asked.overlay;
    let detail = show::detail(desk, name)?;
    match detail.item.origin {
        Origin::Copy => {}
        Origin::Site => {
            let what =
                format!("overlay {name} is the site's own: nothing is shipped under that name");
            return Err(Failure::Refused(what));
        }
        Origin::Shipped => {
            let what = format!("overlay {name} is as shipped: the site has no copy of it");
            return Ok(writeln!(desk.paper, "{what}")?);
        }
    }
    let only = asked.file.as_deref().map(within);
    let rows = detail
        .files
        .iter()
        .filter(|row| only.as_ref().is_none_or(|only| row.path == *only));
    let rows: Vec<_> = rows.collect();
    if let (Some(only), true) = (&only, rows.is_empty()) {
        let what =
            format!("overlay {name} has no file {only}; `muster overlay show {name}` lists them");
        return Err(Failure::Refused(what));
    }
    if only.is_none() {
        let words = stands(detail.item.behind).unwrap_or_default();
        writeln!(desk.paper, "{words}")?;
    }
    let (mut gone, mut came) = (0, 0);
    for row in rows {
        if matches!(row.standing, Standing::Own | Standing::Same) {
            continue;
        }
        let lines = one(desk, name, row)?;
        gone += lines.0;
        came += lines.1;
    }
    if only.is_some() {
        let words = stands(Some((gone, came))).unwrap_or_default();
        writeln!(desk.paper, "{words}")?;
    }
    Ok(())
}

/// How one path of a copy differs from the shipped one; the lines that went and came.
fn one(desk: &mut Desk<'_, '_>, name: &str, row: &FileRow) -> Result<(u32, u32), Failure> {
    let file = file(desk, name, &row.path)?;
    let theirs = format!("shipped/{name}/{}", row.path);
    let ours = format!("site/{name}/{}", row.path);
    let old = match row.standing {
        Standing::Added => None,
        _ => file.shipped.as_ref(),
    };
    let lines = difference(desk.paper, (&theirs, old), (&ours, file.content.as_ref()))?;
    if lines == (0, 0) {
        let path = text::sanitise(&row.path);
        let what = match row.standing {
            Standing::Missing => "only in the shipped one",
            Standing::Added => "only in your copy",
            _ => "another kind, mode, owner or target than the shipped one's",
        };
        writeln!(desk.paper, "{path}: {what}")?;
    }
    Ok(lines)
}

/// What it makes for nodes, each against the first.
fn between(desk: &mut Desk<'_, '_>, asked: &Differences, nodes: &str) -> Result<(), Failure> {
    let nodes = hostlist::expand(nodes).map_err(|e| Failure::Usage(format!("`{nodes}`: {e}")))?;
    let [first, others @ ..] = nodes.as_slice() else {
        return Err(Failure::Usage("name two nodes: --nodes n1,n2".into()));
    };
    if others.is_empty() {
        return Err(Failure::Usage(format!(
            "name another node besides {first}: --nodes {first},n2"
        )));
    }
    let file = asked.file.as_deref();
    let of_first = made(desk, (&asked.overlay, first), file)?;
    verdict(desk, &of_first)?;
    let mut alike = Vec::new();
    for node in others {
        let of_other = made(desk, (&asked.overlay, node), file)?;
        verdict(desk, &of_other)?;
        let (old, new) = (by_path(outputs(&of_first)), by_path(outputs(&of_other)));
        if old == new {
            alike.push(node.as_str());
            continue;
        }
        let paths = old
            .keys()
            .chain(new.keys().filter(|path| !old.contains_key(*path)));
        for path in paths {
            let (from, to) = (format!("{first}:{path}"), format!("{node}:{path}"));
            two(desk, (&from, old.get(path)), (&to, new.get(path)))?;
        }
    }
    if !alike.is_empty() {
        let names = hostlist::compress(&alike);
        let gets = if alike.len() == 1 { "gets" } else { "get" };
        writeln!(desk.paper, "{names} {gets} the same as {first}")?;
    }
    Ok(())
}

fn by_path<'r>(outputs: impl Iterator<Item = &'r Rendered>) -> BTreeMap<&'r str, &'r Rendered> {
    outputs.map(|one| (&*one.path, one)).collect()
}

/// How what two nodes get at one path differs.
fn two(
    desk: &mut Desk<'_, '_>,
    (from, old): (&str, Option<&&Rendered>),
    (to, new): (&str, Option<&&Rendered>),
) -> Result<(), Failure> {
    let content = |one: Option<&&Rendered>| one.and_then(|one| one.content.clone());
    let (before, after) = (content(old), content(new));
    difference(desk.paper, (from, before.as_ref()), (to, after.as_ref()))?;
    let manner = |one: Option<&&Rendered>| match one {
        None => "nothing".to_owned(),
        Some(one) => match &one.symlink {
            Some(target) => format!("-> {target}"),
            None => format!("{:04o} {}:{}", one.mode, one.uid, one.gid),
        },
    };
    let (old, new) = (manner(old), manner(new));
    let told =
        before.is_some() != after.is_some() && [&old, &new].iter().any(|one| **one == "nothing");
    if old != new && !told {
        let line = format!("{from} {old}, {to} {new}");
        writeln!(desk.paper, "{}", text::sanitise(&line))?;
    }
    Ok(())
}

/// What its files say now, against what they said behind the change of that number.
fn since(desk: &mut Desk<'_, '_>, asked: &Differences, number: u64) -> Result<(), Failure> {
    let name: Arc<str> = asked.overlay.as_str().into();
    let command = OverlayCommand::Log {
        name: Some(name.clone()),
        limit: MOST_CHANGES,
    };
    let OverlayReply::Log(rows) = ask(desk, command)? else {
        return Err(strange());
    };
    let only = asked.file.as_deref().map(within);
    let mut paths: BTreeMap<&Arc<str>, u64> = BTreeMap::new();
    let later = rows
        .iter()
        .filter(|row: &&OverlayLogRow| row.number > number);
    for row in later {
        let wanted = |path: &&Arc<str>| only.as_ref().is_none_or(|only| *only == **path);
        for path in row.paths.iter().filter(wanted) {
            // Newest first: the last one that is seen is the earliest behind the one that is asked for.
            paths.insert(path, row.number);
        }
    }
    let mut differ = false;
    for (path, change) in paths {
        let past = ask(
            desk,
            OverlayCommand::Past {
                number: change,
                path: path.clone(),
                before: true,
            },
        )?;
        let OverlayReply::File(past) = past else {
            return Err(strange());
        };
        // One that is gone with its overlay is nothing now.
        let now = file(desk, &name, path).ok().and_then(|file| file.content);
        let (from, to) = (
            format!("{name}/{path} behind change {number}"),
            format!("{name}/{path} now"),
        );
        let old: Option<&Content> = past.content.as_ref();
        differ |= difference(desk.paper, (&from, old), (&to, now.as_ref()))? != (0, 0);
    }
    if !differ {
        writeln!(
            desk.paper,
            "overlay {name} says what it said behind change {number}"
        )?;
    }
    Ok(())
}
