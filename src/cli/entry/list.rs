//! `list` and `show`: entries and their values as people and scripts read them.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::node;
use super::super::paper::Hue;
use super::super::table::{Cell, rows, table};
use super::super::targets::Targets;
use super::super::verb::strange;
use super::export::as_csv;
use super::verb::{Columns, Form, Whom};
use super::{compare, whom, yaml};
use crate::api::{Command, FieldRow, MergedRow, Reply, ValueRow};
use crate::kit::{glob, hostlist};
use crate::model::{Key, Table, Value, field};

/// Lists entries.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn list(
    desk: &mut Desk<'_, '_>,
    of: Table,
    meant: &Whom,
    columns: &Columns,
    form: Form,
    secrets: bool,
) -> Result<(), Failure> {
    if *columns == Columns::Usual && matches!(form, Form::Table | Form::Json) {
        return match of {
            Table::Nodes => {
                let targets = Targets::read(desk.engine, &meant.words)?;
                let mirror = desk.mirror()?;
                node::list(desk.paper, &mirror, &targets, form == Form::Json)
            }
            Table::Profiles | Table::Settings => profiles(desk, meant, form == Form::Json),
        };
    }
    let names = if meant.words.is_empty() {
        None
    } else {
        Some(whom::names(desk, of, meant)?)
    };
    let rows = values(desk, of, names.as_deref(), columns, secrets)?;
    match form {
        Form::Json => {
            let text = match columns {
                Columns::Sources => serde_json::to_string(&rows),
                _ => serde_json::to_string(&trees(&rows)),
            };
            writeln!(desk.paper, "{}", text.map_err(io::Error::other)?)?;
        }
        Form::Yaml => write!(
            desk.paper,
            "{}",
            serde_yaml::to_string(&trees(&rows)).map_err(io::Error::other)?
        )?,
        Form::Csv => {
            let value = |row: ValueRow| (row.key, row.value);
            let rows: Vec<_> = rows
                .into_iter()
                .map(|row| (row.name, row.values.into_iter().map(value).collect()))
                .collect();
            write!(desk.paper, "{}", as_csv(of, &rows))?;
        }
        Form::Table => match columns {
            Columns::Fields(fields) => side_by_side(desk, of, &rows, fields)?,
            columns => below_each_other(desk, of, &rows, columns)?,
        },
    }
    Ok(())
}

