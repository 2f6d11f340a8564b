//! `muster overlay show`: one overlay in full, or one of its files.

use std::io::{self, Write};

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::{as_json, counted, faults};
use super::super::paper::{Hue, Paper};
use super::super::table::{Cell, rows};
use super::super::verb::strange;
use super::list::{origin, stands};
use super::render::{self, Render};
use super::unified::{self, gap};
use crate::api::{
    FileKind, FileRow, Language, Origin, OverlayCommand, OverlayDetail, OverlayReply, Standing,
};
use crate::kit::{suggest, text, units};

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Show {
    /// The overlay
    overlay: String,
    /// A file of it: its text as it is written, template and all
    file: Option<String>,
    /// Instead, what it makes for this node (`overlay render`)
    #[arg(long, short, value_name = "NODE")]
    render: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Prints an overlay, or a file.
///
/// # Errors
/// Refusals; a file that is not there; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &Show) -> Result<(), Failure> {
    if let Some(node) = &asked.render {
        let wanted = Render {
            node: node.clone(),
            overlay: asked.overlay.clone(),
            file: asked.file.clone(),
            json: asked.json,
        };
        return render::run(desk, &wanted);
    }
    if let Some(path) = &asked.file {
        return file(desk, &asked.overlay, path, asked.json);
    }
    let detail = detail(desk, &asked.overlay)?;
    if asked.json {
        return Ok(as_json(desk.paper, &detail)?);
    }
    tell(desk.paper, &detail)?;
    for fault in &detail.faults {
        let line = text::sanitise(&fault.to_string());
        let line = desk.paper.paint(Hue::of_level(fault.level), &line);
        writeln!(desk.paper, "  {line}")?;
    }
    Ok(())
}

/// One overlay, asked for.
///
/// # Errors
/// Refusals.
pub fn detail(desk: &Desk<'_, '_>, name: &str) -> Result<OverlayDetail, Failure> {
    match super::ask(desk, OverlayCommand::Show { name: name.into() })? {
        OverlayReply::Show(detail) => Ok(*detail),
        _ => Err(strange()),
    }
}

fn file(desk: &mut Desk<'_, '_>, name: &str, path: &str, json: bool) -> Result<(), Failure> {
    let file = super::file(desk, name, path)?;
    if json {
        return Ok(as_json(desk.paper, &file)?);
    }
    faults(desk.err, &file.faults);
    match (&file.content, &file.row.kind) {
        (Some(content), _) => Ok(unified::raw(desk.paper, content)?),
        (None, FileKind::Symlink(target)) => {
            Ok(writeln!(desk.paper, "-> {}", text::sanitise(target))?)
        }
        (None, FileKind::File | FileKind::Template(_)) if file.digest.is_empty() => {
            Err(nothing_there(desk, name, path))
        }
        (None, kind) => Err(Failure::Refused(format!("{path} is {}", word(kind)))),
    }
}

/// That an overlay has no such file, and which may have been meant: the template that makes it, first of all.
fn nothing_there(desk: &Desk<'_, '_>, name: &str, path: &str) -> Failure {
    let path = super::within(path);
    let files = detail(desk, name).map(|detail| detail.files);
    let files = files.unwrap_or_default();
    let makes = |row: &&FileRow| {
        let rest = row.path.strip_prefix(&*path);
        rest.is_some_and(|rest| matches!(rest, ".tera" | ".ww"))
    };
    let template = files.iter().find(makes);
    let template = template.map(|row| format!("did you mean `{}`?", row.path));
    let near = || suggest::hint(&path, files.iter().map(|row| &*row.path));
    let hint = template.or_else(near);
    let hint = hint.unwrap_or_else(|| format!("`muster overlay show {name}` lists them"));
    Failure::Refused(format!("overlay {name} has no file {path}; {hint}"))
}

