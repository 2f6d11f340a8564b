//! `muster overlay`: what templates may name.

use std::io::Write;

use clap::Subcommand;

use super::desk::Desk;
use super::failure::Failure;
use super::table::table;
use super::verb::strange;
use crate::api::{Command, Language, Reply};

/// Verbs about overlays.
#[derive(Debug, Clone, Subcommand)]
pub enum OverlayVerb {
    /// What templates may name, each with what it is: of Tera, or with a flag of Warewulf's Go templates
    Vars {
        /// Only names with this in them
        words: Vec<String>,
        /// Of Go templates (`*.ww`)
        #[arg(long)]
        ww: bool,
        /// Of Warewulf's boot scripts (`ipxe/NAME.ipxe`)
        #[arg(long, conflicts_with = "ww")]
        ipxe: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries a verb out.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, verb: &OverlayVerb) -> Result<(), Failure> {
    let OverlayVerb::Vars {
        words,
        ww,
        ipxe,
        json,
    } = verb;
    let language = match (ww, ipxe) {
        (true, _) => Language::Ww,
        (_, true) => Language::Ipxe,
        _ => Language::Tera,
    };
    let Reply::Vars(mut rows) = desk.ask(Command::Vars { language })? else {
        return Err(strange());
    };
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    rows.retain(|row| {
        let name = row.name.to_lowercase();
        lower.is_empty() || lower.iter().any(|word| name.contains(word))
    });
    if *json {
        let text = serde_json::to_string_pretty(&rows).map_err(std::io::Error::other)?;
        return Ok(writeln!(desk.paper, "{text}")?);
    }
    let cells = rows.iter().map(|row| {
        let doc = match (row.function, &*row.doc) {
            (true, "") => "function",
            (_, doc) => doc,
        };
        [(&*row.name).into(), doc.into()]
    });
    let cells: Vec<_> = cells.collect();
    Ok(table(desk.paper, ["NAME", "WHAT"], &cells)?)
}
