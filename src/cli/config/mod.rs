//! `muster config`: the server's settings, as they are and as they are to be.

use std::sync::Arc;

use clap::Subcommand;

use super::change::{self, How, Wanted};
use super::desk::Desk;
use super::failure::Failure;
use super::files;
use super::verb::strange;
use crate::api::{Command, Reply};
use crate::model::{Edit, Place, Value};

/// Verbs about the server's settings.
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// The settings, their values, and which of them muster.conf sets
    Show {
        /// Only these: keys (`dhcp.lease`) and beginnings of keys (`dhcp`, `networks.blue`)
        keys: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check muster.conf and nodes.conf, and say what is wrong
    Check {
        /// Warnings are faults too
        #[arg(long)]
        strict: bool,
    },
    /// Give settings values: `config set dhcp.lease=1h access=boot`, or one as `config set dhcp.lease 1h`
    Set {
        /// KEY=VALUE of any number of settings, or KEY and VALUE of one; a list has commas between
        #[arg(required = true, value_name = "KEY=VALUE")]
        words: Vec<String>,
        #[command(flatten)]
        how: How,
    },
    /// Take settings out of muster.conf: their defaults hold then. A network goes whole: `config unset networks.blue`
    Unset {
        /// Keys, or beginnings of keys
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
        #[command(flatten)]
        how: How,
    },
}

/// Carries one out.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run(verb: &ConfigVerb, desk: &mut Desk<'_, '_>) -> Result<(), Failure> {
    match verb {
        ConfigVerb::Show { keys, json } => show(desk, keys, *json),
        ConfigVerb::Check { strict } => check(desk, *strict),
        ConfigVerb::Set { words, how } => {
            let edits = set(words).map_err(Failure::Refused)?;
            change::carry_out(desk, &Wanted::Edits(edits, None), how)
        }
        ConfigVerb::Unset { keys, how } => {
            let edits = keys.iter().map(|key| unset(key)).collect();
            change::carry_out(desk, &Wanted::Edits(edits, None), how)
        }
    }
}

/// Prints the settings.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn show(desk: &mut Desk<'_, '_>, keys: &[String], json: bool) -> Result<(), Failure> {
    let Reply::Settings(mut rows) = desk.ask(Command::Settings)? else {
        return Err(strange());
    };
    let below = |key: &str, of: &str| {
        key.strip_prefix(of)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if !keys.is_empty() {
        rows.retain(|row| keys.iter().any(|key| below(&row.key, key)));
    }
    Ok(files::settings(desk.paper, &rows, json)?)
}

/// Checks both files.
///
/// # Errors
/// Faults, if there are any; whatever writing gives.
pub fn check(desk: &mut Desk<'_, '_>, strict: bool) -> Result<(), Failure> {
    let snapshot = desk.snapshot()?;
    files::check(desk.paper, &snapshot, strict)
}

/// The edits that words ask for.
fn set(words: &[String]) -> Result<Vec<Edit>, String> {
    let edit = |key: &str, value: &str| Edit::Set {
        place: Place::settings(),
        key: key.into(),
        value: Value::Text(value.into()),
    };
    if let [key, value] = words
        && !key.contains('=')
    {
        return Ok(vec![edit(key, value)]);
    }
    let pairs = words.iter().map(|word| match word.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(edit(key, value)),
        _ => Err(format!("`{word}` is no KEY=VALUE")),
    });
    pairs.collect()
}

fn unset(key: &str) -> Edit {
    let (place, key): (_, Arc<str>) = (Place::settings(), key.into());
    match crate::model::Key::parse_in(place.table, &key) {
        Ok(_) => Edit::Unset { place, key },
        Err(_) => Edit::Drop { place, key },
    }
}
