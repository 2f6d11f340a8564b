//! `muster overlay`: the verbs about overlays. Reading ones print what the engine answers; differences are made here, of what it
//! answers. What is no file of an overlay is no business of this folder.

mod bits;
mod carry;
mod changing;
mod check;
mod differences;
mod history;
mod import;
mod list;
pub(super) mod offers;
mod render;
mod sheet;
mod show;
mod steps;
mod unified;
mod vars;

use std::io::Write;
use std::sync::Arc;

use clap::Subcommand;

use super::desk::Desk;
use super::failure::Failure;
use super::notes::OVERLAYS;
use super::verb::strange;
use crate::api::{Command, OverlayCommand, OverlayFile, OverlayReply, Reply};

/// Verbs about overlays.
#[derive(Debug, Clone, Subcommand)]
pub enum OverlayVerb {
    /// All overlays: where they come from, what is in them, and how many nodes get them
    #[command(visible_alias = "ls", after_long_help = OVERLAYS)]
    List(list::List),
    /// What is in an overlay and who uses it, or one of its files as it is written
    Show(show::Show),
    /// What an overlay makes for a node: each file under its path
    #[command(after_long_help = render::ABOUT)]
    Render(render::Render),
    /// How a copy differs from what is shipped; or between nodes; or since a change
    Diff(differences::Differences),
    /// Render every template for every node, and say what fails before a node sees it
    #[command(after_long_help = check::ABOUT)]
    Check(check::Check),
    #[command(flatten)]
    Changing(changing::Changing),
    /// What templates may name, each with what it is: of Tera, or with a flag of Warewulf's Go templates
    Vars(vars::Vars),
    /// Nothing: overlays are never built
    #[command(hide = true)]
    Build {
        /// What Warewulf's verb takes
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// Carries a verb out.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, verb: &OverlayVerb) -> Result<(), Failure> {
    match verb {
        OverlayVerb::List(list) => list::run(desk, list),
        OverlayVerb::Show(show) => show::run(desk, show),
        OverlayVerb::Render(render) => render::run(desk, render),
        OverlayVerb::Diff(differences) => differences::run(desk, differences),
        OverlayVerb::Check(check) => check::run(desk, check),
        OverlayVerb::Changing(verb) => changing::run(desk, verb),
        OverlayVerb::Vars(vars) => vars::run(desk, vars),
        OverlayVerb::Build { .. } => {
            let text = "nothing is built: overlays are rendered when a node asks for them; `muster overlay check` says what would fail";
            Ok(writeln!(desk.paper, "{text}")?)
        }
    }
}

/// Asks something of overlays; a refusal is the end.
fn ask(desk: &Desk<'_, '_>, command: OverlayCommand) -> Result<OverlayReply, Failure> {
    match desk.ask(Command::Overlay(Box::new(command)))? {
        Reply::Overlay(reply) => Ok(*reply),
        _ => Err(strange()),
    }
}

/// One file as it is written.
fn file(desk: &Desk<'_, '_>, name: &str, path: &str) -> Result<OverlayFile, Failure> {
    let command = OverlayCommand::File {
        name: name.into(),
        path: within(path),
    };
    match ask(desk, command)? {
        OverlayReply::File(file) => Ok(*file),
        _ => Err(strange()),
    }
}

/// A path in an overlay, as one that is typed: a leading slash is that of the node.
fn within(path: &str) -> Arc<str> {
    path.trim_start_matches('/').into()
}
