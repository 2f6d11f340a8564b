//! `muster help`: what verbs and fields are about.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::args::Args;
use super::desk::Desk;
use super::entry::several;
use super::failure::Failure;
use super::paper::{Hue, Paper};
use super::table::{Cell, table};
use crate::api::{Command, MergedRow, Reply};
use crate::kit::{hostlist, suggest, text};
use crate::model::field::{self, Field, Kind, NODE, Owner, SERVER};
use crate::model::{Key, Table};

/// Explains verbs, a field (`field NAME`), or lists all fields (`fields`).
///
/// # Errors
/// What is neither; whatever writing gives.
pub fn help(desk: &mut Desk<'_, '_>, topic: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = topic.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fields"] => Ok(fields(desk.paper)?),
        ["field", name] => field(desk, name),
        ["field"] => Err(Failure::Usage(
            "say which: `muster help field kernel.args`; `muster help fields` lists them".into(),
        )),
        verbs => verb(desk.paper, verbs),
    }
}

/// The help of a verb, as `--help` gives it.
fn verb(paper: &mut Paper<'_>, words: &[&str]) -> Result<(), Failure> {
    let mut command = Args::tree();
    command.build();
    let mut at = &mut command;
    for word in words {
        let known: Vec<String> = at
            .get_subcommands()
            .map(|inner| inner.get_name().to_owned())
            .collect();
        let Some(inner) = at.find_subcommand_mut(word) else {
            let hint = suggest::hint(
                word,
                known.iter().map(String::as_str).chain(["field", "fields"]),
            );
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            return Err(Failure::Usage(format!("there is no verb `{word}`{hint}")));
        };
        at = inner;
    }
    let text = at.render_long_help().to_string();
    Ok(write!(paper, "{text}")?)
}

fn fields(paper: &mut Paper<'_>) -> io::Result<()> {
    let line = |row: &Field| {
        let flag = if row.flag.is_empty() {
            String::new()
        } else {
            format!("--{}", row.flag)
        };
        [
            Cell::from(shape(row)),
            flag.into(),
            row.kind.word().into(),
            Cell::from(format!(
                "{}{}",
                row.doc,
                if row.acted_on {
                    ""
                } else {
                    " (not acted on yet)"
                }
            )),
        ]
    };
    let header = ["FIELD", "FLAG", "VALUES", "WHAT"];
    writeln!(paper, "Nodes and profiles:")?;
    table(paper, header, &NODE.iter().map(line).collect::<Vec<_>>())?;
    writeln!(paper, "\nThe server:")?;
    table(paper, header, &SERVER.iter().map(line).collect::<Vec<_>>())
}

/// The dotted key of a field, with NAME for names.
fn shape(row: &Field) -> String {
    let names = vec![Arc::from("NAME"); row.names()];
    Key {
        field: row.id,
        names,
    }
    .to_string()
}

/// The field that a person means: by its id, key, flag, label, or way through the file.
fn meant(name: &str) -> Option<&'static Field> {
    let lower = name.trim_start_matches('-').to_lowercase();
    let named = |row: &&Field| {
        row.id == name
            || row.flag == lower
            || row.label.to_lowercase() == lower
            || shape(row) == name
    };
    let of_table = |table: &'static [Field]| table.iter().find(named);
    let by_key = || {
        Key::parse(name)
            .ok()
            .and_then(|key| field::of_node(key.field))
    };
    let last = || {
        NODE.iter()
            .chain(SERVER)
            .find(|row| row.path.iter().rev().find(|step| **step != "*") == Some(&&*lower))
    };
    of_table(NODE)
        .or_else(by_key)
        .or_else(|| of_table(SERVER))
        .or_else(last)
}

fn field(desk: &mut Desk<'_, '_>, name: &str) -> Result<(), Failure> {
    let Some(row) = meant(name) else {
        let known = NODE.iter().chain(SERVER).flat_map(|row| [row.id, row.flag]);
        let hint = suggest::hint(name, known.filter(|word| !word.is_empty()));
        let hint = hint.unwrap_or_else(|| "`muster help fields` lists them".into());
        return Err(Failure::Usage(format!(
            "there is no field `{name}`; {hint}"
        )));
    };
    explain(desk.paper, row)?;
    if row.owner != Owner::Server {
        return Ok(users(desk, row)?);
    }
    let Ok(Reply::Settings(rows)) = desk.ask(Command::Settings) else {
        return Ok(());
    };
    for setting in rows
        .iter()
        .filter(|setting| Key::plain(row.id).to_string() == *setting.key || *setting.key == *row.id)
    {
        let from = if setting.set {
            "muster.conf"
        } else {
            "default"
        };
        line(desk.paper, "now", &format!("{} ({from})", setting.value))?;
    }
    Ok(())
}

