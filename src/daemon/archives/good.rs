//! Last good archives across restarts: from the moment when a node's overlays cannot be rendered any more until they are mended,
//! its last good archive lies in the folder `last-good` of the state folder. Archives hold secrets, so it is for muster alone to
//! read.
//!
//! Nothing is written as long as all is well. A file holds what is a node's own; the beginning that its archive shares with others
//! lies there once, under its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::Key;
use crate::model::View;
use crate::overlay::{Archive, Context, Rope};

/// All of it together takes no more than this; what does not fit lives as long as the servers run, as before.
const MOST: u64 = 256 << 20;
/// What the first line of a file begins with.
const MARK: &str = "muster-last-good 1";
/// What the names of shared beginnings begin with.
const SHARED: &str = "shared-";

/// The folder.
#[derive(Debug)]
pub struct Good {
    folder: PathBuf,
    /// Sizes of what is in it by name; none until it was looked at. What is about to be written counts as there.
    held: Mutex<Option<BTreeMap<String, u64>>>,
}

impl Good {
    /// That of this state folder. Nothing is read or made yet.
    pub fn new(state: &Path) -> Self {
        Self {
            folder: state.join("last-good"),
            held: Mutex::default(),
        }
    }

    /// What `key` has can no longer be rendered: keeps `archive` for it, unless it is kept already. Off the caller's path.
    pub fn broken(self: &Arc<Self>, key: &Key, archive: &Arc<Archive>) {
        let name = name(key);
        let known =
            self.with(|held| held.contains_key(&name) || held.insert(name.clone(), 0).is_some());
        if known {
            return;
        }
        let (this, archive) = (self.clone(), archive.clone());
        let keep = move || {
            if let Err(error) = this.with(|held| this.write(held, &name, &archive)) {
                this.with(|held| held.remove(&name));
                let folder = this.folder.display();
                tracing::warn!("a last good archive cannot be kept in {folder}: {error}");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(keep)),
            Err(_) => keep(),
        }
    }

    /// What was kept for `key`, if it is whole.
    pub fn recall(&self, key: &Key) -> Option<Arc<Archive>> {
        let name = name(key);
        let kept = self.with(|held| held.contains_key(&name));
        match kept.then(|| self.read(&name)) {
            Some(Ok(archive)) => Some(Arc::new(archive)),
            Some(Err(error)) => {
                let file = self.folder.join(name);
                tracing::warn!(
                    "a last good archive cannot be used: {}: {error}",
                    file.display()
                );
                None
            }
            None => None,
        }
    }

    /// What `key` has can be rendered.
    pub fn mended(&self, key: &Key) {
        let name = name(key);
        self.with(|held| {
            if held.remove(&name).is_some() {
                self.remove(&name);
                self.sweep(held);
            }
        });
    }

    /// Forgets nodes that `view` no longer has.
    pub fn retain(&self, view: &View) {
        self.with(|held| {
            if held.is_empty() {
                return;
            }
            let nodes = view.nodes.iter();
            let contexts = [Context::System, Context::Runtime];
            let keys =
                nodes.flat_map(|node| contexts.map(|context| name(&(node.name.clone(), context))));
            let known: BTreeSet<String> = keys.collect();
            held.retain(|name, _| {
                let stays = name.starts_with(SHARED) || known.contains(name);
                if !stays {
                    self.remove(name);
                }
                stays
            });
            self.sweep(held);
        });
    }

    /// Without any node's archive, nothing that they shared is needed.
    fn sweep(&self, held: &mut BTreeMap<String, u64>) {
        if held.keys().all(|name| name.starts_with(SHARED)) {
            for name in std::mem::take(held).into_keys() {
                self.remove(&name);
            }
        }
    }

    fn remove(&self, name: &str) {
        // What is gone already is as good as removed.
        let _ = fs::remove_file(self.folder.join(name));
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, u64>) -> T) -> T {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        work(held.get_or_insert_with(|| self.look()))
    }

    fn look(&self) -> BTreeMap<String, u64> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let found = entries.filter_map(|entry| {
            let size = entry.metadata().ok()?.len();
            Some((entry.file_name().into_string().ok()?, size))
        });
        found.filter(|(name, _)| !name.starts_with('.')).collect()
    }

    fn write(
        &self,
        held: &mut BTreeMap<String, u64>,
        name: &str,
        archive: &Archive,
    ) -> io::Result<()> {
        // It was mended in the meantime.
        if !held.contains_key(name) {
            return Ok(());
        }
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.folder)?;
        let (own, before) = archive
            .plain
            .pieces()
            .split_last()
            .ok_or(io::ErrorKind::InvalidData)?;
        let mut head = format!("{MARK} {}", archive.digest);
        for piece in before {
            let shared = format!("{SHARED}{}", hex(&Sha256::digest(piece)));
            if !held.contains_key(&shared) {
                self.place(held, &shared, &[piece])?;
            }
            head.push(' ');
            head.push_str(&shared);
        }
        head.push('\n');
        self.place(held, name, &[head.as_bytes(), own])
    }

    /// Writes a file whole or not at all. One that a lost server leaves half on the disk is not what its digest says.
    fn place(
        &self,
        held: &mut BTreeMap<String, u64>,
        name: &str,
        parts: &[&[u8]],
    ) -> io::Result<()> {
        let size: u64 = parts.iter().map(|part| part.len() as u64).sum();
        if held.values().sum::<u64>() + size > MOST {
            return Err(io::Error::other("there are 256 MiB of them already"));
        }
        let fresh = self.folder.join(format!(".{name}"));
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        for part in parts {
            file.write_all(part)?;
        }
        fs::rename(&fresh, self.folder.join(name))?;
        held.insert(name.to_owned(), size);
        Ok(())
    }

    fn read(&self, name: &str) -> io::Result<Archive> {
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "it is not whole");
        let data = Bytes::from(fs::read(self.folder.join(name))?);
        let end = data
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(broken)?;
        let head = std::str::from_utf8(&data[..end]).map_err(|_| broken())?;
        let words = head.strip_prefix(MARK).ok_or_else(broken)?;
        let mut words = words.split_whitespace();
        let digest = words.next().ok_or_else(broken)?;
        let mut plain = Rope::default();
        for shared in words {
            // Nothing but a name of this folder is followed.
            if !shared.starts_with(SHARED) || shared.contains('/') {
                return Err(broken());
            }
            plain.push(fs::read(self.folder.join(shared))?.into());
        }
        plain.push(data.slice(end + 1..));
        let archive = Archive::of(plain)?;
        match *archive.digest == *digest {
            true => Ok(archive),
            false => Err(broken()),
        }
    }
}

/// Names of nodes are free text, and no names of files.
fn name((node, context): &Key) -> String {
    let digest = Sha256::digest(format!("{context:?} {node}"));
    hex(&digest[..16])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
