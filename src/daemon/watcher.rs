//! Notices when a file that we read changes: inotify as the hint, a look every few seconds where that does not reach (NFS).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How long the files must be quiet: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// How often the files are looked at without a hint.
const LOOK: Duration = Duration::from_secs(3);

/// Watches the configuration folder and the list of images; yields once for every change that has become quiet.
#[derive(Debug)]
pub struct Watcher {
    changes: Receiver<()>,
    _inotify: Option<RecommendedWatcher>,
}

/// What a look at one path shows; any difference is a change.
type Seen = Option<(SystemTime, u64, u64)>;

impl Watcher {
    /// Begins to watch, as a task of the current runtime. Without inotify it looks from time to time.
    #[must_use]
    pub fn start(conf: &Path, state: &Path) -> Self {
        let (hint, hints) = channel(1);
        let hint = move |event: notify::Result<notify::Event>| {
            if !event.as_ref().is_ok_and(|event| event.kind.is_access()) {
                // One hint that waits is as good as many.
                let _ = hint.try_send(());
            }
        };
        // The folder is watched, not the file: editors replace files by renaming.
        let inotify = notify::recommended_watcher(hint).ok().map(|mut inotify| {
            for folder in [conf.to_owned(), state.join("images")] {
                // A folder that is not there yet is seen by the look.
                let _ = inotify.watch(&folder, RecursiveMode::NonRecursive);
            }
            inotify
        });
        let places = vec![
            conf.join("muster.conf"),
            conf.join("nodes.conf"),
            state.join("images"),
        ];
        let (to, changes) = channel(1);
        tokio::spawn(watch(places, hints, to));
        Self {
            changes,
            _inotify: inotify,
        }
    }

    /// Waits for the next change.
    pub async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            // The task is gone with the runtime.
            std::future::pending::<()>().await;
        }
    }
}

async fn watch(places: Vec<PathBuf>, mut hints: Receiver<()>, to: Sender<()>) {
    let mut seen = look(&places);
    while !to.is_closed() {
        if let Ok(None) = tokio::time::timeout(LOOK, hints.recv()).await {
            // Inotify is gone; the looks go on.
            tokio::time::sleep(LOOK).await;
        }
        let mut now = look(&places);
        if now == seen {
            continue;
        }
        loop {
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
    let seen = |path: &PathBuf| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len(), meta.ino()))
    };
    places.iter().map(seen).collect()
}
