//! A folder of one process alone, that goes when the process goes.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};

/// How its name begins; the number of its process follows.
const NAME: &str = "muster-demo-";

/// The folder; dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes the folder of this process below `base`, for its user alone. Folders of processes of the same user that were killed
    /// are removed first.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(base: &Path) -> io::Result<Self> {
        sweep(base);
        let path = base.join(format!("{NAME}{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it now.
    ///
    /// # Errors
    /// When something in it cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whoever wants to know why it stays uses `remove`; after that there is nothing left to do here.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what demos left behind that could not clean up after themselves. What cannot be read or removed stays.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let process = process.and_then(|number| number.parse::<i32>().ok());
        let Some(process) = process.filter(|number| *number > 1) else {
            continue;
        };
        // Of the entry itself, not of what a link points to.
        let ours = entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw());
        if ours && kill(Pid::from_raw(process), None) == Err(Errno::ESRCH) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
