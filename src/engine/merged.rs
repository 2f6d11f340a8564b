//! Nodes and profiles with everything that they inherit.

use std::collections::HashSet;
use std::sync::Arc;

use super::engine::Engine;
use crate::api::{Command, EntryRow, MergedRow, Refusal, Reply, ValueRow};
use crate::kit::{glob, hostlist, suggest};
use crate::model::{Given, Key, Node, Source, Table, Value, field};
use crate::registry::{Registry, Standing};

/// What of each entry is asked for.
struct Wanted<'a> {
    /// Patterns of dotted keys; none = all.
    keys: &'a [Arc<str>],
    /// Whether to say where values come from.
    sources: bool,
    /// Whether secrets are shown.
    secrets: bool,
}

impl Engine {
    /// Answers [`Command::Merged`].
    pub(super) fn merged(&self, command: &Command) -> Reply {
        let Command::Merged {
            table,
            names,
            keys,
            sources,
            secrets,
        } = command
        else {
            return refused("this is answered elsewhere".into(), None);
        };
        let wanted = &Wanted {
            keys,
            sources: *sources,
            secrets: *secrets,
        };
        let table = *table;
        let meant = match self.meant(table, names.as_deref()) {
            Ok(meant) => meant,
            Err(refusal) => return Reply::Refused(refusal),
        };
        let meant = |name: &&Arc<str>| meant.as_ref().is_none_or(|names| names.contains(&***name));
        let row = |name: &Arc<str>| MergedRow {
            name: name.clone(),
            values: match table {
                Table::Nodes => self
                    .view
                    .by_name(name)
                    .map(|node| self.of_node(node, wanted))
                    .unwrap_or_default(),
                Table::Profiles => self.of_profile(name, wanted),
                Table::Settings => Vec::new(),
            },
        };
        let rows = match table {
            Table::Nodes => {
                let names = self.view.nodes.iter().map(|node| &node.name);
                names.filter(meant).map(row).collect()
            }
            Table::Profiles => {
                let names = self.view.profiles.keys();
                names.filter(meant).map(row).collect()
            }
            Table::Settings => Vec::new(),
        };
        Reply::Merged(rows)
    }

    /// The names of a hostlist, each of which there is; none of none, which means all.
    ///
    /// # Errors
    /// A list that makes no sense, a name that is nobody's.
    pub(super) fn meant(
        &self,
        table: Table,
        names: Option<&str>,
    ) -> Result<Option<HashSet<String>>, Refusal> {
        let Some(names) = names else { return Ok(None) };
        let names = hostlist::expand(names).map_err(|error| Refusal {
            what: format!("the list of names is not understood: {error}").into(),
            fix: None,
        })?;
        let known: HashSet<&str> = match table {
            Table::Nodes => self.view.nodes.iter().map(|node| &*node.name).collect(),
            Table::Profiles => self.view.profiles.keys().map(|name| &**name).collect(),
            Table::Settings => HashSet::new(),
        };
        match names.iter().find(|name| !known.contains(name.as_str())) {
            Some(strange) => Err(Refusal {
                what: format!("there is no {} `{strange}`", table.one()).into(),
                fix: suggest::hint(strange, known).map(Into::into),
            }),
            None => Ok(Some(names.into_iter().collect())),
        }
    }

    fn of_node(&self, node: &Node, wanted: &Wanted<'_>) -> Vec<ValueRow> {
        let rows = node.values.iter().filter_map(|(key, value)| {
            let text = wanted.key(key)?;
            let given = wanted
                .sources
                .then(|| self.registry.given(&node.name, key))
                .flatten();
            Some((key, wanted.row(key, text, value, given.as_ref())))
        });
        in_order(rows)
    }

    fn of_profile(&self, name: &str, wanted: &Wanted<'_>) -> Vec<ValueRow> {
        let all = self.registry.effective(name);
        let rows = all.iter().filter_map(|(key, given)| {
            let text = wanted.key(key)?;
            let row = wanted.row(
                key,
                text,
                &given.value,
                Some(given).filter(|_| wanted.sources),
            );
            Some((key, row))
        });
        in_order(rows)
    }
}

impl Wanted<'_> {
    /// The text of a key that is asked for.
    fn key(&self, key: &Key) -> Option<String> {
        let text = key.to_string();
        let fits = |pattern: &Arc<str>| glob::matches(pattern, &text);
        (self.keys.is_empty() || self.keys.iter().any(fits)).then_some(text)
    }

    fn row(&self, key: &Key, text: String, value: &Value, given: Option<&Given>) -> ValueRow {
        let secret = !self.secrets && field::of_node(key.field).is_some_and(|row| row.secret);
        let shown = |value: &Value| -> Arc<str> {
            if secret {
                field::MASK.into()
            } else {
                value.to_string().into()
            }
        };
        let layer = |source: &Source| -> Arc<str> { source.to_string().into() };
        ValueRow {
            key: text.into(),
            value: if secret {
                Value::Text(field::MASK.into())
            } else {
                value.clone()
            },
            source: given.map_or_else(Arc::default, |given| layer(&given.source)),
            hides: given
                .map_or(&[][..], |given| &given.shadows)
                .iter()
                .map(|(from, value)| (layer(from), shown(value)))
                .collect(),
        }
    }
}

/// Answers [`Command::Read`].
pub(super) fn read(text: &str) -> Reply {
    match Registry::read(text, "the text") {
        Ok(rows) => Reply::Entries(
            rows.into_iter()
                .map(|(table, row)| entry(table, row))
                .collect(),
        ),
        Err(faults) => Reply::Faulty(faults),
    }
}

/// An entry as clients get it.
pub(super) fn entry(table: Table, row: Standing) -> EntryRow {
    let value = |(key, value): (Key, Value)| (key.to_string().into(), value);
    EntryRow {
        table,
        name: row.name,
        line: row.line,
        text: row.text.into(),
        values: row.values.into_iter().map(value).collect(),
    }
}

/// Rows in the order of the field table; of one field in the order of their names.
fn in_order<'k>(rows: impl Iterator<Item = (&'k Key, ValueRow)>) -> Vec<ValueRow> {
    let place = |key: &Key| {
        field::NODE
            .iter()
            .position(|row| row.id == key.field)
            .unwrap_or(usize::MAX)
    };
    let mut rows: Vec<_> = rows.map(|(key, row)| (place(key), key, row)).collect();
    rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    rows.into_iter().map(|(.., row)| row).collect()
}

fn refused(what: String, fix: Option<String>) -> Reply {
    Reply::Refused(Refusal {
        what: what.into(),
        fix: fix.map(Arc::from),
    })
}
