//! What many renders of one view share: the list of all nodes as templates see it, and outputs that name no node.
//!
//! `/etc/hosts` lists every node for every node. Rendered and converted anew for each of 10,000 nodes that would be 10,000 times
//! 10,000 lines; so the list is converted once, and a template that does not name `node` is rendered once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::output::Output;
use super::scope;
use crate::model::View;

/// Which output: overlay, template, the server as its network sees it, digest of the overlay's templates.
pub type Shelf = (Arc<str>, String, scope::ServerScope, [u8; 32]);

/// Shared things of the view seen last.
#[derive(Debug, Default)]
pub struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    view: (u64, usize, usize),
    nodes: Option<tera::Value>,
    outputs: HashMap<Shelf, Arc<Vec<Output>>>,
}

impl Memory {
    /// `nodes`, converted at the first call for a view. Concurrent first calls wait for one conversion.
    pub fn nodes(&self, view: &View) -> tera::Value {
        let mut inner = self.of(view);
        let made = inner.nodes.get_or_insert_with(|| {
            let nodes: Vec<_> = view.nodes.iter().map(|node| scope::brief(node)).collect();
            tera::Value::from_serializable(&nodes)
        });
        made.clone()
    }

    /// A kept output.
    pub fn output(&self, view: &View, shelf: &Shelf) -> Option<Arc<Vec<Output>>> {
        self.of(view).outputs.get(shelf).cloned()
    }

    /// Keeps an output for other nodes.
    pub fn keep(&self, view: &View, shelf: Shelf, output: Arc<Vec<Output>>) {
        self.of(view).outputs.insert(shelf, output);
    }

    /// Lets go of the list of nodes, which is large; it is made again when needed.
    pub fn rest(&self) {
        self.lock().nodes = None;
    }

    fn of(&self, view: &View) -> MutexGuard<'_, Inner> {
        let mut inner = self.lock();
        // A revision is unique within a run; the address tells apart views that never came from the registry.
        let this = (
            view.revision,
            view.nodes.as_ptr() as usize,
            view.nodes.len(),
        );
        if inner.view != this {
            *inner = Inner {
                view: this,
                ..Inner::default()
            };
        }
        inner
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
