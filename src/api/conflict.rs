//! Profiles that disagree: rows that clients show, and their route.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::{Command, Refusal};
use super::query::{Query, escape, with};
use super::route::{Route, get};
use crate::model::Table;

/// One key on which two profiles of one list that do not inherit from one another say different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictRow {
    /// Dotted key, as `net.default.mtu`.
    pub key: Arc<str>,
    /// The profile whose value is taken, because it comes later in the list.
    pub wins: Arc<str>,
    /// Its value as text; a secret is masked.
    pub value: Arc<str>,
    /// The profile that loses.
    pub loses: Arc<str>,
    /// What it says.
    pub lost: Arc<str>,
    /// The nodes that feel it, because they say nothing themselves, as a hostlist.
    pub nodes: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// Profiles that list both, by themselves or through others.
    pub profiles: Vec<Arc<str>>,
}

impl Command {
    /// A command of this kind as a request.
    pub(super) fn conflict_route(&self) -> Route {
        let Self::Conflicts { table, names } = self else {
            return get(String::new());
        };
        let path = format!("/v1/conflicts/{}", table.many());
        get(with(&path, [("names", names.as_deref().map(escape))]))
    }

    /// The command that `GET /v1/conflicts/TABLE` asks for.
    pub(super) fn from_conflicts(word: &str, query: &Query) -> Result<Self, Refusal> {
        let tables = [Table::Nodes, Table::Profiles];
        let table = tables.into_iter().find(|table| table.many() == word);
        let table = table.ok_or_else(|| Refusal {
            what: format!("there is no table `{word}`").into(),
            fix: Some("GET /v1/conflicts/nodes or /v1/conflicts/profiles".into()),
        })?;
        let names = query.names.clone();
        Ok(Self::Conflicts { table, names })
    }
}