fn explain(paper: &mut Paper<'_>, row: &Field) -> io::Result<()> {
    let title = format!(
        "{}  {}",
        shape(row),
        paper.paint(Some(Hue::Faint), row.label)
    );
    writeln!(paper, "{title}\n  {}", row.doc)?;
    line(paper, "values", &row.kind.word())?;
    if !row.words().is_empty() && !matches!(row.kind, Kind::Choice(_) | Kind::Bool | Kind::Switch) {
        line(paper, "as", &row.words().join(", "))?;
    }
    let (file, whose) = match row.owner {
        Owner::Node => ("nodes.conf", "nodes"),
        Owner::Any => ("nodes.conf", "nodes and profiles"),
        Owner::Server => ("muster.conf", "the server"),
    };
    line(paper, "of", whose)?;
    line(paper, "file", &format!("{} ({file})", row.place()))?;
    if !row.flag.is_empty() {
        let short = row
            .short
            .map(|letter| format!(", -{letter}"))
            .unwrap_or_default();
        line(paper, "flag", &format!("--{}{short}", row.flag))?;
    }
    if !row.default.is_empty() {
        line(paper, "default", row.default)?;
    }
    line(paper, "effect", row.effect.word())?;
    if row.owner == Owner::Any {
        let inherited = match (row.inherited, row.kind.is_list()) {
            (false, _) => "no: it is about the entry itself",
            (true, true) => "yes: the lists of all layers follow each other",
            (true, false) => "yes: the uppermost layer that says something wins",
        };
        line(paper, "inherited", inherited)?;
    }
    if let Some(more) = several(row) {
        line(paper, "several", more)?;
    }
    if row.secret {
        line(
            paper,
            "secret",
            "masked unless --secrets is given; `-` as value asks for it, or reads a line of standard input",
        )?;
    }
    if !row.acted_on {
        line(paper, "note", "not acted on yet")?;
    }
    Ok(())
}

fn line(paper: &mut Paper<'_>, word: &str, what: &str) -> io::Result<()> {
    let word = paper.paint(Some(Hue::Faint), &text::pad(word, 10));
    writeln!(paper, "  {word} {}", text::sanitise(what))
}

/// How many values are told of one field.
const TOLD: usize = 12;

/// Where a field is set, and on whom that comes out. Without an engine the rest has been told.
fn users(desk: &mut Desk<'_, '_>, row: &Field) -> io::Result<()> {
    let names = vec![Arc::from("*"); row.names()];
    let command = Command::Merged {
        table: Table::Nodes,
        names: None,
        keys: vec![
            Key {
                field: row.id,
                names,
            }
            .to_string()
            .into(),
        ],
        sources: true,
        secrets: false,
    };
    let Ok(Reply::Merged(nodes)) = desk.ask(command) else {
        return Ok(());
    };
    let groups = grouped(&nodes);
    for ((key, source, value), nodes) in groups.iter().take(TOLD) {
        let names: Vec<&str> = nodes.iter().map(|node| &*node.name).collect();
        let key = if row.names() > 0 {
            format!("{key} = ")
        } else {
            String::new()
        };
        let value = text::clip(&text::sanitise(value), 60);
        line(
            desk.paper,
            "set",
            &format!(
                "{key}{value}  ({source})  on {}",
                text::clip(&hostlist::compress(&names), 60)
            ),
        )?;
    }
    if groups.len() > TOLD {
        let more = groups.len() - TOLD;
        line(
            desk.paper,
            "set",
            &format!("… and {more} more; `muster node list --fields {}`", row.id),
        )?;
    }
    if groups.is_empty() {
        line(desk.paper, "set", "nowhere")?;
    }
    Ok(())
}

/// A key, where its value comes from, and the value as text.
type Told = (Arc<str>, Arc<str>, String);

/// The nodes on which the same comes out, most of them first.
fn grouped(nodes: &[MergedRow]) -> Vec<(Told, Vec<&MergedRow>)> {
    let mut groups: BTreeMap<Told, Vec<&MergedRow>> = BTreeMap::new();
    for node in nodes {
        for value in &node.values {
            let told = (
                value.key.clone(),
                value.source.clone(),
                value.value.to_string(),
            );
            groups.entry(told).or_default().push(node);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, nodes)| std::cmp::Reverse(nodes.len()));
    groups
}
