//! `muster config`: the server's settings, as they are and as they are to be. `show` prints them, `edit` gives them to an editor, `offers`
//! completes what is typed.

mod edit;
pub mod offers;
mod show;

use std::sync::Arc;

use clap::Subcommand;

use super::change::{self, How, Wanted};
use super::desk::Desk;
use super::failure::Failure;
use super::files;
use crate::model::{Edit, Key, Place, Table, Value, field};
pub use show::{Shown, show};

/// Verbs about the server's settings.
#[derive(Debug, Subcommand)]
pub enum ConfigVerb {
    /// The settings, their values, and which of them muster.conf sets
    Show {
        /// Only these: keys (`dhcp.lease`) and beginnings of keys (`dhcp`, `networks.blue`); one key alone is explained
        keys: Vec<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Check muster.conf and nodes.conf, and say what is wrong
    Check {
        /// Warnings are faults too
        #[arg(long)]
        strict: bool,
    },
    /// Give settings values: `config set dhcp.lease=1h access=boot`, or one as `config set dhcp.lease 1h`
    Set {
        /// KEY=VALUE of any number of settings, or KEY and VALUE of one; the items of a list have commas between them
        #[arg(required = true, value_name = "KEY=VALUE")]
        words: Vec<String>,
        #[command(flatten)]
        how: How,
        /// Why; `muster log` shows it
        #[arg(long)]
        note: Option<String>,
    },
    /// Take settings out of muster.conf: their defaults hold then. A network goes whole: `config unset networks.blue`
    Unset {
        /// Keys, or beginnings of keys
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
        #[command(flatten)]
        how: How,
        /// Why; `muster log` shows it
        #[arg(long)]
        note: Option<String>,
    },
    /// Edit muster.conf in $EDITOR: read again, checked and shown before it is saved, whole or not at all
    Edit {
        #[command(flatten)]
        how: How,
        /// Why; `muster log` shows it
        #[arg(long)]
        note: Option<String>,
    },
}

/// Carries one out.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run(verb: &ConfigVerb, desk: &mut Desk<'_, '_>) -> Result<(), Failure> {
    match verb {
        ConfigVerb::Show { keys, shown } => show(desk, keys, *shown),
        ConfigVerb::Check { strict } => check(desk, *strict),
        ConfigVerb::Set { words, how, note } => {
            let edits = set(words).map_err(Failure::Refused)?;
            change::carry_out(desk, &Wanted::Edits(edits, None), &noting(how, note))
        }
        ConfigVerb::Unset { keys, how, note } => {
            let edits = keys.iter().map(|key| unset(key)).collect();
            change::carry_out(desk, &Wanted::Edits(edits, None), &noting(how, note))
        }
        ConfigVerb::Edit { how, note } => edit::edit(desk, &noting(how, note)),
    }
}

fn noting(how: &How, note: &Option<String>) -> How {
    How {
        note: note.clone(),
        ..how.clone()
    }
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
///
/// # Errors
/// A word that is no KEY=VALUE.
pub fn set(words: &[String]) -> Result<Vec<Edit>, String> {
    if let [key, value] = words
        && !key.contains('=')
    {
        return Ok(vec![given(key, value)]);
    }
    let pairs = words.iter().map(|word| match word.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(given(key, value)),
        _ => Err(format!(
            "`{word}` is no KEY=VALUE; a value with blanks goes into quotes: 'networks.blue.routes=10.9.0.0/16 via 10.0.0.254'"
        )),
    });
    pairs.collect()
}

/// The edit that gives a setting a value; commas part the items of a list.
fn given(key: &str, value: &str) -> Edit {
    let known = Key::parse_in(Table::Settings, key).ok();
    let list = known
        .and_then(|key| field::of_server(key.field))
        .is_some_and(|field| field.kind.is_list());
    let value = if list {
        let items = value.split(',').map(str::trim);
        Value::List(
            items
                .filter(|item| !item.is_empty())
                .map(Arc::from)
                .collect(),
        )
    } else {
        Value::Text(value.into())
    };
    Edit::Set {
        place: Place::settings(),
        key: key.into(),
        value,
    }
}

fn unset(key: &str) -> Edit {
    let (place, key): (_, Arc<str>) = (Place::settings(), key.into());
    match Key::parse_in(place.table, &key) {
        Ok(_) => Edit::Unset { place, key },
        Err(_) => Edit::Drop { place, key },
    }
}
