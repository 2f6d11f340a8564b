//! `muster overlay vars`: what templates may name.

use std::io::Write;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::table::table;
use super::super::verb::strange;
use crate::api::{Command, Language, Reply};

/// What is asked.
#[derive(Debug, Clone, clap::Args)]
pub struct Vars {
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
}

/// Prints the names.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run(desk: &mut Desk<'_, '_>, asked: &Vars) -> Result<(), Failure> {
    let language = match (asked.ww, asked.ipxe) {
        (true, _) => Language::Ww,
        (_, true) => Language::Ipxe,
        _ => Language::Tera,
    };
    let Reply::Vars(mut rows) = desk.ask(Command::Vars { language })? else {
        return Err(strange());
    };
    let lower = asked.words.iter().map(|word| word.to_lowercase());
    let lower: Vec<String> = lower.collect();
    rows.retain(|row| {
        let name = row.name.to_lowercase();
        lower.is_empty() || lower.iter().any(|word| name.contains(word))
    });
    if asked.json {
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
