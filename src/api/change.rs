//! What a change does, before and after it is done, and what the log says of it: rows that clients show.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kit::Stamp;
use crate::model::{Fault, Table, Turn, Value};

/// What a change comes to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The revision that holds it; none when it was only tried (`dry`). When nothing differs it is the revision in force, and
    /// `diff` is empty.
    pub revision: Option<u64>,
    /// The whole change in one line: `set kernel.args on n[001-084]`.
    pub summary: Arc<str>,
    /// What differs, own values only, equal changes together.
    pub diff: Vec<DiffRow>,
    /// Rows of `diff` that were left out because there are too many.
    #[serde(default)]
    pub more: u32,
    /// Whom it reaches and when, in sentences: `84 nodes change at next boot, 12 override it`.
    pub impact: Vec<Arc<str>>,
    /// What is not as it should be with it, and was no reason to refuse.
    pub warnings: Vec<Fault>,
}

/// One change that any number of entries have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffRow {
    /// Nodes or profiles.
    pub table: Table,
    /// Their names as a hostlist.
    pub names: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// What becomes of the key, or of the entries themselves.
    pub turn: Turn,
    /// Dotted key; empty when it is about the entries themselves.
    pub key: Arc<str>,
    /// Their own value before as text, secrets masked; none when they had none. Of a renamed entry its old name.
    pub before: Option<Arc<str>>,
    /// Their own value after; none when they have none. Of a renamed entry its new name.
    pub after: Option<Arc<str>>,
}

/// One key that was changed since the client looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClashRow {
    /// Nodes or profiles.
    pub table: Table,
    /// Their names as a hostlist.
    pub names: Arc<str>,
    /// How many they are.
    pub count: u32,
    /// Dotted key; empty when it is about the entries themselves.
    pub key: Arc<str>,
    /// What it says now, secrets masked; none when it says nothing.
    pub theirs: Option<Arc<str>>,
    /// What the change would make it say.
    pub ours: Option<Arc<str>>,
    /// Who changed it.
    pub by: Arc<str>,
    /// When.
    pub at: Stamp,
    /// In which revision.
    pub revision: u64,
}

/// One revision in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// Its number.
    pub revision: u64,
    /// When it came into force.
    pub at: Stamp,
    /// Who made it; `by hand` (with the file's owner) for an edit of the file itself.
    pub by: Arc<str>,
    /// What it did, in one line.
    pub summary: Arc<str>,
    /// What its author said of it.
    pub note: Option<Arc<str>>,
    /// The revision that it takes back.
    pub undoes: Option<u64>,
    /// The revision that took it back.
    pub undone_by: Option<u64>,
}

/// An entry as it stands in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Nodes or profiles.
    pub table: Table,
    /// Its name.
    pub name: Arc<str>,
    /// Line of `nodes.conf` on which it begins.
    pub line: u32,
    /// Its lines below the name with their comments, moved to the left; what [`Edit::Write`](crate::model::Edit::Write) takes.
    pub text: Arc<str>,
    /// Its own values by dotted key, in the order of the field table.
    pub values: Vec<(Arc<str>, Value)>,
}
