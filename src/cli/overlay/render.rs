//! `muster overlay render`: what an overlay makes for a node.

use std::io::Write;
use std::sync::Arc;

use serde::Serialize;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::outcome::{as_json, counted, faults};
use super::super::paper::{Hue, Paper};
use super::super::verb::strange;
use super::unified;
use crate::api::{Content, OverlayCommand, OverlayReply, Rendered, Rendering};
use crate::kit::text;
use crate::model::Level;

/// What the help says below the flags.
pub const ABOUT: &str = "\
FILE is a path in the overlay, with or without the suffix of a template, or a path on the node. One file alone is printed as it is, so \
that it can be piped; several are printed each under its path, mode and owner. Faults go to standard error; with an error the exit \
code is 1.

JSON: a list of {path, content, mode, uid, gid, symlink, backup}. Paths begin at the node's root; `content` is a text, or \
{\"base64\": …} of what is none, or null of a link; `mode` is a number (420 is 0644); `backup` says that what an earlier overlay has \
there is kept beside it.";

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Render {
    /// For which node
    pub node: String,
    /// The overlay; the node need not list it
    pub overlay: String,
    /// Only what comes of this file
    pub file: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// One file as JSON tells of it.
#[derive(Serialize)]
struct Told<'a> {
    path: &'a str,
    content: Option<&'a Content>,
    mode: u32,
    uid: u32,
    gid: u32,
    symlink: Option<&'a str>,
    backup: bool,
}

/// Prints what an overlay makes.
///
/// # Errors
/// Refusals; a template that fails; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &Render) -> Result<(), Failure> {
    let file = asked.file.as_deref();
    let made = made(desk, (&asked.overlay, &asked.node), file)?;
    let outputs: Vec<&Rendered> = outputs(&made).collect();
    if asked.json {
        let all: Vec<Told<'_>> = outputs.iter().copied().map(told).collect();
        as_json(desk.paper, &all)?;
    } else {
        match (outputs.as_slice(), file) {
            ([one], Some(_)) if one.content.is_some() => {
                one.content
                    .iter()
                    .try_for_each(|content| unified::raw(desk.paper, content))?;
            }
            (several, _) => {
                for (at, one) in several.iter().enumerate() {
                    if at > 0 {
                        writeln!(desk.paper)?;
                    }
                    under_its_path(desk.paper, one)?;
                }
            }
        }
    }
    verdict(desk, &made)
}

/// What an overlay makes for a node, asked for.
///
/// # Errors
/// Refusals.
pub fn made(
    desk: &Desk<'_, '_>,
    (overlay, node): (&str, &str),
    file: Option<&str>,
) -> Result<Rendering, Failure> {
    let command = OverlayCommand::Render {
        name: overlay.into(),
        node: node.into(),
        file: file.map(Arc::from),
        draft: None,
    };
    match super::ask(desk, command)? {
        OverlayReply::Render(made) => Ok(*made),
        _ => Err(strange()),
    }
}

/// Files and links; folders go without saying.
pub fn outputs(made: &Rendering) -> impl Iterator<Item = &Rendered> {
    let files = made.files.iter();
    files.filter(|one| one.content.is_some() || one.symlink.is_some())
}

fn told(one: &Rendered) -> Told<'_> {
    Told {
        path: &one.path,
        content: one.content.as_ref(),
        mode: one.mode,
        uid: one.uid,
        gid: one.gid,
        symlink: one.symlink.as_deref(),
        backup: one.backup,
    }
}

fn under_its_path(paper: &mut Paper<'_>, one: &Rendered) -> Result<(), Failure> {
    let path = text::sanitise(&one.path);
    let head = match &one.symlink {
        Some(target) => format!("==> {path} -> {} <==", text::sanitise(target)),
        None => format!("==> {path} {:04o} {}:{} <==", one.mode, one.uid, one.gid),
    };
    let head = paper.paint(Some(Hue::Moving), &head);
    writeln!(paper, "{head}")?;
    let Some(content) = &one.content else {
        return Ok(());
    };
    match content.text() {
        None => {
            let size = content.bytes().map_or(0, |bytes| bytes.len());
            writeln!(paper, "({size} bytes that are no text)")?;
        }
        Some(whole) => {
            unified::raw(paper, content)?;
            if !whole.is_empty() && !whole.ends_with('\n') {
                writeln!(paper)?;
            }
        }
    }
    Ok(())
}

/// Tells the faults; errors among them are a refusal.
///
/// # Errors
/// That.
pub fn verdict(desk: &mut Desk<'_, '_>, made: &Rendering) -> Result<(), Failure> {
    // What was printed comes before what is said of it.
    desk.paper.flush()?;
    faults(desk.err, &made.faults);
    let errors = made
        .faults
        .iter()
        .filter(|fault| fault.level == Level::Error);
    match u32::try_from(errors.count()).unwrap_or(u32::MAX) {
        0 => Ok(()),
        n => Err(Failure::Refused(format!(
            "overlay {} fails for node {}: {}",
            made.name,
            made.node,
            counted(n, "error", "errors")
        ))),
    }
}
