//! Putting things in place so that each can be taken back until all are there.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use crate::overlay::KEYS;

/// Mode, user and group of a file.
pub fn owner(path: &Path) -> Option<(u32, u32, u32)> {
    let meta = fs::metadata(path).ok()?;
    Some((meta.mode() & 0o7777, meta.uid(), meta.gid()))
}

/// Things that were put in place; taken back when dropped before they are kept.
#[derive(Debug, Default)]
pub struct Stage {
    /// What was put where, and where what was there before is now.
    done: Vec<(PathBuf, Option<PathBuf>)>,
    /// Half-made things.
    half: Vec<PathBuf>,
    kept: bool,
}

impl Stage {
    /// A place beside `to`, on the same file system, for what will be there. It is removed in the end.
    pub fn beside(&mut self, to: &Path) -> io::Result<PathBuf> {
        let (folder, name) = split(to)?;
        // A folder of keys is nobody else's.
        let mode = if folder.ends_with(KEYS) { 0o700 } else { 0o755 };
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(folder)?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".migrating");
        let path = folder.join(hidden);
        remove(&path)?;
        self.half.push(path.clone());
        Ok(path)
    }

    /// Writes a file beside `to`. What holds secrets is for nobody else; its owner is kept where that is possible.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn file(
        &mut self,
        to: &Path,
        text: &[u8],
        (mode, owner): (u32, Option<(u32, u32)>),
    ) -> io::Result<PathBuf> {
        let path = self.beside(to)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        if let Some((user, group)) = owner {
            // Only root can give files away; whoever else runs this keeps them.
            let _ = fchown(file.as_fd(), Some(user), Some(group));
        }
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(text)?;
        file.sync_all()?;
        Ok(path)
    }

    /// Moves `from` to `to`; what is there goes aside first if `replace`.
    ///
    /// # Errors
    /// The system's refusal; something is there.
    pub fn put(&mut self, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
        let (folder, _) = split(to)?;
        let mut aside = None;
        if fs::symlink_metadata(to).is_ok() {
            if !replace {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let free = free(to)?;
            // A file is there at every moment, the old one or the new one.
            match to.is_dir() {
                true => fs::rename(to, &free)?,
                false => fs::hard_link(to, &free)?,
            }
            aside = Some(free);
        }
        self.done.push((to.to_owned(), aside));
        fs::rename(from, to)?;
        File::open(folder)?.sync_all()
    }

    /// Something that stands at `to` already and goes again with the rest.
    pub fn note(&mut self, to: &Path) {
        self.done.push((to.to_owned(), None));
    }

    /// Everything stays. Gives where what was there before is now.
    pub fn keep(mut self) -> Vec<PathBuf> {
        self.kept = true;
        self.done
            .iter_mut()
            .filter_map(|(_, aside)| aside.take())
            .collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for path in &self.half {
            tell(remove(path), path);
        }
        if self.kept {
            return;
        }
        for (to, aside) in self.done.iter().rev() {
            tell(remove(to), to);
            if let Some(aside) = aside {
                tell(fs::rename(aside, to), to);
            }
        }
    }
}

fn tell(result: io::Result<()>, path: &Path) {
    if let Err(error) = result {
        tracing::error!("{} could not be put back: {error}", path.display());
    }
}

/// Removes a file, a link or a folder with all in it; nothing is fine too.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// A free name for what was at `to`. Overlays and images that begin with a dot are not looked at.
fn free(to: &Path) -> io::Result<PathBuf> {
    let (folder, name) = split(to)?;
    let name = name.to_string_lossy();
    let name = |n: usize| folder.join(format!(".{name}.before-migration.{n}"));
    let free = (1..1000)
        .map(name)
        .find(|path| fs::symlink_metadata(path).is_err());
    free.ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

fn split(path: &Path) -> io::Result<(&Path, &std::ffi::OsStr)> {
    let parts = path.parent().zip(path.file_name());
    parts.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
