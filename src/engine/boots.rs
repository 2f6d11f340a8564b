//! Boots of all nodes, newest kept.

use std::collections::BTreeMap;

use crate::api::BootRow;
use crate::fleet::BootId;

/// How many boots are kept in memory.
const KEPT: usize = 20_000;

/// The newest boots, by id. Ids count up, so the order is that of their beginnings.
#[derive(Debug, Default)]
pub struct Boots {
    rows: BTreeMap<BootId, BootRow>,
}

impl Boots {
    /// Takes in a boot, in place of an earlier record of it.
    pub fn keep(&mut self, row: BootRow) {
        self.rows.insert(row.id, row);
        while self.rows.len() > KEPT {
            self.rows.pop_first();
        }
    }

    /// The newest `limit` of a node, or of all, newest first.
    pub fn newest(&self, name: Option<&str>, limit: usize) -> Vec<BootRow> {
        let fits = |row: &&BootRow| name.is_none_or(|name| *row.node == *name);
        self.rows
            .values()
            .rev()
            .filter(fits)
            .take(limit)
            .cloned()
            .collect()
    }
}
