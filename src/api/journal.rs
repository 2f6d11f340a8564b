//! Changes, and looks back at them, as requests and back.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{Command, Refusal};
use super::query::{Query, escape, with};
use super::route::{DEFAULT_LIMIT, Route, body, get, post};
use crate::model::{Edit, Table};

/// The body of a change.
#[derive(serde::Serialize, serde::Deserialize)]
struct ChangeBody<'a> {
    edits: Cow<'a, [Edit]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Arc<str>>,
    #[serde(default)]
    dry: bool,
}

/// The body of an undo or a redo.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct UndoBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(default)]
    dry: bool,
}

fn undo(target: &str, revision: Option<u64>, dry: bool) -> Route {
    let body = UndoBody { revision, dry };
    post(target, serde_json::to_string(&body).ok())
}

impl Command {
    /// The same, of what is about changes.
    pub(super) fn change_route(&self) -> Route {
        match self {
            Self::Change {
                edits,
                base,
                note,
                dry,
                by: _,
            } => {
                let body = ChangeBody {
                    edits: Cow::Borrowed(edits),
                    base: *base,
                    note: note.clone(),
                    dry: *dry,
                };
                post("/v1/change", serde_json::to_string(&body).ok())
            }
            Self::Undo { revision, dry, .. } => undo("/v1/undo", *revision, *dry),
            Self::Redo { dry, .. } => undo("/v1/redo", None, *dry),
            Self::Log { before, limit } => get(with(
                "/v1/log",
                [
                    ("limit", Some(limit.to_string())),
                    ("before", before.map(|before| before.to_string())),
                ],
            )),
            Self::Diff { from, to, secrets } => get(with(
                "/v1/diff",
                [
                    ("from", Some(from.to_string())),
                    ("to", to.map(|to| to.to_string())),
                    ("secrets", secrets.then(|| "true".to_owned())),
                ],
            )),
            Self::Entries {
                table,
                names,
                secrets,
            } => get(with(
                &format!("/v1/entries/{}", table.many()),
                [
                    ("names", names.as_deref().map(escape)),
                    ("secrets", secrets.then(|| "true".to_owned())),
                ],
            )),
            _ => get(String::new()),
        }
    }

    /// The same, of what looks at changes.
    pub(super) fn from_look(what: &str, rest: &[&str], query: &Query) -> Option<Self> {
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        Some(match (what, rest) {
            ("log", []) => Self::Log {
                before: query.before,
                limit,
            },
            ("diff", []) => Self::Diff {
                from: query.from?,
                to: query.to,
                secrets: query.secrets,
            },
            ("entries", [table]) => Self::Entries {
                table: Table::ALL
                    .into_iter()
                    .find(|known| known.many() == *table)?,
                names: query.names.clone(),
                secrets: query.secrets,
            },
            _ => return None,
        })
    }

    /// The same, of what changes the registry.
    pub(super) fn from_change(what: &str, bytes: &[u8], by: &str) -> Result<Self, Refusal> {
        let by = by.into();
        if what == "change" {
            let form = r#"{"edits": [{"set": {"place": {"table": "nodes", "name": "n001"}, "key": "kernel.args", "value": ["quiet"]}}], "base": 412, "note": "…", "dry": true}; only the edits are needed"#;
            let ChangeBody {
                edits,
                base,
                note,
                dry,
            } = body(bytes, form)?;
            let edits = edits.into_owned();
            return Ok(Self::Change {
                edits,
                base,
                note,
                dry,
                by,
            });
        }
        let form = r#"{"revision": 412, "dry": true}; all of it may be left out"#;
        let UndoBody { revision, dry } = if bytes.is_empty() {
            UndoBody::default()
        } else {
            body(bytes, form)?
        };
        Ok(match what {
            "undo" => Self::Undo { revision, dry, by },
            _ => Self::Redo { dry, by },
        })
    }
}
