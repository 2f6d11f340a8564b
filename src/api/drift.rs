//! Whether a reboot would change nodes: rows that clients show, and their routes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::{Command, Refusal};
use super::query::{Query, escape, with};
use super::route::{Route, get};

/// What a reboot would do, equal answers together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DriftReport {
    /// Those that would change first, then those of which it is not known, then the rest.
    pub rows: Vec<DriftRow>,
    /// Nodes that are not up: they run nothing that could be compared.
    pub idle: u32,
}

/// What a reboot would do to some nodes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct DriftRow {
    /// Their names as a hostlist.
    pub nodes: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// `yes`, `no`, `unknown`, or `looking` while it is found out.
    pub drift: Arc<str>,
    /// Why they would not come up, or why it is not known; else none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Arc<str>>,
    /// Kernel, initramfs, image and arguments, where they differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<DriftPart>,
    /// Files of overlays that differ, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<DriftFile>,
    /// Settings that take effect at a boot and have other values than when these nodes booted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<DriftSetting>,
}

/// One part of a boot that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DriftPart {
    /// `kernel`, `initramfs`, `image` or `args`.
    pub part: Arc<str>,
    /// What runs: its name and the beginning of its digest; of arguments those that would go. None: there is none.
    pub runs: Option<Arc<str>>,
    /// What would boot; of arguments those that would come.
    pub next: Option<Arc<str>>,
}

/// One file of an overlay that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DriftFile {
    /// Path on the node.
    pub path: Arc<str>,
    /// The overlay that brings it, or brought it.
    pub overlay: Arc<str>,
    /// What differs of it: `added`, `removed`, `kind`, `content`, `target`, `mode 0644 → 0600`, `owner 0:0 → 1000:0`.
    pub what: Vec<Arc<str>>,
}

/// A setting that has another value than when nodes booted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DriftSetting {
    /// Dotted key.
    pub key: Arc<str>,
    /// What they booted with, as text, secrets masked; none when it was not set.
    pub runs: Option<Arc<str>>,
    /// What they would boot with now.
    pub next: Option<Arc<str>>,
}

/// What differs in one file of one node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileDrift {
    /// The node.
    pub node: Arc<str>,
    /// Path on the node.
    pub path: Arc<str>,
    /// The overlay that brings it, or brought it.
    pub overlay: Arc<str>,
    /// What differs of it, as in [`DriftFile::what`]; nothing if nothing does.
    pub what: Vec<Arc<str>>,
    /// Lines that differ and some around them, in the form of `diff -u` without names of files; empty where none can be shown.
    pub diff: Arc<str>,
    /// Why none are shown although the content differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Arc<str>>,
}

impl Command {
    /// A command of this kind as a request.
    pub(super) fn drift_route(&self) -> Route {
        get(match self {
            Self::Drift { names } => with("/v1/drift", [("names", names.as_deref().map(escape))]),
            Self::DriftOf {
                name,
                path,
                secrets,
            } => {
                let inside: Vec<String> = path.split('/').map(escape).collect();
                let path = format!("/v1/drift/{}{}", escape(name), inside.join("/"));
                with(&path, [("secrets", secrets.then(|| "true".to_owned()))])
            }
            _ => String::new(),
        })
    }

    /// The command that `GET /v1/drift…` asks for.
    pub(super) fn from_drift(rest: &[&str], query: &Query) -> Result<Self, Refusal> {
        match rest {
            [] => Ok(Self::Drift {
                names: query.names.clone(),
            }),
            [_] => Err(Refusal {
                what: "the path of a file is missing".into(),
                fix: Some("GET /v1/drift?names=NODES, or /v1/drift/NODE/etc/hosts".into()),
            }),
            [name, path @ ..] => Ok(Self::DriftOf {
                name: (*name).into(),
                path: format!("/{}", path.join("/")).into(),
                secrets: query.secrets,
            }),
        }
    }
}
