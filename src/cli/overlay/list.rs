//! `muster overlay list`: all overlays.

use std::io::{self, Write};

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::as_json;
use super::super::paper::{Hue, Paper};
use super::super::table::{Cell, rows};
use super::super::verb::strange;
use super::show;
use crate::api::{Origin, OverlayCommand, OverlayItem, OverlayReply};
use crate::kit::{glob, suggest};

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct List {
    /// Only these, as `hosts` or `ssh.*`
    names: Vec<String>,
    /// With their files
    #[arg(long, short)]
    all: bool,
    /// With their files, each with mode, owner and size
    #[arg(long, short)]
    long: bool,
    /// Only overlays of the site: its own, and copies of shipped ones
    #[arg(long)]
    site: bool,
    /// As JSON
    #[arg(long, conflicts_with_all = ["all", "long"])]
    json: bool,
}

/// Prints the overlays.
///
/// # Errors
/// Refusals; a name that is none; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &List) -> Result<(), Failure> {
    let OverlayReply::List(all) = super::ask(desk, OverlayCommand::List)? else {
        return Err(strange());
    };
    let mut items = meant(all, &asked.names)?;
    items.retain(|item| !asked.site || item.origin != Origin::Shipped);
    if asked.json {
        return Ok(as_json(desk.paper, &items)?);
    }
    if !(asked.all || asked.long) {
        return Ok(listed(desk.paper, &items)?);
    }
    for (at, item) in items.iter().enumerate() {
        let detail = show::detail(desk, &item.name)?;
        if at > 0 {
            writeln!(desk.paper)?;
        }
        writeln!(desk.paper, "{}  {}", item.name, origin(item.origin))?;
        show::files(desk.paper, &detail, asked.long)?;
    }
    Ok(())
}

/// Those of the overlays that are meant.
fn meant(all: Vec<OverlayItem>, names: &[String]) -> Result<Vec<OverlayItem>, Failure> {
    for name in names {
        if !all.iter().any(|item| glob::matches(name, &item.name)) {
            let near = suggest::hint(name, all.iter().map(|item| &*item.name));
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            return Err(Failure::Refused(format!(
                "there is no overlay {name}{near}"
            )));
        }
    }
    let fits = |item: &OverlayItem| {
        names.is_empty() || names.iter().any(|name| glob::matches(name, &item.name))
    };
    Ok(all.into_iter().filter(fits).collect())
}

/// A line an overlay. How copies stand is a column only where there are some.
fn listed(paper: &mut Paper<'_>, items: &[OverlayItem]) -> io::Result<()> {
    const COPY: usize = 5;
    let copies = items.iter().any(|item| item.behind.is_some());
    let mut header = [
        "NAME", "ORIGIN", "FILES", "SYSTEM", "RUNTIME", "COPY", "ABOUT",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut lines: Vec<Vec<Cell>> = items.iter().map(|item| line(item).to_vec()).collect();
    if !copies {
        header.remove(COPY);
        for line in &mut lines {
            line.remove(COPY);
        }
    }
    rows(paper, &header, &lines)
}

fn line(item: &OverlayItem) -> [Cell; 7] {
    let nodes = |count: u32| match count {
        0 => Cell::hued("-", Some(Hue::Faint)),
        count => count.to_string().into(),
    };
    let hue = match item.origin {
        Origin::Shipped => Some(Hue::Faint),
        Origin::Site | Origin::Copy => None,
    };
    let name = if item.faults > 0 {
        Cell::hued(format!("{} !{}", item.name, item.faults), Some(Hue::Bad))
    } else {
        (&*item.name).into()
    };
    [
        name,
        Cell::hued(origin(item.origin), hue),
        item.files.to_string().into(),
        nodes(item.system),
        nodes(item.runtime),
        copy(item),
        (&*item.about).into(),
    ]
}

/// Where an overlay comes from, in a word.
pub fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Shipped => "shipped",
        Origin::Site => "site",
        Origin::Copy => "copy",
    }
}

/// How a copy stands to the shipped one: lines that it lacks and that it has besides.
fn copy(item: &OverlayItem) -> Cell {
    match item.behind {
        None => "".into(),
        Some((0, 0)) => Cell::hued("as shipped", Some(Hue::Faint)),
        Some((gone, came)) => Cell::hued(format!("-{gone} +{came}"), Some(Hue::Doubtful)),
    }
}

/// The same in words; nothing of what is no copy.
pub fn stands(behind: Option<(u32, u32)>) -> Option<String> {
    let lines = |n: u32| format!("{n} {}", if n == 1 { "line" } else { "lines" });
    Some(match behind? {
        (0, 0) => "your copy says what the shipped one says".into(),
        (gone, 0) => format!("your copy is behind the shipped one: {}", lines(gone)),
        (0, came) => format!("your copy has {} more than the shipped one", lines(came)),
        (gone, came) => format!(
            "your copy lacks {} of the shipped one, and has {} of its own",
            lines(gone),
            lines(came)
        ),
    })
}
