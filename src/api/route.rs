//! Commands as HTTP requests and back: one table for the control socket, the console, the verbs and `curl`.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{Command, Refusal};
use super::vars::Language;
use crate::fleet::BootId;
use crate::model::{Edit, Level, Table};

/// A command as a request: method, path with query, and a JSON body for what changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// JSON body, for `POST`.
    pub body: Option<String>,
}

/// Path of the stream: one JSON [`Snapshot`](super::Snapshot), then one JSON [`Delta`](super::Delta) a line.
pub const WATCH: &str = "/v1/watch";

impl Refusal {
    /// Whether what was asked for does not exist: the fix lists what does.
    #[must_use]
    pub fn is_no_route(&self) -> bool {
        self.fix.as_deref() == Some(ROUTES)
    }
}

/// How many events or boots are given when the request does not say.
const DEFAULT_LIMIT: u32 = 200;

/// The body of an adoption.
#[derive(serde::Serialize, serde::Deserialize)]
struct AdoptBody<'a> {
    mac: crate::kit::Mac,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
}

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

/// What there is to ask for.
const ROUTES: &str = "GET /v1/snapshot, /v1/watch, /v1/nodes/NAME, /v1/nodes/NAME/why, /v1/events, /v1/boots, /v1/images, /v1/settings, \
     /v1/log, /v1/diff?from=REVISION, /v1/entries/nodes, /v1/entries/profiles, /v1/merged/nodes, /v1/merged/profiles, \
     /v1/conflicts/nodes, /v1/conflicts/profiles, /v1/outdated; \
     POST /v1/read, /v1/change, /v1/undo, /v1/redo, /v1/adopt, /v1/reload, /v1/stop";

pub(super) fn get(target: String) -> Route {
    Route {
        method: "GET",
        target,
        body: None,
    }
}

pub(super) fn post(target: &str, body: Option<String>) -> Route {
    Route {
        method: "POST",
        target: target.into(),
        body,
    }
}

fn undo(target: &str, revision: Option<u64>, dry: bool) -> Route {
    let body = UndoBody { revision, dry };
    post(target, serde_json::to_string(&body).ok())
}

/// A body that is JSON of this form.
pub(super) fn body<'b, T: serde::Deserialize<'b>>(
    bytes: &'b [u8],
    form: &str,
) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|e| Refusal {
        what: format!("the body is not understood: {e}").into(),
        fix: Some(format!("send {form}").into()),
    })
}

impl Command {
    /// This command as a request.
    #[must_use]
    pub fn route(&self) -> Route {
        match self {
            Self::Snapshot => get("/v1/snapshot".into()),
            Self::Node { name } => get(format!("/v1/nodes/{}", escape(name))),
            Self::Why { name } => get(format!("/v1/nodes/{}/why", escape(name))),
            Self::Events {
                name,
                boot,
                before,
                level,
                limit,
            } => get(with(
                "/v1/events",
                [
                    ("limit", Some(limit.to_string())),
                    ("name", name.as_deref().map(escape)),
                    ("boot", boot.map(|boot| boot.0.to_string())),
                    ("before", before.map(|before| before.to_string())),
                    ("level", level.map(|level| level.word().to_owned())),
                ],
            )),
            Self::Boots { name, limit } => get(with(
                "/v1/boots",
                [
                    ("limit", Some(limit.to_string())),
                    ("name", name.as_deref().map(escape)),
                ],
            )),
            Self::Change { .. }
            | Self::Undo { .. }
            | Self::Redo { .. }
            | Self::Log { .. }
            | Self::Diff { .. }
            | Self::Entries { .. } => self.change_route(),
            Self::Merged { .. } | Self::Read { .. } => self.entry_route(),
            Self::Conflicts { .. } | Self::Outdated { .. } => self.conflict_route(),
            Self::Adopt { mac, name, by: _ } => {
                let body = AdoptBody {
                    mac: *mac,
                    name: name.as_deref().map(Cow::Borrowed),
                };
                post("/v1/adopt", serde_json::to_string(&body).ok())
            }
            Self::Images => get("/v1/images".into()),
            Self::Settings => get("/v1/settings".into()),
            Self::Vars { language } => get(format!("/v1/vars/{}", language.word())),
            Self::Reload => post("/v1/reload", None),
            Self::Stop => post("/v1/stop", None),
        }
    }