/// The values that are asked for.
fn values(
    desk: &Desk<'_, '_>,
    of: Table,
    names: Option<&[Arc<str>]>,
    columns: &Columns,
    secrets: bool,
) -> Result<Vec<MergedRow>, Failure> {
    let keys = match columns {
        Columns::Fields(fields) => patterns(fields)?,
        _ => Vec::new(),
    };
    if *columns != Columns::Own {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let rows = whom::in_full(
            desk,
            of,
            names,
            &keys,
            *columns == Columns::Sources,
            secrets,
        )?;
        if let Some(names) = names {
            whom::all_there(desk, of, names, rows.iter().map(|row| row.name.clone()))?;
        }
        return Ok(rows);
    }
    let rows = whom::entries(desk, of, names, secrets)?;
    if let Some(names) = names {
        whom::all_there(desk, of, names, rows.iter().map(|row| row.name.clone()))?;
    }
    let value = |(key, value)| ValueRow {
        key,
        value,
        source: Arc::default(),
        hides: Vec::new(),
    };
    let row = |row: crate::api::EntryRow| MergedRow {
        name: row.name,
        values: row.values.into_iter().map(value).collect(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Patterns of dotted keys. A field's id alone, as `net.ipaddr`, is meant of every device.
fn patterns(fields: &[String]) -> Result<Vec<String>, Failure> {
    let pattern = |text: &String| {
        if let Some(row) =
            field::of_node(text).or_else(|| field::NODE.iter().find(|row| row.flag == *text))
        {
            let names = vec![Arc::from("*"); row.names()];
            return Ok(Key {
                field: row.id,
                names,
            }
            .to_string());
        }
        match Key::parse(text) {
            Ok(key) => Ok(key.to_string()),
            Err(_) if glob::is_pattern(text) => Ok(text.clone()),
            Err(error) => Err(Failure::Usage(error.to_string())),
        }
    };
    fields.iter().map(pattern).collect()
}

fn trees(rows: &[MergedRow]) -> serde_yaml::Value {
    yaml::object(rows.iter().map(|row| {
        let values = row.values.iter().map(|row| (&row.key, &row.value));
        (row.name.clone(), yaml::tree(values))
    }))
}

/// A line for each value, under the name of its entry.
fn below_each_other(
    desk: &mut Desk<'_, '_>,
    of: Table,
    all: &[MergedRow],
    columns: &Columns,
) -> io::Result<()> {
    let title = of.one().to_uppercase();
    let mut lines: Vec<[Cell; 5]> = Vec::new();
    for row in all {
        for value in &row.values {
            let hides: Vec<String> = value
                .hides
                .iter()
                .map(|(from, text)| format!("{from}: {text}"))
                .collect();
            lines.push([
                Cell::from(&*row.name),
                (&*value.key).into(),
                value.value.to_string().into(),
                (&*value.source).into(),
                Cell::hued(hides.join("; "), Some(Hue::Faint)),
            ]);
        }
    }
    if *columns == Columns::Sources {
        return table(
            desk.paper,
            [&title, "FIELD", "VALUE", "FROM", "HIDES"],
            &lines,
        );
    }
    let lines: Vec<[Cell; 3]> = lines
        .into_iter()
        .map(|[name, key, value, ..]| [name, key, value])
        .collect();
    table(desk.paper, [&title, "FIELD", "VALUE"], &lines)
}

/// A line for each entry, a column for each key.
fn side_by_side(
    desk: &mut Desk<'_, '_>,
    of: Table,
    all: &[MergedRow],
    fields: &[String],
) -> Result<(), Failure> {
    let mut keys: Vec<Arc<str>> = Vec::new();
    for pattern in patterns(fields)? {
        let mut fit: Vec<&Arc<str>> = all
            .iter()
            .flat_map(|row| &row.values)
            .map(|row| &row.key)
            .filter(|key| glob::matches(&pattern, key))
            .collect();
        fit.sort_by(|a, b| crate::kit::natural::compare(a, b));
        fit.dedup();
        match fit.as_slice() {
            [] => keys.push(pattern.into()),
            fit => keys.extend(fit.iter().map(|key| Arc::clone(key))),
        }
    }
    let mut header = vec![of.one().to_uppercase()];
    header.extend(keys.iter().map(|key| key.to_uppercase()));
    let line = |row: &MergedRow| {
        let by_key: BTreeMap<&str, &Value> = row
            .values
            .iter()
            .map(|row| (&*row.key, &row.value))
            .collect();
        let cell = |key: &Arc<str>| Cell::from(by_key.get(&**key));
        std::iter::once(Cell::from(&*row.name))
            .chain(keys.iter().map(cell))
            .collect()
    };
    let lines: Vec<Vec<Cell>> = all.iter().map(line).collect();
    Ok(rows(desk.paper, &header, &lines)?)
}

/// Profiles, what they include, and who lists them.
fn profiles(desk: &mut Desk<'_, '_>, meant: &Whom, json: bool) -> Result<(), Failure> {
    let names = if meant.words.is_empty() {
        None
    } else {
        Some(whom::names(desk, Table::Profiles, meant)?)
    };
    let all = whom::merged(
        desk,
        Table::Profiles,
        names.as_deref(),
        &["profiles", "image", "comment"],
    )?;
    let nodes = desk.snapshot()?.nodes;
    let users = |name: &str| -> Vec<&str> {
        let lists = |profiles: &[Arc<str>]| profiles.iter().any(|profile| **profile == *name);
        nodes
            .iter()
            .filter(|row| lists(&row.profiles))
            .map(|row| &*row.name)
            .collect()
    };
    let value = |row: &MergedRow, key: &str| {
        row.values
            .iter()
            .find(|value| &*value.key == key)
            .map(|value| value.value.clone())
    };
    if json {
        let row = |row: &MergedRow| {
            serde_json::json!({
                "name": row.name, "profiles": value(row, "profiles").unwrap_or(Value::List(Vec::new())),
                "image": value(row, "image"), "comment": value(row, "comment"), "nodes": users(&row.name),
            })
        };
        let rows: Vec<_> = all.iter().map(row).collect();
        let text = serde_json::to_string(&rows).map_err(io::Error::other)?;
        return Ok(writeln!(desk.paper, "{text}")?);
    }
    let line = |row: &MergedRow| {
        let users = users(&row.name);
        [
            Cell::from(&*row.name),
            value(row, "profiles").into(),
            users.len().to_string().into(),
            value(row, "image").into(),
            value(row, "comment").into(),
        ]
    };
    let lines: Vec<_> = all.iter().map(line).collect();
    Ok(table(
        desk.paper,
        ["PROFILE", "INCLUDES", "NODES", "IMAGE", "COMMENT"],
        &lines,
    )?)
}

/// Prints every field of one entry.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn show(
    desk: &mut Desk<'_, '_>,
    of: Table,
    name: &str,
    json: bool,
    secrets: bool,
) -> Result<(), Failure> {
    let name: Arc<str> = name.into();
    let rows = |desk: &Desk<'_, '_>| {
        whom::in_full(
            desk,
            of,
            Some(std::slice::from_ref(&name)),
            &[],
            true,
            secrets,
        )
    };
    if of == Table::Nodes {
        let Reply::Node(mut detail) = desk.ask(Command::Node { name: name.clone() })? else {
            return Err(strange());
        };
        if secrets {
            let full = rows(desk)?;
            for row in full.iter().flat_map(|row| &row.values) {
                if let Some(field) = detail.fields.iter_mut().find(|field| field.key == row.key) {
                    field.value = row.value.to_string().into();
                    field.shadows.clone_from(&row.hides);
                }
            }
        }
        return Ok(node::show(desk.paper, &detail, json)?);
    }
    let full = rows(desk)?;
    let Some(row) = full.first() else {
        return Err(Failure::Refused(format!("there is no profile `{name}`")));
    };
    if json {
        let text = serde_json::to_string(row).map_err(io::Error::other)?;
        return Ok(writeln!(desk.paper, "{text}")?);
    }
    let fields: Vec<FieldRow> = row.values.iter().map(as_field).collect();
    node::fields(desk.paper, &fields)?;
    let nodes = desk.snapshot()?.nodes;
    let users: Vec<&str> = nodes
        .iter()
        .filter(|node| node.profiles.contains(&name))
        .map(|node| &*node.name)
        .collect();
    let users = if users.is_empty() {
        "no node".into()
    } else {
        hostlist::compress(&users)
    };
    writeln!(desk.paper, "listed by {users}")?;
    compare::conflicts_of(desk, &name)
}

fn as_field(row: &ValueRow) -> FieldRow {
    let field = Key::parse(&row.key)
        .ok()
        .and_then(|key| field::of_node(key.field));
    FieldRow {
        key: row.key.clone(),
        label: field.map_or("", |field| field.label).into(),
        doc: field.map_or("", |field| field.doc).into(),
        value: row.value.to_string().into(),
        source: row.source.clone(),
        shadows: row.hides.clone(),
        effect: field.map_or("", |field| field.effect.word()).into(),
    }
}
