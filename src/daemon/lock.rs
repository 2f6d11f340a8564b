//! One daemon for one root: a locked file that says who holds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// Held as long as the daemon (or a verb that works on the files alone) runs; the system frees it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct Lock {
    _held: Flock<File>,
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

/// Takes the lock in folder `state`, without waiting.
///
/// # Errors
/// [`LockError`], in words for a person.
pub fn take(state: &Path) -> Result<Lock, LockError> {
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
            let pid = format!("{}\n", std::process::id());
            held.set_len(0)
                .and_then(|()| held.rewind())
                .and_then(|()| held.write_all(pid.as_bytes()))
                .map_err(failed)?;
            Ok(Lock { _held: held })
        }
        Err((mut file, Errno::EWOULDBLOCK)) => {
            let mut pid = String::new();
            let read = file.rewind().and_then(|()| file.read_to_string(&mut pid));
            let pid = if read.is_ok() && !pid.trim().is_empty() {
                pid.trim().into()
            } else {
                "?".into()
            };
            Err(LockError::Held { pid, path: shown })
        }
        Err((_, errno)) => Err(failed(errno.into())),
    }
}
