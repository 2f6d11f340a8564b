//! Which nodes are shown, in which order, in which groups, and which need somebody. Made anew only when the mirror, the filter
//! or the order changed; drawing costs what is visible.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::column::Column;
use super::filter::Filter;
use crate::api::{Mirror, NodeRow};
use crate::fleet::{Condition, Stage, Status};
use crate::kit::{Stamp, natural};

/// What nodes are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Rack.
    #[default]
    Rack,
    /// First profile.
    Profile,
    /// Image.
    Image,
    /// Boot network.
    Network,
}

impl By {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rack => "rack",
            Self::Profile => "profile",
            Self::Image => "image",
            Self::Network => "network",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Rack, Self::Profile, Self::Image, Self::Network];
        all.into_iter().find(|by| by.word() == word)
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Rack => Self::Profile,
            Self::Profile => Self::Image,
            Self::Image => Self::Network,
            Self::Network => Self::Rack,
        }
    }

    fn of(self, row: &NodeRow) -> Arc<str> {
        static NONE: LazyLock<Arc<str>> = LazyLock::new(|| "—".into());
        let name = match self {
            Self::Rack => Some(&row.rack).filter(|rack| !rack.is_empty()),
            Self::Profile => row.profiles.first(),
            Self::Image => row.image.as_ref(),
            Self::Network => row.network.as_ref(),
        };
        name.unwrap_or(&NONE).clone()
    }
}

/// Nodes that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Arc<str>,
    /// Positions in the mirror's listing.
    pub nodes: Vec<u32>,
    /// Nodes per stage that are fine there.
    pub stages: [u32; 8],
    /// Nodes that failed.
    pub failed: u32,
    /// Nodes that stalled.
    pub stalled: u32,
}

impl Group {
    /// Nodes that are up.
    #[must_use]
    pub const fn up(&self) -> u32 {
        self.stages[Stage::Up as usize]
    }
}

/// What the index depends on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    /// The filter in force.
    pub filter: Filter,
    /// Grouping of the Board.
    pub by: By,
    /// Sort column of the list; none = listing order.
    pub sort: Option<Column>,
    /// Whether that order is reversed.
    pub reverse: bool,
}

/// The index.
#[derive(Debug, Default)]
pub struct Index {
    made_for: Option<(u64, Order)>,
    /// Positions that the filter shows, in the order of the list.
    pub shown: Vec<u32>,
    /// Groups of what the filter shows.
    pub groups: Vec<Group>,
    /// Every node that failed, then every one that stalled, newest first. The filter does not hide anyone here.
    pub problems: Vec<u32>,
    /// How often it was made; for tests that count.
    pub made: u64,
}

static UNHEARD: LazyLock<Status> = LazyLock::new(Status::default);

/// A node at a position of the listing, with its status.
#[must_use]
pub fn node_at(mirror: &Mirror, at: u32) -> Option<(&NodeRow, &Status)> {
    let row = mirror.head.nodes.get(at as usize)?;
    Some((row, status_of(mirror, row)))
}

/// A node's status, or that of a node never heard of.
#[must_use]
pub fn status_of<'a>(mirror: &'a Mirror, row: &NodeRow) -> &'a Status {
    mirror.status_of(row.id).unwrap_or(&UNHEARD)
}

impl Index {
    /// Makes it anew if what it depends on has changed. A filter by age depends on the time as well.
    pub fn refresh(&mut self, mirror: &Mirror, order: &Order, now: Stamp) {
        let current = self
            .made_for
            .as_ref()
            .is_some_and(|(version, made)| *version == mirror.version && made == order);
        if current && !order.filter.ages() {
            return;
        }
        self.made += 1;
        self.made_for = Some((mirror.version, order.clone()));
        self.choose(mirror, order, now);
        self.group(mirror, order.by);
        self.sort(mirror, order);
        self.find_problems(mirror);
    }

    fn choose(&mut self, mirror: &Mirror, order: &Order, now: Stamp) {
        self.shown.clear();
        for (at, row) in (0u32..).zip(&mirror.head.nodes) {
            if order.filter.is_empty() || order.filter.shows(row, status_of(mirror, row), now) {
                self.shown.push(at);
            }
        }
    }

    fn group(&mut self, mirror: &Mirror, by: By) {
        let mut found: HashMap<Arc<str>, usize> = HashMap::new();
        self.groups.clear();
        for at in &self.shown {
            let Some((row, status)) = node_at(mirror, *at) else {
                continue;
            };
            let name = by.of(row);
            let slot = *found.entry(name).or_insert_with_key(|name| {
                self.groups.push(Group {
                    name: name.clone(),
                    nodes: Vec::new(),
                    stages: [0; 8],
                    failed: 0,
                    stalled: 0,
                });
                self.groups.len() - 1
            });
            let group = &mut self.groups[slot];
            group.nodes.push(*at);
            match status.condition {
                Condition::Fine => group.stages[status.stage.index()] += 1,
                Condition::Stalled => group.stalled += 1,
                Condition::Failed => group.failed += 1,
            }
        }
        self.groups
            .sort_by(|a, b| natural::compare(&a.name, &b.name));
    }

    fn sort(&mut self, mirror: &Mirror, order: &Order) {
        if let Some(column) = order.sort.filter(|column| *column != Column::Node) {
            self.shown
                .sort_by(|a, b| match (node_at(mirror, *a), node_at(mirror, *b)) {
                    (Some(a), Some(b)) => column.order(a, b),
                    _ => std::cmp::Ordering::Equal,
                });
        }
        if order.reverse {
            self.shown.reverse();
        }
    }

    fn find_problems(&mut self, mirror: &Mirror) {
        self.problems.clear();
        let mut bad: Vec<(Condition, Stamp, u32)> = (0u32..)
            .zip(&mirror.head.nodes)
            .filter_map(|(at, row)| {
                let status = status_of(mirror, row);
                (status.condition != Condition::Fine).then_some((
                    status.condition,
                    status.since,
                    at,
                ))
            })
            .collect();
        bad.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
        self.problems.extend(bad.into_iter().map(|(_, _, at)| at));
    }
}
