//! Overlay archives on demand: one render for a herd, cached by content.
//!
//! An archive is good for as long as everything it was made from is as it was: the node's resolved values, the settings, every
//! file that was looked at (asked again at each request; a few dozen `lstat`s), and, if a template read the list of all nodes,
//! what templates can see of it. A failed render is kept by the same key, so that a broken template costs one render and not one
//! per request.

mod good;
mod kernel;
mod slot;
mod stale;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;

use self::good::Good;
use self::slot::{Made, Slots};
use super::basis::Basis;
use super::files::Disk;
use super::host_keys::{self, HostKeys};
use crate::model::{Fault, Level, Node, View};
use crate::overlay::{
    self, Archive, Context, Files, Input, Page, Readable, Recorded, Sight, Sources,
};

/// Bytes of archives that are kept; the least recently asked go first. Two archives of each of 10,000 nodes take about half.
const KEEP: u64 = 160 << 20;
/// Faults that are listed; a broken template of 10,000 nodes is not 10,000 lines.
const MOST_FAULTS: usize = 100;
/// Lists of inputs that are looked for among those of other nodes.
const MOST_LISTS: usize = 1000;
/// Renders that one look at failed ones may start.
const MOST_RETRIES: usize = 4;

type Key = (Arc<str>, Context);

/// An archive, or why there is none, and what that was made from.
pub type Based = (Result<Arc<Archive>, Arc<str>>, Option<Arc<Basis>>);

/// The cache of rendered overlay archives.
#[derive(Debug)]
pub struct Archives {
    sources: Arc<Sources>,
    keys: HostKeys,
    keep: u64,
    slots: Mutex<Slots>,
    good: Arc<Good>,
    /// Lists of files that were looked at: many nodes have the same.
    inputs: Mutex<HashSet<Arc<[Input]>>>,
    faults: Mutex<BTreeMap<Key, Vec<Fault>>>,
    /// As many renders at a time as there are processors; more would only take memory.
    turns: Arc<Semaphore>,
    rendering: AtomicUsize,
    rechecking: AtomicBool,
    rendered: AtomicU64,
}

impl Default for Archives {
    fn default() -> Self {
        Self::new(PathBuf::from("/var/lib/muster"), [])
    }
}

