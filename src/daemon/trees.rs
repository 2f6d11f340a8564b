//! Notices when anything below a few folders changes, however deep: inotify as the hint, a look every few seconds where that does not
//! reach (NFS, more folders than may be watched). What changed is not told, only that something did.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::clock::Clock;

/// How long after a hint it is told: one save of an editor is several hints.
const QUIET: Duration = Duration::from_millis(25);
/// How often everything is looked at without a hint, at the most.
const LOOK: Duration = Duration::from_secs(3);
/// Looking takes no more than one part in so many of the time: trees may be large.
const SHARE: u32 = 50;
/// The same after a hint: whoever copies a large tree gives one after the other.
const SHARE_HINTED: u32 = 4;
/// Folders that inotify watches; a system lets one user have some 8,000 or more (inotify(7), `max_user_watches`).
const MOST_WATCHED: usize = 4096;
/// Paths that a look takes in; what is beyond is seen by inotify alone.
const MOST_SEEN: usize = 100_000;

/// Watches folders with everything in them; yields once for changes that come close together.
#[derive(Debug)]
pub struct Trees {
    changes: Receiver<()>,
}

impl Trees {
    /// Begins to watch what is below `roots`, which need not be there yet, as a task of the current runtime. Without inotify it looks
    /// from time to time.
    #[must_use]
    pub fn start(roots: Vec<PathBuf>) -> Self {
        let (to, changes) = channel(1);
        let (hint, hints) = channel(1);
        tokio::spawn(watch(Watched::new(roots, hint), hints, to));
        Self { changes }
    }

    /// Waits for the next change.
    pub async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            // The task is gone with the runtime.
            std::future::pending::<()>().await;
        }
    }
}

async fn watch(watched: Watched, mut hints: Receiver<()>, to: Sender<()>) {
    let Some(mut watched) = looked(watched).await else {
        return;
    };
    while !to.is_closed() {
        let pause = LOOK.max(watched.cost * SHARE);
        let hinted = match tokio::time::timeout(pause, hints.recv()).await {
            Err(_) => false,
            Ok(Some(())) => true,
            Ok(None) => {
                // There is no inotify; the looks go on.
                tokio::time::sleep(pause).await;
                false
            }
        };
        if hinted {
            tokio::time::sleep(QUIET).await;
            let _ = hints.try_recv();
            // A change that waits already stands for this one too.
            let _ = to.try_send(());
        }
        let before = watched.seen;
        let Some(after) = looked(watched).await else {
            return;
        };
        watched = after;
        // Behind a hint that is told already, but for what lies in folders that were not watched when it came there.
        if watched.seen != before && (!hinted || watched.grown) {
            let _ = to.try_send(());
        }
        if hinted {
            tokio::time::sleep(watched.cost * SHARE_HINTED).await;
        }
    }
}

/// A look, on a thread that may wait for a disk.
async fn looked(mut watched: Watched) -> Option<Watched> {
    let look = tokio::task::spawn_blocking(move || {
        watched.look();
        watched
    });
    look.await.ok()
}

/// The folders that are watched, and what was seen in them.
struct Watched {
    roots: Vec<PathBuf>,
    inotify: Option<RecommendedWatcher>,
    /// Watched folders, each with the inode that it had.
    folders: HashMap<PathBuf, u64>,
    /// A digest of everything that was seen.
    seen: u64,
    /// Whether the newest look found a folder that was not watched yet.
    grown: bool,
    /// How long it took.
    cost: Duration,
    clock: Clock,
}

/// What a look gathers.
#[derive(Default)]
struct Look {
    digest: DefaultHasher,
    count: usize,
    /// Folders and their inodes, the nearest first.
    folders: Vec<(PathBuf, u64)>,
}

impl Watched {
    fn new(roots: Vec<PathBuf>, hint: Sender<()>) -> Self {
        let below = roots.clone();
        // The folders that hold the roots are watched for those alone.
        let concerns = move |paths: &[PathBuf]| {
            paths
                .iter()
                .any(|path| below.iter().any(|root| path.starts_with(root)))
        };
        let told = move |event: notify::Result<notify::Event>| {
            let hints = match &event {
                Ok(event) => {
                    !event.kind.is_access() && (event.need_rescan() || concerns(&event.paths))
                }
                Err(_) => true,
            };
            if hints {
                // One hint that waits is as good as many.
                let _ = hint.try_send(());
            }
        };
        Self {
            roots,
            inotify: notify::recommended_watcher(told).ok(),
            folders: HashMap::new(),
            seen: 0,
            grown: false,
            cost: Duration::ZERO,
            clock: Clock::start(),
        }
    }

    fn look(&mut self) {
        let began = self.clock.now();
        let mut look = Look::default();
        for root in &self.roots {
            // The folder above says when a root comes. Its other files are nobody's business here, and no part of the digest.
            if let Some((above, meta)) = root
                .parent()
                .and_then(|above| Some((above, fs::metadata(above).ok()?)))
            {
                look.folders.push((above.to_owned(), meta.ino()));
            }
            look.folder(root);
        }
        self.seen = look.digest.finish();
        self.arm(look.folders);
        self.cost = self.clock.now().since(began);
    }

    fn arm(&mut self, folders: Vec<(PathBuf, u64)>) {
        self.grown = false;
        let Some(inotify) = &mut self.inotify else {
            return;
        };
        let there: HashMap<&PathBuf, u64> =
            folders.iter().map(|(path, inode)| (path, *inode)).collect();
        self.folders.retain(|path, inode| {
            let stays = there.get(path) == Some(inode);
            if !stays {
                // The watch has gone with a folder that was removed.
                let _ = inotify.unwatch(path);
            }
            stays
        });
        for (path, inode) in folders {
            if self.folders.len() >= MOST_WATCHED {
                break;
            }
            // One that cannot be watched is seen by the look.
            if !self.folders.contains_key(&path)
                && inotify.watch(&path, RecursiveMode::NonRecursive).is_ok()
            {
                self.folders.insert(path, inode);
                self.grown = true;
            }
        }
    }
}

impl Look {
    /// A folder and everything in it, level by level, so that what is nearest is watched first.
    fn folder(&mut self, root: &Path) {
        let Ok(meta) = fs::metadata(root) else {
            return;
        };
        self.folders.push((root.to_owned(), meta.ino()));
        let mut level = vec![root.to_owned()];
        while !level.is_empty() {
            let mut below = Vec::new();
            for folder in level {
                self.entries(&folder, &mut below);
            }
            level = below;
        }
    }

    fn entries(&mut self, folder: &Path, below: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if self.count >= MOST_SEEN {
                return;
            }
            let Ok(meta) = fs::symlink_metadata(&path) else {
                continue;
            };
            self.count += 1;
            let changed = (
                meta.mtime(),
                meta.mtime_nsec(),
                meta.ctime(),
                meta.ctime_nsec(),
            );
            (&path, changed, meta.len(), meta.ino()).hash(&mut self.digest);
            if meta.is_dir() {
                self.folders.push((path.clone(), meta.ino()));
                below.push(path);
            }
        }
    }
}
