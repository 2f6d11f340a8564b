//! Boots of all nodes, newest kept.

use std::collections::BTreeMap;

use crate::api::BootRow;
use crate::fleet::{BootId, Ended};
use crate::kit::Stamp;

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

    /// Ends the boots under way of nodes that `gone` names; gives them.
    pub fn close(&mut self, gone: impl Fn(&str) -> bool, now: Stamp) -> Vec<BootRow> {
        let open = self.rows.values_mut().filter(|row| row.ended.is_none());
        let closed = open.filter(|row| gone(&row.node)).map(|row| {
            row.ended = Some((now, Ended::Superseded));
            row.clone()
        });
        closed.collect()
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