impl Archives {
    /// An empty cache over the overlays of the state folder. Templates may include `readable` besides what
    /// [`Sources::new`] allows.
    #[must_use]
    pub fn new(state: PathBuf, readable: impl IntoIterator<Item = Readable>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            sources: Arc::new(
                Sources::new(&state)
                    .allowing(readable)
                    .beside(beside_us())
                    .with_kernels(kernel::default),
            ),
            keys: HostKeys::new(&state),
            keep: KEEP,
            slots: Mutex::default(),
            good: Arc::new(Good::new(&state)),
            inputs: Mutex::default(),
            faults: Mutex::default(),
            turns: Arc::new(Semaphore::new(cores)),
            rendering: AtomicUsize::new(0),
            rechecking: AtomicBool::new(false),
            rendered: AtomicU64::new(0),
        }
    }

    /// The same with another limit of bytes that are kept.
    #[must_use]
    pub fn keeping(mut self, bytes: u64) -> Self {
        self.keep = bytes;
        self
    }

    /// The sources, for listings and previews.
    #[must_use]
    pub fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }

    /// How often something was rendered since the start.
    #[must_use]
    pub fn rendered(&self) -> u64 {
        self.rendered.load(Ordering::Relaxed)
    }

    /// Whether anything is rendered for a node just now.
    #[must_use]
    pub fn is_rendering(&self) -> bool {
        self.rendering.load(Ordering::Acquire) > 0
    }

    /// Forgets nodes that `view` no longer has. For the one who puts a view in force.
    pub fn retain(&self, view: &View) {
        lock(&self.slots).retain(|(name, _)| view.by_name(name).is_some());
        lock(&self.faults).retain(|(name, _), _| view.by_name(name).is_some());
        self.good.retain(view);
    }

    /// What was wrong with the newest try for each node, without repetitions.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.kinds().into_iter().map(|(fault, _)| fault).collect()
    }

    /// Looks again at what failed. Where anything that a render read has changed since, its fault goes, for whichever nodes had it,
    /// and one of them is tried again: a mended file is seen before a node asks. Returns at once; to be called every second or so,
    /// within the runtime.
    pub fn recheck(self: &Arc<Self>, view: &Arc<View>) {
        if lock(&self.faults).is_empty() || self.rechecking.swap(true, Ordering::AcqRel) {
            return;
        }
        let (this, view) = (self.clone(), view.clone());
        tokio::spawn(async move {
            let (looker, at) = (this.clone(), view.clone());
            let looked = tokio::task::spawn_blocking(move || looker.outdated(&at)).await;
            for (node, context) in looked.unwrap_or_default() {
                // Whatever comes out is in the list of faults.
                let _ = this.get(&view, &node, context).await;
            }
            this.rechecking.store(false, Ordering::Release);
        });
    }

    /// Forgets faults whose cause has changed; the nodes to try again.
    fn outdated(&self, view: &View) -> Vec<(Arc<Node>, Context)> {
        let mut retries = Vec::new();
        for (fault, key) in self.kinds() {
            let slot = lock(&self.slots).get(&key);
            let node = view.by_name(&key.0);
            let holds = |node: &Arc<Node>| match slot.as_ref().map(|slot| slot.made.try_lock()) {
                // Somebody renders it just now, and will tell.
                Some(Err(_)) => true,
                Some(Ok(made)) => {
                    let holds = |made: &Made| made.basis.holds(view, node);
                    made.as_ref().is_some_and(holds)
                }
                None => false,
            };
            if node.is_some_and(holds) {
                continue;
            }
            lock(&self.faults).retain(|_, faults| {
                faults.retain(|other| !same(other, &fault));
                !faults.is_empty()
            });
            if let Some(node) = node.filter(|_| retries.len() < MOST_RETRIES) {
                retries.push((node.clone(), key.1));
            }
        }
        retries
    }

    /// Each fault once, with one of those who have it.
    fn kinds(&self) -> Vec<(Fault, Key)> {
        let mut kinds: Vec<(Fault, Key)> = Vec::new();
        for (key, faults) in lock(&self.faults).iter() {
            for fault in faults {
                if kinds.len() < MOST_FAULTS && !kinds.iter().any(|(kind, _)| same(kind, fault)) {
                    kinds.push((fault.clone(), key.clone()));
                }
            }
        }
        kinds
    }

    /// The archive of `node`'s overlays in `view`: from the cache when every input is unchanged, else rendered now, once for
    /// however many ask at the same time. When that fails, the last good archive of this node is served as long as it is kept,
    /// and [`Archives::faults`] tells why.
    ///
    /// # Errors
    /// A sentence that names the overlay, file and line, when there is no archive to serve.
    pub async fn get(
        self: &Arc<Self>,
        view: &Arc<View>,
        node: &Arc<Node>,
        context: Context,
    ) -> Result<Arc<Archive>, Arc<str>> {
        self.with_basis(view, node, context).await.0
    }

    /// The same, with what it was made from.
    pub async fn with_basis(
        self: &Arc<Self>,
        view: &Arc<View>,
        node: &Arc<Node>,
        context: Context,
    ) -> Based {
        let key = (node.name.clone(), context);
        let slot = lock(&self.slots).place(&key);
        let mut made = slot.made.clone().lock_owned().await;
        let turn = self.turns.clone().acquire_owned().await;
        let (this, view, node) = (self.clone(), view.clone(), node.clone());
        // The task owns the lock: a client that hangs up does not throw away what its neighbours wait for.
        let task = tokio::task::spawn_blocking(move || {
            let holds = |made: &Made| made.basis.holds(&view, &node);
            if !made.as_ref().is_some_and(holds) {
                let good = made.take().and_then(|made| made.good);
                *made = Some(this.make(&view, &node, &key, good));
            }
            drop(turn);
            let answer = made
                .as_ref()
                .map(|made| (made.answer(), Some(made.basis.clone())));
            let size = made.as_ref().map_or(0, Made::size);
            drop(made);
            lock(&this.slots).weigh(&key, &slot, size);
            this.shrink(&key);
            answer
        });
        match task.await {
            Ok(Some(answer)) => answer,
            _ => (
                Err("rendering the overlays was interrupted; ask again".into()),
                None,
            ),
        }
    }

    /// The text of a page for `node`, rendered now; nothing if the page makes nothing for it.
    ///
    /// # Errors
    /// A sentence that names file and line.
    pub async fn page(
        self: &Arc<Self>,
        view: &Arc<View>,
        node: &Arc<Node>,
        page: Page,
    ) -> Result<Option<Bytes>, String> {
        let turn = self.turns.clone().acquire_owned().await;
        let (this, view, node) = (self.clone(), view.clone(), node.clone());
        let task = tokio::task::spawn_blocking(move || {
            let made = this.working(|| page.render(&view, &node, &this.sources, &Disk));
            drop(turn);
            made
        });
        match task.await {
            Ok(made) => made.map_err(|faults| worst(&faults)),
            Err(_) => Err("rendering was interrupted; ask again".into()),
        }
    }

    /// Does some rendering. The last one out lets go of what renders share.
    fn working<T>(&self, render: impl FnOnce() -> T) -> T {
        self.rendering.fetch_add(1, Ordering::AcqRel);
        let made = render();
        if self.rendering.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.sources.rest();
        }
        made
    }

    fn make(
        &self,
        view: &Arc<View>,
        node: &Arc<Node>,
        key: &Key,
        good: Option<Arc<Archive>>,
    ) -> Made {
        self.rendered.fetch_add(1, Ordering::Relaxed);
        let unmade = self.keys.for_node(&view.settings, node, key.1);
        let files = Recorded::new(&Disk);
        // Tried again once the program is there, or with the next change of anything.
        let again = !unmade.is_empty() && files.meta(Path::new(host_keys::PROGRAM)).is_ok();
        let (sight, result) = self.working(|| {
            let layout = overlay::lay(view, node, key.1, &self.sources, &files);
            // What failed may have looked at anything.
            let sight = layout.as_ref().map_or(Sight::Whole, |layout| layout.sight);
            let result = layout.and_then(|layout| {
                let about = || format!("node {}", node.name);
                let packed = layout.pack(&self.sources);
                packed.map_err(|error| vec![Fault::error(error.to_string()).about(about())])
            });
            (sight, result)
        });
        let basis = Arc::new(Basis {
            node: node.clone(),
            settings: view.settings.clone(),
            revision: again.then_some(view.revision),
            sight: (sight, self.sources.digest(view, sight)),
            sources: self.sources.clone(),
            inputs: self.same_inputs(files.inputs().into()),
        });
        let made = |result, good| Made {
            basis,
            result,
            good,
        };
        match result {
            Ok(archive) => {
                self.remember(key, [archive.faults.clone(), unmade].concat());
                self.good.mended(key);
                // The same bytes are the same archive, whoever holds it.
                let old = good
                    .filter(|good| good.digest == archive.digest && good.faults == archive.faults);
                let archive = old.unwrap_or_else(|| Arc::new(archive));
                made(Ok(archive.clone()), Some(archive))
            }
            Err(faults) => {
                let what = worst(&faults);
                self.remember(key, [faults, unmade].concat());
                let good = match good {
                    Some(good) => {
                        self.good.broken(key, &good);
                        Some(good)
                    }
                    None => self.good.recall(key),
                };
                made(Err(what.into()), good)
            }
        }
    }

    /// The list that others have, if one of them has this one.
    fn same_inputs(&self, inputs: Arc<[Input]>) -> Arc<[Input]> {
        let mut known = lock(&self.inputs);
        if let Some(same) = known.get(&inputs) {
            return same.clone();
        }
        if known.len() >= MOST_LISTS {
            known.retain(|list| Arc::strong_count(list) > 1);
        }
        if known.len() < MOST_LISTS {
            known.insert(inputs.clone());
        }
        inputs
    }

    fn remember(&self, key: &Key, faults: Vec<Fault>) {
        debug_assert!(faults.iter().all(|fault| fault.level <= Level::Error));
        let mut all = lock(&self.faults);
        if faults.is_empty() {
            all.remove(key);
        } else {
            all.insert(key.clone(), faults);
        }
    }

    /// Drops the slots that were not asked for longest, until the rest fits. The one of `newest` stays even when it alone is too
    /// large: its neighbours may be waiting for it.
    fn shrink(&self, newest: &Key) {
        let mut slots = lock(&self.slots);
        // What archives share counts once, however many hold it, and never leaves their own bytes without room.
        let keep = self.keep - self.sources.held().min(self.keep / 2);
        if slots.total() > keep {
            // More than needed, so that a herd does not sort the table at every request.
            slots.shrink(keep / 4 * 3, newest);
        }
    }
}

/// The folder of this program.
fn beside_us() -> Option<PathBuf> {
    let exe = std::env::current_exe().ok()?;
    exe.parent().map(Path::to_owned)
}

/// The gravest of faults, in words.
fn worst(faults: &[Fault]) -> String {
    let worst = faults.iter().max_by_key(|fault| fault.level);
    worst.map_or_else(String::new, ToString::to_string)
}

/// Whether both say the same of whichever node.
fn same(one: &Fault, other: &Fault) -> bool {
    one.spot == other.spot && one.what == other.what
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
