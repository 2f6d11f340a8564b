//! A draft that is kept outside of the console, so that no end of it loses what was written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::Content;
use crate::kit::Stamp;

/// It.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The overlay.
    pub name: Arc<str>,
    /// Path in it.
    pub path: Arc<str>,
    /// Digest of the file that its author looked at; empty of a new one.
    pub base: Arc<str>,
    /// What was written.
    pub content: Content,
    /// When it was kept, in the engine's time.
    pub at: Stamp,
}

impl Kept {
    /// Whether it is of that file.
    #[must_use]
    pub fn is_of(&self, name: &str, path: &str) -> bool {
        *self.name == *name && *self.path == *path
    }
}
