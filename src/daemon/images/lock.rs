//! One job at a time for an image.

use std::fs::{self, File, OpenOptions};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::JobError;

/// Held for as long as a job works on an image; released when dropped or when the process dies.
#[derive(Debug)]
pub struct Lock {
    _held: Flock<File>,
}

/// Takes the lock of image `name`.
///
/// # Errors
/// A sentence when another job has it, or the folder cannot be written.
pub fn lock(state: &Path, name: &str) -> Result<Lock, JobError> {
    let images = state.join("images");
    fs::create_dir_all(&images).map_err(|e| JobError::io("cannot make", &images, &e))?;
    let path = images.join(format!(".{name}.lock"));
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| JobError::io("cannot open", &path, &e))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(held) => Ok(Lock { _held: held }),
        Err((_, Errno::EAGAIN)) => Err(JobError::new(format!(
            "another job works on image {name}; wait until it is done"
        ))),
        Err((_, errno)) => Err(JobError::io("cannot lock", &path, &errno.into())),
    }
}
