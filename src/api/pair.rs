//! Two entries side by side, key by key.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::merged::{MergedRow, ValueRow};

/// What two entries come to under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairRow {
    /// Dotted key.
    pub key: Arc<str>,
    /// What the first one has.
    pub left: Option<ValueRow>,
    /// What the second one has.
    pub right: Option<ValueRow>,
}

impl PairRow {
    /// Whether they come to something else.
    #[must_use]
    pub fn differs(&self) -> bool {
        let value = |side: &Option<ValueRow>| side.as_ref().map(|row| row.value.clone());
        value(&self.left) != value(&self.right)
    }
}

impl MergedRow {
    /// Every key of either, in the order of the first; those that only the second one has come where it has them.
    #[must_use]
    pub fn side_by_side(left: &Self, right: &Self) -> Vec<PairRow> {
        let under = |row: &Self, key: &str| row.values.iter().position(|value| *value.key == *key);
        let pair = |left: Option<&ValueRow>, right: Option<&ValueRow>| {
            let key = left
                .or(right)
                .map(|row| row.key.clone())
                .unwrap_or_default();
            let (left, right) = (left.cloned(), right.cloned());
            PairRow { key, left, right }
        };
        let mut pairs = Vec::with_capacity(left.values.len().max(right.values.len()));
        let mut next = 0;
        for value in &left.values {
            let at = under(right, &value.key);
            if let Some(at) = at {
                // Both are in the order of the field table.
                let between = right.values.get(next..at).unwrap_or_default();
                let only = between.iter().filter(|row| under(left, &row.key).is_none());
                pairs.extend(only.map(|row| pair(None, Some(row))));
                next = next.max(at + 1);
            }
            pairs.push(pair(Some(value), at.and_then(|at| right.values.get(at))));
        }
        let rest = right.values.get(next..).unwrap_or_default();
        let only = rest.iter().filter(|row| under(left, &row.key).is_none());
        pairs.extend(only.map(|row| pair(None, Some(row))));
        pairs
    }
}
