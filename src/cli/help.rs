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
use crate::api::{Command, MergedRow, Reply, SettingRow};
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
        ["field", name @ ..] if !name.is_empty() => field(desk, &name.join(" ")),
        ["field", ..] => Err(Failure::Usage(
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
    writeln!(paper, "Nodes and profiles:")?;
    all(paper, NODE)?;
    writeln!(paper, "\nThe server:")?;
    all(paper, SERVER)
}

/// The narrowest line on which the table of all fields is one.
const WIDE: usize = 150;

/// Fields, a line each; on a narrow terminal two.
fn all(paper: &mut Paper<'_>, fields: &[Field]) -> io::Result<()> {
    let doc = |row: &Field| {
        let later = if row.acted_on {
            ""
        } else {
            " (not acted on yet)"
        };
        format!("{}{later}", row.doc)
    };
    let Some(width) = paper.width.filter(|width| *width < WIDE) else {
        let line = |row: &Field| {
            [
                Cell::from(shape(row)),
                flag(row).into(),
                row.kind.word().into(),
                doc(row).into(),
            ]
        };
        let lines: Vec<_> = fields.iter().map(line).collect();
        return table(paper, ["FIELD", "FLAG", "VALUES", "WHAT"], &lines);
    };
    for row in fields {
        let title = format!("{}  {}", shape(row), flag(row));
        writeln!(paper, "{}", title.trim_end())?;
        let text = format!("{}: {}", doc(row), row.kind.word());
        for line in text::wrap(&text, width.saturating_sub(4).max(20)) {
            writeln!(paper, "    {}", paper.paint(Some(Hue::Faint), &line))?;
        }
    }
    Ok(())
}

/// The flag of a field with its short form, if it has one.
fn flag(row: &Field) -> String {
    match (row.flag, row.short) {
        ("", _) => String::new(),
        (flag, None) => format!("--{flag}"),
        (flag, Some(short)) => format!("--{flag}, -{short}"),
    }
}

/// The dotted key of a field, with NAME for names.
pub fn shape(row: &Field) -> String {
    let names = vec![Arc::from("NAME"); row.names()];
    Key {
        field: row.id,
        names,
    }
    .to_string()
}

/// Who has a field.
pub const fn whose(row: &Field) -> &'static str {
    match row.owner {
        Owner::Node => "nodes",
        Owner::Any => "nodes and profiles",
        Owner::Server => "the server",
    }
}

/// The fields that a person means: by id, key, flag, label, or way through the file. A node and the server may both have one.
fn meant(name: &str) -> Vec<&'static Field> {
    let lower = name.trim_start_matches('-').to_lowercase();
    let all = || NODE.iter().chain(SERVER);
    let named = |row: &&Field| {
        row.id == name
            || row.flag == lower
            || row.aliases.contains(&&*lower)
            || row.label.to_lowercase() == lower
            || shape(row) == name
            || row.place() == name
    };
    let found: Vec<&Field> = all().filter(named).collect();
    if !found.is_empty() {
        return found;
    }
    let by_key = Key::parse(name).ok();
    if let Some(row) = by_key.and_then(|key| field::of_node(key.field)) {
        return vec![row];
    }
    let of_server = Key::parse_in(Table::Settings, name).ok();
    if let Some(row) = of_server.and_then(|key| field::of_server(key.field)) {
        return vec![row];
    }
    let last = |row: &&Field| row.path.iter().rev().find(|step| **step != "*") == Some(&&*lower);
    all().filter(last).collect()
}

fn field(desk: &mut Desk<'_, '_>, name: &str) -> Result<(), Failure> {
    let found = meant(name);
    for (at, row) in found.iter().enumerate() {
        if at > 0 {
            writeln!(desk.paper)?;
        }
        explained(desk, row)?;
    }
    if !found.is_empty() {
        return Ok(());
    }
    let known = NODE.iter().chain(SERVER).flat_map(|row| [row.id, row.flag]);
    let hint = suggest::hint(name, known.filter(|word| !word.is_empty()));
    let hint = hint.unwrap_or_else(|| "`muster help fields` lists them".into());
    Err(Failure::Usage(format!(
        "there is no field `{name}`; {hint}"
    )))
}

/// A field, and where it is set.
fn explained(desk: &mut Desk<'_, '_>, row: &Field) -> Result<(), Failure> {
    explain(desk.paper, row)?;
    if row.owner != Owner::Server {
        return Ok(users(desk, row)?);
    }
    let Ok(Reply::Settings(rows)) = desk.ask(Command::Settings) else {
        return Ok(());
    };
    let ours = |setting: &&SettingRow| {
        let key = Key::parse_in(Table::Settings, &setting.key);
        key.is_ok_and(|key| key.field == row.id)
    };
    for setting in rows.iter().filter(ours) {
        let from = match setting.line {
            Some(at) => format!("muster.conf, line {at}"),
            None => "default".into(),
        };
        let key = match row.names() {
            0 => String::new(),
            _ => format!("{} = ", setting.key),
        };
        line(
            desk.paper,
            "now",
            &format!("{key}{} ({from})", setting.value),
        )?;
        if let Some(running) = &setting.running {
            line(desk.paper, "running", running)?;
        }
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
    let file = match row.owner {
        Owner::Node | Owner::Any => "nodes.conf",
        Owner::Server => "muster.conf",
    };
    line(paper, "of", whose(row))?;
    line(paper, "file", &format!("{} ({file})", row.place()))?;
    if !row.flag.is_empty() {
        line(paper, "flag", &flag(row))?;
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
