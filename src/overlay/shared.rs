//! What many renders share: overlays read and compiled, the list of all nodes as templates see it, outputs that name no node,
//! and the beginning of archives that is the same for many.
//!
//! `/etc/hosts` lists every node for every node. Rendered and converted anew for each of 10,000 nodes that would be 10,000 times
//! 10,000 lines; so the list is converted once, a template that does not name `node` is rendered once, and what it wrote is
//! packed and compressed once. Nothing here is trusted for longer than what it was made from stays as it was.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::base::Bases;
use super::files::{Files, Input, Meta};
use super::go;
use super::ground::Grounds;
use super::output::Output;
use super::ready::Ready;
use super::scope::{self, ServerScope};
use super::shipped;
use super::sources::Sources;
use super::ww;
use crate::model::{Fault, Node, Settings, View};

/// How much of other nodes a render looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing: of the registry it is made from its own node and the settings.
    #[default]
    Own,
    /// What `nodes` of Tera tells: names, networks, tags.
    Brief,
    /// Everything that is set of any node.
    Whole,
}

/// Outputs of one template that are kept: one for each of so many networks, or states of its files.
const MOST_KEPT: usize = 16;
/// Bytes of included files that are kept.
const MOST_TEXT: usize = 16 << 20;

/// By overlay and template.
type Outputs = HashMap<(Arc<str>, String), Vec<Kept>>;

/// Shared things.
#[derive(Debug, Default)]
pub struct Memory {
    overlays: Mutex<HashMap<Arc<str>, Arc<Ready>>>,
    seen: Mutex<Seen>,
    outputs: Mutex<Outputs>,
    texts: Mutex<Texts>,
    /// Programs that nodes get, and beginnings of others, as they were when they were read.
    programs: Mutex<HashMap<PathBuf, (Meta, Bytes)>>,
    pub(super) bases: Bases,
    pub(super) grounds: Grounds,
}

/// Of the view seen last.
#[derive(Debug, Default)]
struct Seen {
    view: (u64, usize, usize),
    nodes: Option<tera::Value>,
    all_nodes: Option<go::Value>,
    brief: Option<[u8; 32]>,
    whole: Option<[u8; 32]>,
}

/// What an output that is kept was made from, besides files.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The server as the network of its node sees it.
    pub server: Arc<ServerScope>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// Stands for the texts of templates.
    pub texts: [u8; 32],
    /// Stands for what was seen of other nodes.
    pub nodes: Option<[u8; 32]>,
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.settings, &other.settings) || self.settings == other.settings;
        same && (&self.server, self.texts, self.nodes) == (&other.server, other.texts, other.nodes)
    }
}

/// What a template made without looking at its node.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it was made from.
    pub origin: Origin,
    /// The files that were looked at.
    pub inputs: Vec<Input>,
    /// What was made.
    pub outputs: Arc<Vec<Output>>,
    /// Whether it is not for everybody to read.
    pub private: bool,
    /// Warnings.
    pub warnings: Vec<Fault>,
}

/// Included files, for templates that differ between nodes.
#[derive(Debug, Default)]
struct Texts {
    held: HashMap<PathBuf, (Meta, Bytes)>,
    size: usize,
}

impl Memory {
    /// The shipped overlay of that name, read and compiled at the first call.
    pub fn shipped(&self, name: &Arc<str>) -> Option<Arc<Ready>> {
        // No site overlay can have such a key.
        let key: Arc<str> = format!("/{name}").into();
        if let Some(ready) = lock(&self.overlays).get(&key) {
            return Some(ready.clone());
        }
        let mut faults = Vec::new();
        let tree = shipped::tree(name, &mut faults)?;
        let ready = Arc::new(Ready::new(tree, faults, Vec::new()));
        lock(&self.overlays).insert(key, ready.clone());
        Some(ready)
    }

    /// The site's overlay of that name as it is now: as it was read last, if nothing of it has changed since, else by `read`.
    pub fn site(
        &self,
        name: &Arc<str>,
        files: &dyn Files,
        read: impl FnOnce() -> Ready,
    ) -> Arc<Ready> {
        let known = lock(&self.overlays).get(name).cloned();
        if let Some(ready) = known.filter(|ready| ready.holds(files)) {
            return ready;
        }
        let ready = Arc::new(read());
        lock(&self.overlays).insert(name.clone(), ready.clone());
        ready
    }

    /// Forgets the site's overlay of that name.
    pub fn forget(&self, name: &str) {
        lock(&self.overlays).remove(name);
    }

    /// `nodes`, converted at the first call for a view. Concurrent first calls wait for one conversion.
    pub fn nodes(&self, view: &View) -> tera::Value {
        let mut seen = self.seen(view);
        let made = seen.nodes.get_or_insert_with(|| {
            let nodes: Vec<_> = view.nodes.iter().map(|node| scope::brief(node)).collect();
            tera::Value::from_serializable(&nodes)
        });
        made.clone()
    }

    /// The same for Go templates.
    pub fn all_nodes(&self, view: &View) -> go::Value {
        let mut seen = self.seen(view);
        let made = seen.all_nodes.get_or_insert_with(|| ww::all_nodes(view));
        made.clone()
    }

