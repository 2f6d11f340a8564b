//! Profiles that disagree, and nodes that run something else than they would boot now: rows that clients show, and their routes.

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

/// One value that nodes which are up or on their way booted with, and that they would not boot with now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutdatedRow {
    /// Dotted key.
    pub key: Arc<str>,
    /// What they booted with, as text, secrets masked; none when it was not set.
    pub runs: Option<Arc<str>>,
    /// What they would boot with now.
    pub next: Option<Arc<str>>,
    /// Their names as a hostlist.
    pub nodes: Arc<str>,
    /// How many they are.
    pub count: u32,
}

/// The nodes that need a boot to be as the registry says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outdated {
    /// What differs, equal differences together.
    pub rows: Vec<OutdatedRow>,
    /// All of those nodes as a hostlist.
    pub nodes: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// Nodes that are up and of which nobody knows what they booted with: they did before the servers started, and were changed
    /// meanwhile.
    pub unknown: u32,
}

impl Command {
    /// A command of this kind as a request.
    pub(super) fn conflict_route(&self) -> Route {
        let (path, names) = match self {
            Self::Conflicts { table, names } => (format!("/v1/conflicts/{}", table.many()), names),
            Self::Outdated { names } => ("/v1/outdated".to_owned(), names),
            _ => return get(String::new()),
        };
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
