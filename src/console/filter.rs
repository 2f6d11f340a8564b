//! The filter in force: a query of `model::query` over nodes, and its text, so that it can be shown, changed and kept.

use std::fmt;

use crate::api::{NodeLine, NodeRow};
use crate::fleet::Status;
use crate::kit::Stamp;
use crate::model::query::{Query, QueryError};

/// What failed or stalled.
const PROBLEMS: &str = "state:bad";

/// A filter, read from what was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    text: String,
    query: Query,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Filter {
    /// The filter that shows what failed or stalled.
    #[must_use]
    pub fn problems() -> Self {
        Self::parse(PROBLEMS).unwrap_or_default()
    }

    /// Reads a filter; an empty text shows everything.
    ///
    /// # Errors
    /// What the query language says of it.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self {
            text: text.trim().to_owned(),
            query: Query::parse(text)?,
        })
    }

    /// Whether it shows everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.query.is_empty()
    }

    /// Whether what it shows depends on the time.
    #[must_use]
    pub fn ages(&self) -> bool {
        self.query.asks_age()
    }

    /// Whether it shows a node.
    #[must_use]
    pub fn shows(&self, row: &NodeRow, status: &Status, now: Stamp) -> bool {
        self.query.matches(&NodeLine { row, status, now })
    }
}