    /// Stands for everything that templates of that sight can see of the nodes of `view`; computed at the first call for a view.
    pub fn digest(&self, view: &View, sight: Sight) -> Option<[u8; 32]> {
        let mut seen = self.seen(view);
        match sight {
            Sight::Own => None,
            Sight::Brief => Some(*seen.brief.get_or_insert_with(|| digest(view, brief))),
            Sight::Whole => Some(*seen.whole.get_or_insert_with(|| digest(view, whole))),
        }
    }

    /// What the template `path` of `overlay` made from that origin, if that is kept and the files that it read are as they were.
    pub fn output(
        &self,
        overlay: &Arc<str>,
        path: &str,
        origin: &Origin,
        files: &dyn Files,
    ) -> Option<Kept> {
        let key = (overlay.clone(), path.to_owned());
        let all = lock(&self.outputs);
        let mut kept = all.get(&key).into_iter().flatten();
        let kept = kept.find(|kept| kept.origin == *origin)?.clone();
        drop(all);
        let holds = kept.inputs.iter().all(|input| input.holds(files));
        holds.then_some(kept)
    }

    /// Keeps an output for other nodes.
    pub fn keep(&self, overlay: &Arc<str>, path: &str, made: Kept) {
        let mut all = lock(&self.outputs);
        let kept = all.entry((overlay.clone(), path.to_owned())).or_default();
        kept.retain(|kept| kept.origin != made.origin);
        if kept.len() >= MOST_KEPT {
            kept.remove(0);
        }
        kept.push(made);
    }

    /// The content of the program at `path`, read again when it is no longer as `meta` says: the same bytes for all nodes.
    ///
    /// # Errors
    /// What `read` yields.
    pub fn program(
        &self,
        (path, meta): (&Path, Meta),
        read: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<Bytes> {
        let mut programs = lock(&self.programs);
        let kept = programs.get(path).filter(|(old, _)| *old == meta);
        let data = match kept {
            Some((_, data)) => data.clone(),
            None => Bytes::from(read()?),
        };
        programs.insert(path.to_owned(), (meta, data.clone()));
        Ok(data)
    }

    /// The first bytes of a program, read again when it is no longer as `meta` says; nothing of what cannot be read.
    pub fn head(
        &self,
        path: &Path,
        meta: Meta,
        read: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Option<Bytes> {
        let mut programs = lock(&self.programs);
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

    /// The content of a file, read when it is not as it was when it was read last.
    ///
    /// # Errors
    /// What reading yields.
    pub fn text(&self, path: &Path, limit: u64, files: &dyn Files) -> io::Result<Bytes> {
        let meta = files.meta(path)?;
        if let Some((known, text)) = lock(&self.texts).held.get(path)
            && Some(*known) == meta
        {
            return Ok(text.clone());
        }
        let text = Bytes::from(files.read(path, limit)?);
        if let Some(meta) = meta {
            let mut texts = lock(&self.texts);
            if texts.size + text.len() > MOST_TEXT {
                *texts = Texts::default();
            }
            texts.size += text.len();
            texts.held.insert(path.to_owned(), (meta, text.clone()));
        }
        Ok(text)
    }

    /// Lets go of the list of nodes, which is large; it is made again when needed.
    pub fn rest(&self) {
        let mut seen = lock(&self.seen);
        (seen.nodes, seen.all_nodes) = (None, None);
    }

    fn seen(&self, view: &View) -> MutexGuard<'_, Seen> {
        let mut seen = lock(&self.seen);
        // A revision is unique within a run; the address tells apart views that never came from the registry.
        let this = (
            view.revision,
            view.nodes.as_ptr() as usize,
            view.nodes.len(),
        );
        if seen.view != this {
            *seen = Seen {
                view: this,
                ..Seen::default()
            };
        }
        seen
    }
}

impl Sources {
    /// Stands for everything that templates of that sight see of all nodes of `view`; none if they see nothing. Computed once for
    /// a view.
    #[must_use]
    pub fn digest(&self, view: &View, sight: Sight) -> Option<[u8; 32]> {
        self.memory.digest(view, sight)
    }

    /// Bytes that archives still held share with one another.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.memory.bases.size()
    }
}

fn digest(view: &View, one: fn(&Node, &mut Sink)) -> [u8; 32] {
    let mut sink = Sink(Sha256::new());
    for node in &view.nodes {
        one(node, &mut sink);
        sink.0.update([0xff]);
    }
    sink.0.finalize().into()
}

/// What is written becomes part of a digest.
struct Sink(Sha256);

impl io::Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn brief(node: &Node, sink: &mut Sink) {
    // It goes into memory and cannot fail.
    let _ = serde_json::to_writer(&mut *sink, &scope::brief(node));
}

fn whole(node: &Node, sink: &mut Sink) {
    brief(node, sink);
    for (key, value) in node.values.iter() {
        let _ = serde_json::to_writer(&mut *sink, &(key.to_string(), scope::raw(value)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
