//! The server's settings on paper: a table, one of them explained, YAML or JSON.

use std::io::{self, Write};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::entry::tree_in;
use super::super::failure::Failure;
use super::super::paper::{Hue, Paper};
use super::super::table::{Cell, table};
use super::super::verb::strange;
use crate::api::{Command, Reply, SettingRow};
use crate::kit::{suggest, text};
use crate::model::{Branch, Key, Table, Value};

/// How settings are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::Args)]
pub struct Shown {
    /// As JSON, with everything that is known of each
    #[arg(long, conflicts_with = "yaml")]
    pub json: bool,
    /// What muster.conf sets, as it would be written there
    #[arg(long)]
    pub yaml: bool,
    /// What holds where muster.conf says nothing
    #[arg(long)]
    pub defaults: bool,
}

impl Shown {
    /// The table, or JSON.
    #[must_use]
    pub fn as_json(json: bool) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }
}

/// Prints the settings that begin like one of `keys`; none = all.
///
/// # Errors
/// A key that is none; refusals; whatever writing gives.
pub fn show(desk: &mut Desk<'_, '_>, keys: &[String], shown: Shown) -> Result<(), Failure> {
    let Reply::Settings(mut rows) = desk.ask(Command::Settings)? else {
        return Err(strange());
    };
    narrow(&mut rows, keys)?;
    if shown.defaults {
        for row in &mut rows {
            row.value = row.default.clone();
            row.own = Some(Value::Text(row.default.clone())).filter(|_| !row.default.is_empty());
            row.set = false;
        }
    }
    match (shown, rows.as_slice()) {
        (Shown { json: true, .. }, rows) => {
            let text = serde_json::to_string(rows).map_err(io::Error::other)?;
            writeln!(desk.paper, "{text}")?;
        }
        (Shown { yaml: true, .. }, rows) => {
            let own = rows.iter();
            let own = own.filter_map(|row| Some((&row.key, row.own.as_ref()?)));
            let tree = tree_in(Table::Settings, own);
            let text = serde_yaml::to_string(&tree).map_err(io::Error::other)?;
            write!(desk.paper, "{text}")?;
        }
        (Shown { defaults: true, .. }, rows) => {
            let line = |row: &SettingRow| [Cell::from(&*row.key), (&*row.default).into()];
            let lines: Vec<_> = rows.iter().map(line).collect();
            table(desk.paper, ["KEY", "DEFAULT"], &lines)?;
        }
        (_, [one]) if keys.len() == 1 => explained(desk.paper, one)?,
        (_, rows) => listed(desk.paper, rows)?,
    }
    Ok(())
}

/// Leaves the rows that are meant.
fn narrow(rows: &mut Vec<SettingRow>, keys: &[String]) -> Result<(), Failure> {
    let below = |row: &SettingRow, of: &str| {
        let rest = row.key.strip_prefix(of);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    // The words of the file are understood too.
    let keys: Vec<String> = keys
        .iter()
        .map(|key| {
            let known = Key::parse_in(Table::Settings, key);
            known.map_or_else(|_| key.clone(), |key| key.to_string())
        })
        .collect();
    for key in &keys {
        if rows.iter().any(|row| below(row, key)) {
            continue;
        }
        let mut near: Vec<&str> = rows.iter().map(|row| &*row.key).collect();
        near.extend(rows.iter().filter_map(|row| row.key.split('.').next()));
        let hint = suggest::hint(key, near).map(|hint| format!("; {hint}"));
        // A section of the file of which nothing is set, as `networks`, is no slip.
        if Branch::parse_in(Table::Settings, key).is_err() {
            let what = format!("there is no setting `{key}`{}", hint.unwrap_or_default());
            return Err(Failure::Refused(what));
        }
    }
    if !keys.is_empty() {
        rows.retain(|row| keys.iter().any(|key| below(row, key)));
    }
    Ok(())
}

/// A line each; below them what the servers do not follow.
fn listed(paper: &mut Paper<'_>, rows: &[SettingRow]) -> io::Result<()> {
    let line = |row: &SettingRow| {
        let (from, hue) = if row.set {
            ("muster.conf", None)
        } else {
            ("default", Some(Hue::Faint))
        };
        [
            Cell::from(&*row.key),
            Cell::hued(from, hue),
            (&*row.value).into(),
        ]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    table(paper, ["KEY", "FROM", "VALUE"], &lines)?;
    for row in rows {
        if let Some(running) = &row.running {
            let text = format!(
                "{}: the servers run with {} ({})",
                row.key,
                text::sanitise(running),
                row.effect
            );
            writeln!(paper, "{}", paper.paint(Some(Hue::Moving), &text))?;
        }
    }
    Ok(())
}

/// Everything that is known of one.
fn explained(paper: &mut Paper<'_>, row: &SettingRow) -> io::Result<()> {
    writeln!(paper, "{} = {}", row.key, text::sanitise(&row.value))?;
    let mut line = |word: &str, what: &str| {
        let word = paper.paint(Some(Hue::Faint), &text::pad(word, 8));
        writeln!(paper, "  {word} {}", text::sanitise(what))
    };
    line("what", &row.doc)?;
    line("values", &row.kind)?;
    match row.line {
        Some(at) => line("from", &format!("muster.conf, line {at}"))?,
        None => line("from", "default")?,
    }
    if row.set && !row.default.is_empty() {
        line("default", &row.default)?;
    }
    line("effect", &row.effect)?;
    if let Some(running) = &row.running {
        line("running", &format!("the servers run with {running}"))?;
    }
    if let Some(last) = &row.last {
        line("set", &format!("by {} in r{}", last.by, last.revision))?;
    }
    let faults: Vec<Arc<str>> = row.faults.iter().map(|f| f.to_string().into()).collect();
    faults.iter().try_for_each(|fault| line("fault", fault))
}
