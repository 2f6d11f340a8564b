//! Entries as they stand in the file, for whoever edits or exports them.

use std::collections::HashSet;
use std::sync::Arc;

use super::edit;
use super::held::Held;
use super::intern::Interner;
use super::layout::Layout;
use super::load::Registry;
use crate::model::{Fault, Key, Level, Place, Table, Value, field};

/// An entry as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its name.
    pub name: Arc<str>,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// Its lines below the name with their comments, moved to the left.
    pub text: String,
    /// Its own values, in the order of the field table.
    pub values: Vec<(Key, Value)>,
}

impl Registry {
    /// The entry's own value under a dotted key.
    #[must_use]
    pub fn own(&self, place: &Place, key: &str) -> Option<Value> {
        let key = Key::parse_in(place.table, key).ok()?;
        let value = self.held.entry(place)?.values.get(&key)?;
        Some(value.as_ref().clone())
    }

    /// Names of a table in the order of the file, those of entries that could not be taken too.
    #[must_use]
    pub fn names(&self, table: Table) -> Vec<Arc<str>> {
        if table == Table::Settings {
            return vec![Place::settings().name];
        }
        let layout = self.held.layout.iter().flat_map(|layout| &layout.sections);
        let mine = layout.filter(|section| section.table == table);
        mine.flat_map(|section| section.slots.iter().map(|slot| slot.name.clone()))
            .collect()
    }

    /// Entries of `text`, which is that of the last load; `wanted` says which. Secrets are masked unless `secrets`.
    ///
    /// # Errors
    /// When the text was not read.
    pub fn standing(
        &self,
        text: &str,
        table: Table,
        wanted: impl Fn(&str) -> bool,
        secrets: bool,
    ) -> Result<Vec<Standing>, Fault> {
        if table == Table::Settings {
            let place = Place::settings();
            return Ok(vec![Standing {
                values: values(&self.held, &place, secrets),
                name: place.name,
                line: 1,
                text: text.to_owned(),
            }]);
        }
        let layout = self.layout(text)?;
        Ok(standing(&self.held, &layout, text, table, wanted, secrets))
    }

    /// Entries of a text in the form of `nodes.conf` that is put nowhere; `file` names it in faults. Of entries that stand in
    /// braces there are only the values.
    ///
    /// # Errors
    /// Every error in it.
    pub fn read(text: &str, file: &str) -> Result<Vec<(Table, Standing)>, Vec<Fault>> {
        let mut interner = Interner::default();
        let mut held = Held::default().reading(Some(text), &file.into(), &mut interner);
        let faults = std::mem::take(&mut held.findings).finish();
        let errors: Vec<Fault> = (faults.into_iter())
            .filter(|fault| fault.level == Level::Error)
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let layout = held.layout.clone().unwrap_or_default();
        let mut rows = Vec::new();
        for table in [Table::Nodes, Table::Profiles] {
            let mut all = standing(&held, &layout, text, table, |_| true, true);
            let told: HashSet<Arc<str>> = all.iter().map(|row| row.name.clone()).collect();
            for (name, entry) in held.table(table) {
                if !told.contains(name) {
                    let place = Place {
                        table,
                        name: name.clone(),
                    };
                    all.push(Standing {
                        name: name.clone(),
                        line: entry.at.line,
                        text: String::new(),
                        values: values(&held, &place, true),
                    });
                }
            }
            rows.extend(all.into_iter().map(|row| (table, row)));
        }
        Ok(rows)
    }
}

/// Entries of a table as they stand in a text that is held.
fn standing(
    held: &Held,
    layout: &Layout,
    text: &str,
    table: Table,
    wanted: impl Fn(&str) -> bool,
    secrets: bool,
) -> Vec<Standing> {
    let ruled = edit::lines::Ruled::new(text);
    let mut rows = Vec::new();
    let sections = layout.sections.iter();
    for section in sections.filter(|section| section.table == table) {
        for slot in section.slots.iter().filter(|slot| wanted(&slot.name)) {
            let lines = &text[ruled.start(slot.first)..ruled.start(slot.end)];
            let place = Place {
                table,
                name: slot.name.clone(),
            };
            rows.push(Standing {
                name: slot.name.clone(),
                line: u32::try_from(slot.first + 1).unwrap_or(u32::MAX),
                text: edit::body(lines, if secrets { None } else { Some(field::MASK) }),
                values: values(held, &place, secrets),
            });
        }
    }
    rows
}

fn values(held: &Held, place: &Place, secrets: bool) -> Vec<(Key, Value)> {
    let rows = field::rows(place.table);
    let order = |key: &Key| rows.iter().position(|field| field.id == key.field);
    let own = held.entry(place).map(|entry| entry.values.clone());
    let own = own.unwrap_or_default();
    let mut values: Vec<(Key, Value)> = own
        .iter()
        .map(|(key, value)| {
            let hidden =
                !secrets && field::of(place.table, key.field).is_some_and(|row| row.secret);
            let value = if hidden {
                Value::Text(field::MASK.into())
            } else {
                value.as_ref().clone()
            };
            (key.clone(), value)
        })
        .collect();
    values.sort_by_key(|(key, _)| order(key));
    values
}
