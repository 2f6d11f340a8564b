//! Bringing big files into the page cache before they are sent.
//!
//! `sendfile` on a file that is not in memory waits for the disk, and with it everything else on that worker: the DHCP answers of
//! a mass boot too. So the first transfer of a file starts one reader on a blocking thread, and every transfer of that file
//! stays behind it. Afterwards the file is taken for cached.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Which content: device, inode, size and time of change.
pub(super) type Key = (u64, u64, u64, (i64, i64));

/// Files remembered as read; a rebuilt image is a new one, so old entries only gather slowly.
const REMEMBERED: usize = 256;
/// Bytes read at once.
const STEP: usize = 1 << 20;

/// How far the reader of a file is, in bytes from its start; `u64::MAX` at its end.
pub(super) type Reached = watch::Receiver<u64>;

/// The files that were or are being read.
#[derive(Debug, Default)]
pub(super) struct Warmth {
    files: Mutex<HashMap<Key, Reached>>,
    over: Arc<AtomicBool>,
}

impl Warmth {
    /// The reader of a file; started now if there is none. Must be called inside the runtime.
    pub(super) fn of(&self, key: Key, file: &Arc<File>) -> Reached {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reached) = files.get(&key) {
            return reached.clone();
        }
        if files.len() >= REMEMBERED {
            files.clear();
        }
        let (tell, reached) = watch::channel(0);
        files.insert(key, reached.clone());
        let (file, over) = (file.clone(), self.over.clone());
        tokio::task::spawn_blocking(move || read_through(&file, &tell, &over));
        reached
    }

    /// Ends all readers: the server stops.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Reads to the end. An error ends it too: the transfer meets the same error and says so.
fn read_through(file: &File, tell: &watch::Sender<u64>, over: &AtomicBool) {
    let mut scrap = vec![0; STEP];
    let mut at = 0;
    while !over.load(Ordering::Relaxed) {
        match file.read_at(&mut scrap, at) {
            Ok(0) | Err(_) => break,
            Ok(got) => at += got as u64,
        }
        tell.send_replace(at);
    }
    tell.send_replace(u64::MAX);
}

/// Waits until a file's reader is past `need`.
pub(super) async fn past(mut reached: Reached, need: u64) {
    // A reader that is gone has told its end before.
    let _ = reached.wait_for(|at| *at >= need).await;
}
