//! Commands as HTTP requests and back: one table for the control socket, the console, the verbs and `curl`.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{Command, Refusal};
use crate::fleet::BootId;
use crate::model::Level;

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

/// Every route, for who asks for another one.
const ROUTES: &str = "GET /v1/snapshot, /v1/watch, /v1/nodes/NAME, /v1/nodes/NAME/why, /v1/events, /v1/boots, /v1/images, /v1/settings; \
                      POST /v1/adopt, /v1/reload, /v1/stop";

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

impl Command {
    /// This command as a request.
    #[must_use]
    pub fn route(&self) -> Route {
        let get = |target: String| Route {
            method: "GET",
            target,
            body: None,
        };
        let post = |target: &str, body: Option<String>| Route {
            method: "POST",
            target: target.into(),
            body,
        };
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
            } => {
                let mut target = format!("/v1/events?limit={limit}");
                if let Some(name) = name {
                    target.push_str(&format!("&name={}", escape(name)));
                }
                if let Some(boot) = boot {
                    target.push_str(&format!("&boot={}", boot.0));
                }
                if let Some(before) = before {
                    target.push_str(&format!("&before={before}"));
                }
                if let Some(level) = level {
                    target.push_str(&format!("&level={}", level.word()));
                }
                get(target)
            }
            Self::Boots { name, limit } => {
                let mut target = format!("/v1/boots?limit={limit}");
                if let Some(name) = name {
                    target.push_str(&format!("&name={}", escape(name)));
                }
                get(target)
            }
            Self::Adopt { mac, name, by: _ } => {
                let body = AdoptBody {
                    mac: *mac,
                    name: name.as_deref().map(Cow::Borrowed),
                };
                post("/v1/adopt", serde_json::to_string(&body).ok())
            }
            Self::Images => get("/v1/images".into()),
            Self::Settings => get("/v1/settings".into()),
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
        let query = Query::parse(query)?;
        match (method, segments.as_slice()) {
            ("GET", ["v1", "snapshot"]) => Ok(Self::Snapshot),
            ("GET", ["v1", "nodes", name]) => Ok(Self::Node {
                name: (*name).into(),
            }),
            ("GET", ["v1", "nodes", name, "why"]) => Ok(Self::Why {
                name: (*name).into(),
            }),
            ("GET", ["v1", "events"]) => Ok(Self::Events {
                name: query.name.clone(),
                boot: query.boot.map(BootId),
                before: query.before,
                level: query.level,
                limit: query.limit.unwrap_or(DEFAULT_LIMIT),
            }),
            ("GET", ["v1", "boots"]) => Ok(Self::Boots {
                name: query.name.clone(),
                limit: query.limit.unwrap_or(DEFAULT_LIMIT),
            }),
            ("POST", ["v1", "adopt"]) => {
                let body: AdoptBody<'_> = serde_json::from_slice(body).map_err(|e| Refusal {
                    what: format!("the body is not understood: {e}").into(),
                    fix: Some(r#"send {"mac": "52:54:00:12:34:56", "name": "n001"}; the name may be left out"#.into()),
                })?;
                Ok(Self::Adopt {
                    mac: body.mac,
                    name: body.name.map(|name| name.into()),
                    by: by.into(),
                })
            }
            ("GET", ["v1", "images"]) => Ok(Self::Images),
            ("GET", ["v1", "settings"]) => Ok(Self::Settings),
            ("POST", ["v1", "reload"]) => Ok(Self::Reload),
            ("POST", ["v1", "stop"]) => Ok(Self::Stop),
            _ => Err(Refusal {
                what: format!("there is no route {method} {path}").into(),
                fix: Some(ROUTES.into()),
            }),
        }
    }
}

/// The query members that routes know.
#[derive(Debug, Default)]
struct Query {
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
                        fix: Some("known: name, boot, before, level, limit".into()),
                    });
                }
            }
        }
        Ok(query)
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
fn escape(text: &str) -> String {
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
