//! Events as rows, newest kept.

use std::sync::Arc;

use crate::api::EventRow;
use crate::fleet::{BootId, Event, What, Who};
use crate::kit::Ring;
use crate::model::{NodeId, View};

/// How many rows are kept in memory.
const KEPT: usize = 20_000;

/// The newest events of everything.
#[derive(Debug)]
pub struct Timeline {
    rows: Ring<EventRow>,
    next: u64,
}

impl Timeline {
    /// Nothing happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rows: Ring::new(KEPT),
            next: 1,
        }
    }

    /// Takes in rows of earlier runs, oldest first. Their node numbers belong to those runs and are looked up anew.
    pub fn restore(&mut self, rows: Vec<EventRow>, view: &View) {
        for mut row in rows {
            row.node = view.by_name(&row.who).map(|node| node.id);
            self.next = self.next.max(row.seq + 1);
            self.rows.push(row);
        }
    }

    /// Adds an event, in the words of `text`, and gives its row.
    pub fn add(&mut self, event: &Event, text: String, view: &View) -> EventRow {
        let (who, node): (Arc<str>, Option<NodeId>) = match (&event.who, &event.what) {
            (Who::Node(id), _) => (
                view.node(*id)
                    .map_or_else(|| "?".into(), |node| node.name.clone()),
                Some(*id),
            ),
            (Who::Stranger(mac), _) => (mac.to_string().into(), None),
            (Who::Server, What::Change { by, .. }) => (by.clone(), None),
            (Who::Server, _) => ("server".into(), None),
        };
        let row = EventRow {
            seq: self.next,
            at: event.at,
            who,
            node,
            boot: event.boot,
            kind: event.kind().into(),
            level: event.level(),
            text: text.into(),
        };
        self.next += 1;
        self.rows.push(row.clone());
        row
    }

    /// The newest `limit` rows that fit, newest first.
    pub fn newest(
        &self,
        name: Option<&str>,
        boot: Option<BootId>,
        before: Option<u64>,
        limit: usize,
    ) -> Vec<EventRow> {
        let fits = |row: &&EventRow| {
            before.is_none_or(|seq| row.seq < seq)
                && name.is_none_or(|name| *row.who == *name)
                && boot.is_none_or(|boot| row.boot == Some(boot))
        };
        self.rows
            .iter()
            .rev()
            .filter(fits)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The last `limit` rows, oldest first.
    pub fn tail(&self, limit: usize) -> Vec<EventRow> {
        let skip = self.rows.len().saturating_sub(limit);
        self.rows.iter().skip(skip).cloned().collect()
    }
}
