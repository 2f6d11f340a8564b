//! Why a node is where it is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::stage::{Condition, Stage};
use crate::kit::Stamp;

/// The explanation of one node's state, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The node's name.
    pub node: Arc<str>,
    /// Its stage.
    pub stage: Stage,
    /// Its condition.
    pub condition: Condition,
    /// One line: "image fetched in full, then silence for 1m30".
    pub headline: Arc<str>,
    /// What was expected next: "a beacon `init started` within 60 s".
    pub expected: Option<Arc<str>>,
    /// What is missing or wrong.
    pub missing: Option<Arc<str>>,
    /// What that usually means, most likely first.
    pub meaning: Vec<Arc<str>>,
    /// What to try, in order; commands are given ready to type.
    pub tries: Vec<Arc<str>>,
    /// The events that this rests on, oldest first: time and text.
    pub evidence: Vec<(Stamp, Arc<str>)>,
}
