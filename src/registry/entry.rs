//! What one entry of a file says, before anything is inherited.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intern::Interner;
use super::tree::Mark;
use crate::model::{Key, Keyed, Value, Values};

/// Entries by name.
pub(super) type Entries = BTreeMap<Arc<str>, Arc<Entry>>;

/// A node's, a profile's or the server's own values, with their places.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub name: Arc<str>,
    pub at: Mark,
    pub values: Values,
    /// Place of each value, in the order of `values`; its line counts from that of the entry.
    marks: Arc<[Mark]>,
}

impl Entry {
    /// Sorts what was read. Equal keys were reported before; the first one stays.
    pub(super) fn new(
        name: Arc<str>,
        at: Mark,
        mut read: Vec<(Key, Arc<Value>, Mark)>,
        interner: &mut Interner,
    ) -> Self {
        read.sort_by(|a, b| a.0.cmp(&b.0));
        read.dedup_by(|later, first| later.0 == first.0);
        let mut keys = Vec::with_capacity(read.len());
        let mut cells = Vec::with_capacity(read.len());
        let mut marks = Vec::with_capacity(read.len());
        for (key, value, mark) in read {
            keys.push(key);
            cells.push(value);
            let line = mark.line.saturating_sub(at.line);
            marks.push(Mark { line, ..mark });
        }
        Self {
            name,
            at,
            values: Keyed::shared(interner.shape(keys), cells.into()),
            marks: marks.into(),
        }
    }

    /// Shares the values of `last` if they are the same, so that a reload does not hold everything twice.
    pub(super) fn like(mut self, last: Option<&Arc<Self>>) -> Self {
        if let Some(last) = last.filter(|last| last.values == self.values) {
            self.values = last.values.clone();
        }
        self
    }

    /// The text under a plain key.
    pub(super) fn text(&self, field: &'static str) -> Option<&str> {
        self.values.get(&Key::plain(field)).and_then(|v| v.text())
    }

    /// The items under a plain key.
    pub(super) fn list(&self, field: &'static str) -> &[Arc<str>] {
        match self.values.get(&Key::plain(field)).map(AsRef::as_ref) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// Place of the value under `key`, else of the entry.
    pub(super) fn mark(&self, key: &Key) -> Mark {
        let at = self.values.keys().binary_search(key).ok();
        let mark = at.and_then(|at| self.marks.get(at)).copied();
        mark.map_or(self.at, |mark| Mark {
            line: mark.line.saturating_add(self.at.line),
            ..mark
        })
    }

    /// The same entry on another line.
    pub(super) fn moved(&self, line: u32) -> Self {
        let at = Mark { line, ..self.at };
        Self { at, ..self.clone() }
    }
}
