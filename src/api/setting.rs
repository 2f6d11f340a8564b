//! The server's settings, one row each.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kit::Stamp;
use crate::model::{Fault, Value};

/// One setting of the server. Of a boot network there is a row for everything that can be said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingRow {
    /// Title under which it is listed, as `DHCP`, `Network blue`.
    pub section: Arc<str>,
    /// Dotted key, as `dhcp.lease`, `networks.blue.subnet`; what an [`Edit`](crate::model::Edit) of the settings takes.
    pub key: Arc<str>,
    /// The value of the file as text, else the default; a secret is masked.
    pub value: Arc<str>,
    /// Whether the file sets it.
    pub set: bool,
    /// The value of the file, if it sets it: a list is one here. A secret is masked.
    pub own: Option<Value>,
    /// What holds when the file does not set it; empty when that is nothing.
    pub default: Arc<str>,
    /// Line of the value in `muster.conf`, from 1.
    pub line: Option<u32>,
    /// One line of documentation.
    pub doc: Arc<str>,
    /// What a value looks like, in words: `a time, as 60, 90s, 15m, 12h or 2d`.
    pub kind: Arc<str>,
    /// Whether a value is a list.
    pub list: bool,
    /// The values that there are, if they can be named.
    pub choices: Vec<Arc<str>>,
    /// A value that would be taken; empty where any text would be.
    pub example: Arc<str>,
    /// Whether it is masked.
    pub secret: bool,
    /// Whether muster does anything with it yet.
    pub acted_on: bool,
    /// When a change takes effect: `at once`, `restart`.
    pub effect: Arc<str>,
    /// What the servers run with, where that is not `value`: it waits for a restart, or could not be had.
    pub running: Option<Arc<str>>,
    /// Who set or unset it last, as far as the journal goes back.
    pub last: Option<LastSet>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Who changed a setting last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSet {
    /// In which revision.
    pub revision: u64,
    /// On whose behalf; `by hand` for an edit of the file itself.
    pub by: Arc<str>,
    /// When.
    pub at: Stamp,
}
