//! One daemon for one root: a locked file that says who holds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::clock::Clock;

/// Held as long as the daemon (or a verb that works on the files alone) runs; the system frees it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Lock {
    held: Option<Flock<File>>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(Err((held, _))) = self.held.take().map(Flock::unlock) {
            // The end of the process frees it then; dropping it would try again, and panic.
            std::mem::forget(held);
        }
    }
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error(
        "muster already runs on this root (pid {pid}, lock {path}); attach to it with `muster`, or stop it with `muster stop`"
    )]
    Held {
        /// Process id of the holder, or `?`.
        pid: String,
        /// `daemon`, `verb` or `?`.
        holder: String,
        /// The lock file.
        path: String,
    },
    /// The file could not be made or locked.
    #[error("the lock file {path} cannot be used: {cause}")]
    Io {
        /// The lock file.
        path: String,
        /// The system's words.
        cause: io::Error,
    },
}

/// What holds the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A daemon: as long as it runs.
    Daemon,
    /// A verb that changes files: for a moment.
    Verb,
}

impl Holder {
    const fn word(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Verb => "verb",
        }
    }
}

/// How long a verb is waited for, and how often it is looked at.
const VERB_TAKES: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// Takes the lock in folder `state`. A daemon that holds it is not waited for; a verb is.
///
/// # Errors
/// [`LockError`], in words for a person.
pub fn take(state: &Path, who: Holder) -> Result<Lock, LockError> {
    let clock = Clock::start();
    let began = clock.now();
    loop {
        match try_take(state, who) {
            Err(LockError::Held { holder, .. })
                if holder != Holder::Daemon.word() && clock.now().since(began) < VERB_TAKES =>
            {
                std::thread::sleep(LOOK);
            }
            taken => return taken,
        }
    }
}

fn try_take(state: &Path, who: Holder) -> Result<Lock, LockError> {
    let path = state.join("lock");
    let shown = path.display().to_string();
    let failed = |cause: io::Error| LockError::Io {
        path: shown.clone(),
        cause,
    };
    fs::create_dir_all(state).map_err(failed)?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path);
    match Flock::lock(file.map_err(failed)?, FlockArg::LockExclusiveNonblock) {
        Ok(mut held) => {
            let text = format!("{} {}\n", std::process::id(), who.word());
            let written = held
                .set_len(0)
                .and_then(|()| held.rewind())
                .and_then(|()| held.write_all(text.as_bytes()));
            written.map_err(failed)?;
            Ok(Lock { held: Some(held) })
        }
        Err((mut file, Errno::EWOULDBLOCK)) => {
            let mut text = String::new();
            // What cannot be read is shown as unknown.
            let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
            let mut words = text.split_whitespace().map(str::to_owned);
            let mut word = || words.next().unwrap_or_else(|| "?".into());
            Err(LockError::Held {
                pid: word(),
                holder: word(),
                path: shown,
            })
        }
        Err((_, errno)) => Err(failed(errno.into())),
    }
}

/// The process that holds the lock in folder `state`, or held it last; none if nobody ever did.
#[must_use]
pub fn holder(state: &Path) -> Option<u32> {
    let text = fs::read_to_string(state.join("lock")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Whether a process lives. One that ended and was not yet waited for does not (proc(5): state `Z`).
#[must_use]
pub fn lives(process: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else {
        return false;
    };
    // The name stands in parentheses and may hold anything, parentheses too.
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim_start().chars().next());
    !matches!(state, Some('Z' | 'X'))
}
