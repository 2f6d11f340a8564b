//! Paths with queries: their members, and their percent signs.

use std::sync::Arc;

use super::command::Refusal;
use crate::model::Level;

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
    pub(super) from: Option<u64>,
    pub(super) to: Option<u64>,
    pub(super) secrets: bool,
    pub(super) sources: bool,
    pub(super) keys: Vec<Arc<str>>,
    pub(super) name: Option<Arc<str>>,
    pub(super) boot: Option<u64>,
    pub(super) before: Option<u64>,
    pub(super) level: Option<Level>,
    pub(super) limit: Option<u32>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
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
pub(super) fn unescape(text: &str) -> String {
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