fn tell(paper: &mut Paper<'_>, detail: &OverlayDetail) -> io::Result<()> {
    let item = &detail.item;
    let about = gap("  ", &item.about);
    writeln!(
        paper,
        "{}  {}{}",
        item.name,
        origin(item.origin),
        text::sanitise(&about)
    )?;
    let folder = text::sanitise(&detail.folder);
    match item.origin {
        Origin::Shipped => writeln!(paper, "  inside muster; the site's copy would be {folder}")?,
        Origin::Site => writeln!(paper, "  in {folder}")?,
        Origin::Copy => writeln!(paper, "  in {folder}, which hides the shipped one")?,
    }
    if let Some(words) = stands(item.behind) {
        let hue = (item.behind != Some((0, 0))).then_some(Hue::Doubtful);
        let words = paper.paint(hue, &words);
        let more = match item.behind {
            Some((0, 0)) => String::new(),
            _ => format!("; `muster overlay diff {}` shows them", item.name),
        };
        writeln!(paper, "  {words}{more}")?;
    }
    if detail.users.is_empty() {
        writeln!(paper, "  nobody lists it")?;
    }
    for user in &detail.users {
        let kind = if user.system { "system" } else { "runtime" };
        let nodes = counted(user.nodes, "node", "nodes");
        let nodes = if user.who.starts_with("profile ") {
            format!(", {nodes} by that")
        } else {
            String::new()
        };
        writeln!(
            paper,
            "  {kind} overlay of {}{nodes}",
            text::sanitise(&user.who)
        )?;
    }
    writeln!(paper)?;
    files(paper, detail, true)
}

/// The files of an overlay, a line each; `long` with mode, owner and size.
///
/// # Errors
/// Whatever writing gives.
pub fn files(paper: &mut Paper<'_>, detail: &OverlayDetail, long: bool) -> io::Result<()> {
    if detail.files.is_empty() {
        return writeln!(paper, "  it is empty");
    }
    let line = |row: &FileRow| -> Vec<Cell> {
        let name = Cell::hued(name(row), hue(row));
        if !long {
            return vec![name];
        }
        let size = match row.kind {
            FileKind::File | FileKind::Template(_) => units::size(row.size),
            _ => String::new(),
        };
        let owner = format!("{}:{}", row.uid, row.gid);
        let standing = Cell::hued(standing(row), hue(row));
        vec![
            format!("{:04o}", row.mode).into(),
            owner.into(),
            size.into(),
            name,
            standing,
        ]
    };
    let lines: Vec<_> = detail.files.iter().map(line).collect();
    let header = ["MODE", "OWNER", "SIZE", "PATH", ""].map(str::to_owned);
    rows(paper, if long { &header } else { &header[3..4] }, &lines)
}

fn name(row: &FileRow) -> String {
    match &row.kind {
        FileKind::Folder => format!("{}/", row.path),
        FileKind::Symlink(target) => format!("{} -> {target}", row.path),
        FileKind::Special(what) => format!("{} ({what})", row.path),
        FileKind::File | FileKind::Template(_) => row.path.to_string(),
    }
}

/// What a path is, in words.
fn word(kind: &FileKind) -> String {
    match kind {
        FileKind::Folder => "a folder".into(),
        FileKind::Symlink(target) => format!("a link to {target}"),
        FileKind::Special(what) => format!("a {what}"),
        FileKind::Template(Language::Tera) => "a template of Tera".into(),
        FileKind::Template(_) => "a Go template".into(),
        FileKind::File => "a file".into(),
    }
}

const fn standing(row: &FileRow) -> &'static str {
    match row.standing {
        Standing::Own | Standing::Same => "",
        Standing::Changed => "changed",
        Standing::Added => "yours",
        Standing::Missing => "only in the shipped one",
    }
}

const fn hue(row: &FileRow) -> Option<Hue> {
    match row.standing {
        Standing::Own | Standing::Same => None,
        Standing::Changed => Some(Hue::Doubtful),
        Standing::Added => Some(Hue::Good),
        Standing::Missing => Some(Hue::Faint),
    }
}
