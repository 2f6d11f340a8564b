//! A node through whose eyes the profiles are looked at: what it gets, and which layer wins there.

use std::sync::Arc;

use crate::api::ValueRow;

/// The node.
#[derive(Debug, Clone, PartialEq)]
pub struct Guest {
    /// Its name.
    pub name: Arc<str>,
    /// What it has with everything that it inherits; none until that has come.
    values: Option<Vec<ValueRow>>,
    /// Why it has not.
    refused: Option<Arc<str>>,
}

impl Guest {
    /// A node of which nothing has come yet.
    #[must_use]
    pub fn new(name: Arc<str>) -> Self {
        Self {
            name,
            values: None,
            refused: None,
        }
    }

    /// What it has has come, or why it has not.
    pub fn came(&mut self, values: Result<Vec<ValueRow>, Arc<str>>) {
        match values {
            Ok(values) => (self.values, self.refused) = (Some(values), None),
            Err(why) => (self.values, self.refused) = (None, Some(why)),
        }
    }

    /// What it has under a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&ValueRow> {
        self.values.iter().flatten().find(|row| *row.key == *key)
    }

    /// Its value under a key as text, and the layer that gives it.
    #[must_use]
    pub fn shown(&self, key: &str) -> (String, String) {
        match (self.value(key), &self.values, &self.refused) {
            (Some(row), ..) => {
                let layer = row.source.strip_prefix("profile ").unwrap_or(&row.source);
                (row.value.to_string(), layer.to_owned())
            }
            (None, Some(_), _) => ("—".into(), String::new()),
            (None, None, Some(why)) => (why.to_string(), String::new()),
            (None, None, None) => ("…".into(), String::new()),
        }
    }

    /// Whether what it has has come.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.values.is_some()
    }

    /// How many of its values are under none of these keys.
    #[must_use]
    pub fn others<'k>(&self, keys: impl Iterator<Item = &'k Arc<str>>) -> usize {
        let keys: std::collections::HashSet<&Arc<str>> = keys.collect();
        let rows = self.values.iter().flatten();
        rows.filter(|row| !keys.contains(&row.key)).count()
    }
}
