//! Events as rows, newest kept.

use std::sync::Arc;

use crate::api::EventRow;
use crate::fleet::{BootId, Event, What, Who};
use crate::kit::Ring;
use crate::model::{Level, NodeId, View};

/// How many rows are kept in memory.
const KEPT: usize = 20_000;

/// The newest events of everything.
#[derive(Debug)]
pub struct Timeline {
    rows: Ring<EventRow>,
    next: u64,
}

/// Which events; none of a member = all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of this node, or whoever they are listed under.
    pub name: Option<&'a str>,
    /// Of this boot.
    pub boot: Option<BootId>,
    /// Older than this sequence number.
    pub before: Option<u64>,
    /// Of this level and above.
    pub level: Option<Level>,
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
            (Who::Server, What::Change { by, .. } | What::Overlay { by, .. }) => (by.clone(), None),
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
    pub fn newest(&self, wanted: &Wanted<'_>, limit: usize) -> Vec<EventRow> {
        let fits = |row: &&EventRow| {
            wanted.before.is_none_or(|seq| row.seq < seq)
                && wanted.name.is_none_or(|name| *row.who == *name)
                && wanted.boot.is_none_or(|boot| row.boot == Some(boot))
                && wanted.level.is_none_or(|level| row.level >= level)
        };
        self.rows
            .iter()
            .rev()
            .filter(fits)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The last `limit` rows that are more than packets, and of the packets between them the last `limit`; oldest first.
    pub fn tail(&self, limit: usize) -> Vec<EventRow> {
        let (mut news, mut packets) = (0, 0);
        let rows = self.rows.iter().rev().take_while(|row| {
            news += usize::from(row.level > Level::Debug);
            news <= limit
        });
        let kept = rows.filter(|row| {
            packets += usize::from(row.level == Level::Debug);
            row.level > Level::Debug || packets <= limit
        });
        let mut rows: Vec<EventRow> = kept.cloned().collect();
        rows.reverse();
        rows
    }
}
