//! What many renders of one view share: the list of all nodes as templates see it, and outputs that name no node.
//!
//! `/etc/hosts` lists every node for every node. Rendered and converted anew for each of 10,000 nodes that would be 10,000 times
//! 10,000 lines; so the list is converted once, a template that does not name `node` is rendered once, and what it wrote is
//! compressed once.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::files::Meta;
use super::go;
use super::output::{Made, Output};
use super::scope;
use super::ww;
use crate::model::View;
use crate::wire::gzip::{Block, squeeze};

/// Which output: overlay, template, the server as its network sees it, digest of the overlay's templates.
pub type Shelf = (Arc<str>, String, scope::ServerScope, [u8; 32]);

/// Compression of overlays: the point from which more time hardly saves bytes of short texts.
pub const LEVEL: u32 = 3;
/// Smaller files are not worth a stretch of their own.
const LARGE: usize = 32 << 10;

/// Shared things of the view seen last.
#[derive(Debug, Default)]
pub struct Memory {
    inner: Mutex<Inner>,
    /// Programs that nodes get, as they were when they were read; they outlive a view.
    programs: Mutex<HashMap<PathBuf, (Meta, Bytes)>>,
}

#[derive(Debug, Default)]
struct Inner {
    view: (u64, usize, usize),
    nodes: Option<tera::Value>,
    all_nodes: Option<go::Value>,
    outputs: HashMap<Shelf, Arc<Vec<Output>>>,
    /// Large files of those, by where their bytes are; the bytes are held, so that nothing else can come to be there.
    large: HashMap<usize, (Bytes, Option<Arc<Block>>)>,
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

    /// The same for Go templates.
    pub fn all_nodes(&self, view: &View) -> go::Value {
        let mut inner = self.of(view);
        let made = inner.all_nodes.get_or_insert_with(|| ww::all_nodes(view));
        made.clone()
    }

    /// A kept output.
    pub fn output(&self, view: &View, shelf: &Shelf) -> Option<Arc<Vec<Output>>> {
        self.of(view).outputs.get(shelf).cloned()
    }

    /// Keeps an output for other nodes.
    pub fn keep(&self, view: &View, shelf: Shelf, output: Arc<Vec<Output>>) {
        let mut inner = self.of(view);
        for output in output.iter() {
            if let Made::File(data) = &output.body
                && data.len() >= LARGE
            {
                let at = data.as_ptr() as usize;
                inner.large.insert(at, (data.clone(), None));
            }
        }
        inner.outputs.insert(shelf, output);
    }

    /// The content of the program at `path`, read again when it is no longer as `meta` says. It is kept for all nodes and
    /// compressed once for them.
    ///
    /// # Errors
    /// What `read` yields.
    pub fn program(
        &self,
        view: &View,
        (path, meta): (&Path, Meta),
        read: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<Bytes> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = programs.get(path).filter(|(old, _)| *old == meta);
        let data = match kept {
            Some((_, data)) => data.clone(),
            None => Bytes::from(read()?),
        };
        programs.insert(path.to_owned(), (meta, data.clone()));
        drop(programs);
        let at = data.as_ptr() as usize;
        let mut inner = self.of(view);
        inner.large.entry(at).or_insert((data.clone(), None));
        Ok(data)
    }

    /// The first bytes of a program, read again when it is no longer as `meta` says; nothing of what cannot be read.
    pub fn head(
        &self,
        path: &Path,
        meta: Meta,
        read: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Option<Bytes> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, data)) = programs.get(path).filter(|(old, _)| *old == meta) {
            return Some(data.clone());
        }
        let mut data = read().ok()?;
        data.truncate(64);
        data.shrink_to_fit();
        let data = Bytes::from(data);
        programs.insert(path.to_owned(), (meta, data.clone()));
        Some(data)
    }

    /// The compressed form of `data`, if that is a large file that is kept for other nodes. Made at the first call.
    pub fn squeezed(&self, data: &Bytes) -> Option<io::Result<Arc<Block>>> {
        let mut inner = self.lock();
        let (kept, block) = inner.large.get_mut(&(data.as_ptr() as usize))?;
        if kept.len() != data.len() {
            return None;
        }
        if let Some(block) = block {
            return Some(Ok(block.clone()));
        }
        let made = squeeze(data, LEVEL).map(Arc::new).map_err(io::Error::other);
        *block = made.as_ref().ok().cloned();
        Some(made)
    }

    /// Lets go of the list of nodes, which is large; it is made again when needed.
    pub fn rest(&self) {
        let mut inner = self.lock();
        (inner.nodes, inner.all_nodes) = (None, None);
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
