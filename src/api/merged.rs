//! Entries with everything that they inherit, and entries that were only read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::{Command, Refusal};
use super::query::{Query, escape, with};
use super::route::{Route, body, get, post};
use crate::model::{Table, Value};

/// An entry with everything that it inherits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MergedRow {
    /// Its name.
    pub name: Arc<str>,
    /// Its values in the order of the field table.
    pub values: Vec<ValueRow>,
}

/// One value in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueRow {
    /// Dotted key, as `net.eno1.ipaddr`.
    pub key: Arc<str>,
    /// The value; a secret is masked unless it was asked for.
    pub value: Value,
    /// Layer that gave it, as `node`, `profile gpu`; empty unless it was asked for.
    #[serde(default)]
    pub source: Arc<str>,
    /// What lower layers say, nearest first: layer and value as text.
    #[serde(default)]
    pub hides: Vec<(Arc<str>, Arc<str>)>,
}

/// The body of a text that is to be read.
#[derive(Serialize, Deserialize)]
struct ReadBody {
    text: Arc<str>,
}

impl Command {
    /// A command about entries as they are read, as a request.
    pub(super) fn entry_route(&self) -> Route {
        match self {
            Self::Merged {
                table,
                names,
                keys,
                sources,
                secrets,
            } => get(with(
                &format!("/v1/merged/{}", table.many()),
                [
                    ("names", names.as_deref().map(escape)),
                    ("keys", (!keys.is_empty()).then(|| escape(&keys.join(",")))),
                    ("sources", sources.then(|| "true".to_owned())),
                    ("secrets", secrets.then(|| "true".to_owned())),
                ],
            )),
            Self::Read { text } => {
                let body = ReadBody { text: text.clone() };
                post("/v1/read", serde_json::to_string(&body).ok())
            }
            _ => get(String::new()),
        }
    }

    /// The command that `GET /v1/merged/TABLE` or `POST /v1/read` asks for.
    pub(super) fn from_reading(
        rest: &[&str],
        query: &Query,
        bytes: &[u8],
    ) -> Result<Self, Refusal> {
        let [table] = rest else {
            let form = r#"{"text": "nodes:\n  n001: {image name: rocky9}\n"}"#;
            let ReadBody { text } = body(bytes, form)?;
            return Ok(Self::Read { text });
        };
        let tables = [Table::Nodes, Table::Profiles];
        let Some(table) = tables.into_iter().find(|known| known.many() == *table) else {
            return Err(Refusal {
                what: format!("there is no table `{table}`").into(),
                fix: Some("GET /v1/merged/nodes or /v1/merged/profiles".into()),
            });
        };
        Ok(Self::Merged {
            table,
            names: query.names.clone(),
            keys: query.keys.clone(),
            sources: query.sources,
            secrets: query.secrets,
        })
    }
}
