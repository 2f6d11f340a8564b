//! Commands as HTTP requests and back: one table for the control socket, the console, the verbs and `curl`.

use std::borrow::Cow;

use super::command::{Command, Refusal};
use super::query::{Query, escape, unescape, with};
use super::vars::Language;
use crate::fleet::BootId;

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
pub(super) const DEFAULT_LIMIT: u32 = 200;

/// The body of an adoption.
#[derive(serde::Serialize, serde::Deserialize)]
struct AdoptBody<'a> {
    mac: crate::kit::Mac,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
}

/// The body of what is done to nodes.
#[derive(serde::Serialize, serde::Deserialize)]
struct NamesBody<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    names: Option<Cow<'a, str>>,
}

/// What there is to ask for.
const ROUTES: &str = "GET /v1/snapshot, /v1/watch, /v1/nodes/NAME, /v1/nodes/NAME/why, /v1/events, /v1/boots, /v1/images, /v1/settings, \
     /v1/log, /v1/diff?from=REVISION, /v1/entries/nodes, /v1/entries/profiles, /v1/entries/settings, /v1/merged/nodes, /v1/merged/profiles, \
     /v1/conflicts/nodes, /v1/conflicts/profiles, /v1/drift, /v1/drift/NODE/PATH, /v1/overlays, /v1/overlays/NAME, \
     /v1/overlays/NAME/files/PATH, /v1/overlays/NAME/render/NODE; \
     POST /v1/overlay, /v1/read, /v1/refresh, /v1/change, /v1/undo, /v1/redo, /v1/adopt, /v1/reload, /v1/stop";

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

fn none(method: &str, path: &str) -> Refusal {
    Refusal {
        what: format!("there is no route {method} {path}").into(),
        fix: Some(ROUTES.into()),
    }
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
            Self::Conflicts { .. } => self.conflict_route(),
            Self::Drift { .. } | Self::DriftOf { .. } => self.drift_route(),
            Self::Adopt { mac, name, by: _ } => {
                let body = AdoptBody {
                    mac: *mac,
                    name: name.as_deref().map(Cow::Borrowed),
                };
                post("/v1/adopt", serde_json::to_string(&body).ok())
            }
            Self::Overlay(asked) => asked.route(),
            Self::Images => get("/v1/images".into()),
            Self::Settings => get("/v1/settings".into()),
            Self::Vars { language } => get(format!("/v1/vars/{}", language.word())),
            Self::Refresh { names } => {
                let names = names.as_deref().map(Cow::Borrowed);
                post(
                    "/v1/refresh",
                    serde_json::to_string(&NamesBody { names }).ok(),
                )
            }
            Self::Reload => post("/v1/reload", None),
            Self::Stop => post("/v1/stop", None),
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
        if let ["v1", "overlay" | "overlays", rest @ ..] = segments.as_slice() {
            return Self::from_overlay(method, rest, (query, body), by)?
                .ok_or_else(|| none(method, path));
        }
        let query = Query::parse(query)?;
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
                Self::from_look(segments[1], rest, &query).ok_or_else(|| none(method, path))
            }
            ("GET" | "POST", ["v1", "merged" | "read", rest @ ..]) => {
                Self::from_reading(rest, &query, body)
            }
            ("GET", ["v1", "conflicts", table]) => Self::from_conflicts(table, &query),
            ("GET", ["v1", "drift", rest @ ..]) => Self::from_drift(rest, &query),
            ("GET", ["v1", "images"]) => Ok(Self::Images),
            ("GET", ["v1", "settings"]) => Ok(Self::Settings),
            ("GET", ["v1", "vars", word]) => Language::from_word(word)
                .map(|language| Self::Vars { language })
                .ok_or_else(|| none(method, path)),
            ("POST", ["v1", word]) => {
                Self::from_order(word, body)?.ok_or_else(|| none(method, path))
            }
            _ => Err(none(method, path)),
        }
    }

    /// The same, of what the servers are to do at once.
    fn from_order(word: &str, body: &[u8]) -> Result<Option<Self>, Refusal> {
        Ok(Some(match word {
            "refresh" => {
                let form = r#"{"names": "n[001-016]"}, or {} for all nodes"#;
                let NamesBody { names } = self::body(body, form)?;
                Self::Refresh {
                    names: names.map(|names| names.into()),
                }
            }
            "reload" => Self::Reload,
            "stop" => Self::Stop,
            _ => return Ok(None),
        }))
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
}