    /// The same, of what is about changes.
    fn change_route(&self) -> Route {
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

    /// The command that a request asks for, on behalf of `by`.
    ///
    /// # Errors
    /// A refusal that names what was not understood and lists the routes.
    pub fn from_request(
        method: &str,
        target: &str,
        body: &[u8],
        by: &str,
    ) -> Result<Self, Refusal> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Vec<String> = path
            .split('/')
            .filter(|s| !s.is_empty())
            .map(unescape)
            .collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let query = Query::parse(query)?;
        let none = || Refusal {
            what: format!("there is no route {method} {path}").into(),
            fix: Some(ROUTES.into()),
        };
        match (method, segments.as_slice()) {
            ("GET", ["v1", "snapshot"]) => Ok(Self::Snapshot),
            ("GET", ["v1", "nodes", name]) => Ok(Self::Node {
                name: (*name).into(),
            }),
            ("GET", ["v1", "nodes", name, "why"]) => Ok(Self::Why {
                name: (*name).into(),
            }),
            ("GET", ["v1", "events"]) => Ok(Self::from_past(true, &query)),
            ("GET", ["v1", "boots"]) => Ok(Self::from_past(false, &query)),
            ("POST", ["v1", "adopt"]) => {
                let form =
                    r#"{"mac": "52:54:00:12:34:56", "name": "n001"}; the name may be left out"#;
                let AdoptBody { mac, name } = self::body(body, form)?;
                Ok(Self::Adopt {
                    mac,
                    name: name.map(|name| name.into()),
                    by: by.into(),
                })
            }
            ("POST", ["v1", "change" | "undo" | "redo"]) => {
                Self::from_change(segments[1], body, by)
            }
            ("GET", ["v1", "log" | "diff" | "entries", rest @ ..]) => {
                Self::from_look(segments[1], rest, &query).ok_or_else(none)
            }
            ("GET" | "POST", ["v1", "merged" | "read", rest @ ..]) => {
                Self::from_reading(rest, &query, body)
            }
            ("GET", ["v1", "conflicts", table]) => Self::from_conflicts(table, &query),
            ("GET", ["v1", "outdated"]) => Ok(Self::Outdated { names: query.names }),
            ("GET", ["v1", "images"]) => Ok(Self::Images),
            ("GET", ["v1", "settings"]) => Ok(Self::Settings),
            ("GET", ["v1", "vars", word]) if Language::from_word(word).is_some() => {
                let language = Language::from_word(word).unwrap_or_default();
                Ok(Self::Vars { language })
            }
            ("POST", ["v1", "reload"]) => Ok(Self::Reload),
            ("POST", ["v1", "stop"]) => Ok(Self::Stop),
            _ => Err(none()),
        }
    }

    /// The same, of what was: events, or boots.
    fn from_past(events: bool, query: &Query) -> Self {
        let name = query.name.clone();
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        if !events {
            return Self::Boots { name, limit };
        }
        Self::Events {
            name,
            boot: query.boot.map(BootId),
            before: query.before,
            level: query.level,
            limit,
        }
    }

    /// The same, of what looks at changes.
    fn from_look(what: &str, rest: &[&str], query: &Query) -> Option<Self> {
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
    fn from_change(what: &str, bytes: &[u8], by: &str) -> Result<Self, Refusal> {
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

/// A path with the members of a query that are there.
pub(super) fn with<const N: usize>(path: &str, members: [(&str, Option<String>); N]) -> String {
    let mut target = path.to_owned();
    let mut mark = '?';
    for (name, value) in members {
        if let Some(value) = value {
            target.push_str(&format!("{mark}{name}={value}"));
            mark = '&';
        }
    }
    target
}

/// The query members that routes know.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) names: Option<Arc<str>>,
    from: Option<u64>,
    to: Option<u64>,
    pub(super) secrets: bool,
    pub(super) sources: bool,
    pub(super) keys: Vec<Arc<str>>,
    name: Option<Arc<str>>,
    boot: Option<u64>,
    before: Option<u64>,
    level: Option<Level>,
    limit: Option<u32>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = unescape(value);
            let number = || {
                value.parse::<u64>().map_err(|_| Refusal {
                    what: format!("`{key}` wants a number, not `{value}`").into(),
                    fix: None,
                })
            };
            match key {
                "name" => query.name = Some(value.as_str().into()),
                "names" => query.names = Some(value.as_str().into()),
                "secrets" => query.secrets = value == "true",
                "sources" => query.sources = value == "true",
                "keys" => {
                    let keys = value.split(',').filter(|key| !key.is_empty());
                    query.keys = keys.map(Arc::from).collect();
                }
                "from" => query.from = Some(number()?),
                "to" => query.to = Some(number()?),
                "boot" => query.boot = Some(number()?),
                "before" => query.before = Some(number()?),
                "level" => {
                    let level = Level::from_word(&value).ok_or_else(|| Refusal {
                        what: format!("there is no level `{value}`").into(),
                        fix: Some(
                            "known: debug, info, warning, error; each with the graver ones".into(),
                        ),
                    })?;
                    query.level = Some(level);
                }
                "limit" => query.limit = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
                _ => {
                    return Err(Refusal {
                        what: format!("unknown query member `{key}`").into(),
                        fix: Some(
                            "known: name, boot, before, level, limit, names, keys, sources, secrets, from, to"
                                .into(),
                        ),
                    });
                }
            }
        }
        Ok(query)
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes [`escape`]; a broken escape stays as it is.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (byte, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
