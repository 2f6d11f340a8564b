//! `state.db`: boots, events and leases, written behind in batches by one thread. Boots must go on whatever becomes of it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::history::{Base, Depth, History, Record, Unusable};
use crate::model::Fault;

/// How long records wait for company before they are written.
const BATCH: Duration = Duration::from_millis(200);
/// Records in one transaction.
const BATCH_MAX: usize = 1000;
/// Records that may wait for a disk that is slow, full or gone.
const WAITING: usize = 65_536;
/// How long a write that failed waits before it is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// The writing end. Dropping it writes what waits, and ends the thread.
#[derive(Debug)]
pub struct State {
    to: Option<SyncSender<Record>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Trouble>,
    lost: AtomicU64,
    found: Vec<Fault>,
}

/// What keeps the writing thread from writing, if anything does.
#[derive(Debug, Default)]
struct Trouble {
    what: Mutex<Option<String>>,
    /// Whether the last try is the last one.
    ending: AtomicBool,
}

impl Trouble {
    fn set(&self, trouble: Option<String>) {
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn get(&self) -> Option<String> {
        let held = self.what.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }
}

impl State {
    /// Opens or makes the database at `path` and reads the newest history. One that cannot be read is moved aside and begun anew;
    /// where that is not possible either, nothing is kept. Either way boots work, and [`State::faults`] says what is wrong.
    #[must_use]
    pub fn open(path: &Path) -> (Self, History) {
        let (opened, found) = open_or_begin(path);
        let (base, history) = match opened {
            Some((base, history)) => (Some(base), history),
            None => (
                None,
                History::look(path, Depth::All).unwrap_or_else(|_| History::new()),
            ),
        };
        let mut state = Self {
            to: None,
            thread: None,
            trouble: Arc::default(),
            lost: AtomicU64::new(0),
            found,
        };
        if let Some(base) = base {
            let (to, from) = sync_channel(WAITING);
            let trouble = state.trouble.clone();
            let spawned = std::thread::Builder::new()
                .name("state".into())
                .spawn(move || write_behind(base, &from, &trouble));
            match spawned {
                Ok(thread) => (state.to, state.thread) = (Some(to), Some(thread)),
                Err(e) => state
                    .found
                    .push(Fault::warning(format!("no thread writes the history: {e}"))),
            }
        }
        (state, history)
    }

    /// Keeps a record, soon. Never waits.
    pub fn keep(&self, record: Record) {
        let full =
            |to: &SyncSender<Record>| matches!(to.try_send(record), Err(TrySendError::Full(_)));
        if self.to.as_ref().is_some_and(full) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is wrong with the history now.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.found.clone();
        if let Some(trouble) = self.trouble.get() {
            let what = format!("the history cannot be written to state.db: {trouble}");
            let hint =
                "boots go on; what happened waits in memory and is written once that works again";
            faults.push(Fault::warning(what).hint(hint));
        }
        if self.lost.load(Ordering::Relaxed) > 0 {
            let what = "part of the history was not kept: it came faster than it could be written";
            faults.push(Fault::warning(what));
        }
        faults
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.to = None;
        self.trouble.ending.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has written what it could.
            let _ = thread.join();
        }
    }
}

/// The database, if one can be had, and what was wrong on the way.
fn open_or_begin(path: &Path) -> (Option<(Base, History)>, Vec<Fault>) {
    let unusable = |cause: &str| format!("{} cannot be used: {cause}", path.display());
    let none = |cause: &str| {
        let hint = "nothing of what happens now is kept; mend that and start muster again";
        Fault::warning(unusable(cause)).hint(hint)
    };
    let cause = match Base::open(path) {
        Ok(opened) => return (Some(opened), Vec::new()),
        Err(Unusable::Kept(cause)) => return (None, vec![none(&cause)]),
        Err(Unusable::Broken(cause)) => cause,
    };
    let begun = move_aside(path)
        .map_err(|e| format!("{cause}; it cannot be moved aside: {e}"))
        .and_then(|aside| match Base::open(path) {
            Ok(opened) => Ok((opened, aside)),
            Err(Unusable::Broken(cause) | Unusable::Kept(cause)) => Err(cause),
        });
    match begun {
        Err(cause) => (None, vec![none(&cause)]),
        Ok((opened, aside)) => {
            let hint = format!("it is now {}, and the history begins anew", aside.display());
            (
                Some(opened),
                vec![Fault::warning(unusable(&cause)).hint(hint)],
            )
        }
    }
}

/// Renames a database and what belongs to it to the first free `state.db.bad-N`, so that nothing is lost that somebody may want
/// to look into.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let with = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let free = (1..=1000).find(|n| !with(&format!(".bad-{n}")).exists());
    let bad = format!(".bad-{}", free.ok_or(io::ErrorKind::AlreadyExists)?);
    std::fs::rename(path, with(&bad))?;
    for end in ["-wal", "-shm"] {
        match std::fs::rename(with(end), with(&format!("{bad}{end}"))) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(with(&bad))
}

/// Writes batches until the other end is dropped. A batch that cannot be written is kept and tried again; what comes meanwhile
/// waits in the channel.
fn write_behind(mut base: Base, from: &Receiver<Record>, trouble: &Trouble) {
    while let Ok(first) = from.recv() {
        let mut batch = vec![first];
        let mut more = true;
        while more && batch.len() < BATCH_MAX {
            match from.recv_timeout(BATCH) {
                Ok(record) => batch.push(record),
                Err(_) => more = false,
            }
        }
        while let Err(cause) = base.write(&batch) {
            if trouble.get().is_none() {
                tracing::warn!("the history cannot be written to state.db: {cause}");
            }
            trouble.set(Some(cause));
            if trouble.ending.load(Ordering::SeqCst) {
                return;
            }
            std::thread::park_timeout(RETRY);
        }
        trouble.set(None);
    }
}
