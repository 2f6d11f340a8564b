//! Notices when a file that we read changes: inotify as the hint, a look every few seconds where that does not reach (NFS).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::scripts;

/// How long the files must be quiet: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// How many times in a row they may be found changed before that is told all the same.
const PATIENCE: u32 = 5;
/// How often the files are looked at without a hint.
const LOOK: Duration = Duration::from_secs(3);

/// Watches the configuration files, the site's iPXE scripts and the list of images; yields once for every change that has become quiet.
#[derive(Debug)]
pub struct Watcher {
    changes: Receiver<()>,
}

impl Watcher {
    /// Begins to watch, as a task of the current runtime. Without inotify it looks from time to time.
    #[must_use]
    pub fn start(conf: &Path, state: &Path) -> Self {
        let places = vec![
            conf.join("muster.conf"),
            conf.join("nodes.conf"),
            conf.join(scripts::FOLDER),
            state.join("images"),
        ];
        let (to, changes) = channel(1);
        let (hint, hints) = channel(1);
        let folders = Folders::new(&places, hint);
        tokio::spawn(watch(places, folders, hints, to));
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

/// What a look at one path shows; any difference is a change.
type Seen = Option<(SystemTime, u64, u64)>;

async fn watch(
    places: Vec<PathBuf>,
    mut folders: Folders,
    mut hints: Receiver<()>,
    to: Sender<()>,
) {
    folders.arm();
    let mut seen = look(&places);
    while !to.is_closed() {
        if let Ok(None) = tokio::time::timeout(LOOK, hints.recv()).await {
            // There is no inotify; the looks go on.
            tokio::time::sleep(LOOK).await;
        }
        folders.arm();
        let mut now = look(&places);
        if now == seen {
            continue;
        }
        for _ in 0..PATIENCE {
            tokio::time::sleep(QUIET).await;
            let later = look(&places);
            if later == now {
                break;
            }
            now = later;
        }
        seen = now;
        // A change that waits already stands for this one too.
        let _ = to.try_send(());
    }
}

fn look(places: &[PathBuf]) -> Vec<Seen> {
    places.iter().map(|path| seen(path)).collect()
}

fn seen(path: &Path) -> Seen {
    let meta = std::fs::metadata(path).ok()?;
    let mut seen = (meta.modified().ok()?, meta.len(), meta.ino());
    if meta.is_dir() && path.ends_with(scripts::FOLDER) {
        // A file that is written in place does not change its folder.
        let files = std::fs::read_dir(path).ok()?.flatten();
        for file in files.filter_map(|entry| std::fs::metadata(entry.path()).ok()) {
            seen.0 = seen.0.max(file.modified().ok()?);
            seen.1 = seen.1.wrapping_add(file.len());
        }
    }
    Some(seen)
}

/// The folders that inotify watches. Not the files: editors replace those by renaming.
#[derive(Debug)]
struct Folders {
    inotify: Option<RecommendedWatcher>,
    folders: Vec<Folder>,
}

/// A folder, and the inode that is watched under its name.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    armed: Option<u64>,
}

impl Folders {
    /// The folders that hold `places`, and those that are places; `hint` is told of what happens in them.
    fn new(places: &[PathBuf], hint: Sender<()>) -> Self {
        let told = move |event: notify::Result<notify::Event>| {
            if !event.as_ref().is_ok_and(|event| event.kind.is_access()) {
                // One hint that waits is as good as many.
                let _ = hint.try_send(());
            }
        };
        let mut paths: Vec<PathBuf> = places.to_vec();
        for place in places {
            paths.extend(place.parent().map(Path::to_owned));
            // A file that is a link changes where it points to.
            let target = std::fs::canonicalize(place).ok();
            paths.extend(target.as_deref().and_then(Path::parent).map(Path::to_owned));
        }
        paths.sort();
        paths.dedup();
        let folder = |path| Folder { path, armed: None };
        Self {
            inotify: notify::recommended_watcher(told).ok(),
            folders: paths.into_iter().map(folder).collect(),
        }
    }

    /// Watches the folders that have appeared since, or were replaced by others of their name.
    fn arm(&mut self) {
        let Some(inotify) = &mut self.inotify else {
            return;
        };
        for Folder { path, armed } in &mut self.folders {
            let meta = std::fs::metadata(&*path).ok().filter(|meta| meta.is_dir());
            let there = meta.map(|meta| meta.ino());
            if there == *armed {
                continue;
            }
            if armed.is_some() {
                // The watch went with the folder that it was on.
                let _ = inotify.unwatch(path);
            }
            // One that cannot be watched is seen by the look.
            *armed = there.filter(|_| inotify.watch(path, RecursiveMode::NonRecursive).is_ok());
        }
    }
}
