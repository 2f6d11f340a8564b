//! What the entries say of a field before it is edited.

use std::sync::Arc;

use crate::api::{DiffRow, Outcome};
use crate::kit::hostlist;
use crate::model::Value;

/// Entries that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Their names as a hostlist.
    pub names: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// What they say themselves; secrets are masked.
    pub value: Arc<str>,
}

/// How much is known of that.
#[derive(Debug, Clone, PartialEq)]
pub enum Stand {
    /// It was asked for.
    Asked,
    /// It cannot be known; why.
    Refused(Arc<str>),
    /// What the only entry says itself.
    One(Option<Value>),
    /// What several entries say themselves; those that say nothing are in no group.
    Many {
        /// The largest first.
        groups: Vec<Group>,
        /// Whether there are values that were left out because there are too many.
        cut: bool,
    },
}

impl Stand {
    /// Of what it would come to if none of them said anything of the field any more.
    #[must_use]
    pub fn of_unset(outcome: &Outcome) -> Self {
        let group = |row: &DiffRow| {
            let value = row.before.clone()?;
            Some(Group {
                names: row.names.clone(),
                count: row.count,
                value,
            })
        };
        let mut groups: Vec<Group> = outcome.diff.iter().filter_map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        Self::Many {
            groups,
            cut: outcome.more > 0,
        }
    }

    /// The value that all of `count` entries say themselves, as text.
    #[must_use]
    pub fn shared(&self, count: usize) -> Option<&str> {
        match self {
            Self::Many { groups, cut: false } => match groups.as_slice() {
                [group] if group.count as usize == count => Some(&group.value),
                _ => None,
            },
            _ => None,
        }
    }

    /// How many values there are among several entries; saying nothing counts as one.
    #[must_use]
    pub fn values(&self, count: usize) -> usize {
        let Self::Many { groups, .. } = self else {
            return 1;
        };
        let saying: usize = groups.iter().map(|group| group.count as usize).sum();
        groups.len() + usize::from(saying < count)
    }

    /// The names of a group.
    #[must_use]
    pub fn members(group: &Group) -> Vec<String> {
        hostlist::expand(&group.names).unwrap_or_default()
    }
}
