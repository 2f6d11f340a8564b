//! The command line that does what a form does, for scripts and runbooks.

use std::sync::Arc;

use super::subject::Subject;
use crate::kit::hostlist;
use crate::model::field;
use crate::model::{Edit, Key, Table, Value};

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:,=@%+-~[]".contains(c);
    // Brackets are a pattern of files to a shell.
    if !word.is_empty() && word.chars().all(plain) && !word.contains(['[', ']', '~']) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A value in one word; none of free YAML, and of what is masked.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if **text == *field::MASK || text.contains('\n') => None,
        Value::Text(text) => Some(text.to_string()),
        Value::List(items) => Some(items.join(",")),
        Value::Yaml(_) => None,
    }
}

/// The flags that name the sections that a key is in, outermost first, with their names.
fn scopes(key: &Key) -> Vec<(&'static str, Arc<str>)> {
    let path = field::of_node(key.field).map_or(&[][..], |row| row.path);
    let flags: &[&str] = match path.first().copied() {
        Some("network devices") => &["netname"],
        Some("disks") => &["diskname", "partname"],
        Some("filesystems") => &["fsname"],
        _ => &[],
    };
    flags
        .iter()
        .copied()
        .zip(key.names.iter().cloned())
        .collect()
}

/// The command that gives these entries a value under a key, or takes it from them; none where no flag does.
#[must_use]
pub fn command(subject: &Subject, key: &str, value: Option<&Value>) -> Option<String> {
    let verb = if value.is_some() { "set" } else { "unset" };
    let text = value.map(word);
    if matches!(text, Some(None)) {
        return None;
    }
    let text = text.flatten();
    if subject.table == Table::Settings {
        let what = match text {
            Some(text) => quoted(&format!("{key}={text}")),
            None => quoted(key),
        };
        return Some(format!("muster config {verb} {what}"));
    }
    let key = Key::parse(key).ok()?;
    let row = field::of_node(key.field).filter(|row| !row.flag.is_empty())?;
    let mut words = vec![
        "muster".to_owned(),
        subject.table.one().to_owned(),
        verb.to_owned(),
        quoted(&hostlist::compress(&subject.names)),
    ];
    for (flag, name) in scopes(&key) {
        words.push(format!("--{flag}"));
        words.push(quoted(&name));
    }
    // Tags are flags of their own: set as NAME=VALUE, unset by their name.
    let tag = key.names.last().filter(|_| row.id.ends_with("tags"));
    match (tag, text) {
        (Some(tag), Some(text)) => {
            words.push(format!("--{}", row.flag));
            words.push(quoted(&format!("{tag}={text}")));
        }
        (Some(tag), None) => {
            words.push(format!("--{}", row.flag.trim_end_matches("add")));
            words.push(quoted(tag));
        }
        (None, Some(text)) => words.push(format!("--{}={}", row.flag, quoted(&text))),
        (None, None) => words.push(format!("--{}", row.flag)),
    }
    Some(words.join(" "))
}

/// The command that makes these edits; none when they are not one value for all.
#[must_use]
pub fn commanded(edits: &[Edit]) -> Option<String> {
    let first = edits.first()?;
    let said = |edit: &Edit| match edit {
        Edit::Set { key, value, .. } => Some((key.clone(), Some(value.clone()))),
        Edit::Unset { key, .. } => Some((key.clone(), None)),
        _ => None,
    };
    let (key, value) = said(first)?;
    let same = |edit: &Edit| said(edit).as_ref() == Some(&(key.clone(), value.clone()));
    if !edits.iter().all(same) {
        return None;
    }
    let subject = Subject {
        table: first.place().table,
        names: edits.iter().map(|edit| edit.place().name.clone()).collect(),
    };
    command(&subject, &key, value.as_ref())
}
