//! What differs between what a node was given and what it would be given.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Files, Load, Piece};
use crate::overlay::Entry;

/// A part before and after. None: there is no such part.
pub type Changed<T> = (Option<T>, Option<T>);

/// One file that differs: as it was given, and as it would be given. None: there is no such file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// As it was given.
    pub runs: Option<Arc<Entry>>,
    /// As it would be given.
    pub next: Option<Arc<Entry>>,
}

/// What differs between two loads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// The kernel.
    pub kernel: Option<Changed<Piece>>,
    /// The image's own initramfs.
    pub initramfs: Option<Changed<Piece>>,
    /// The image.
    pub image: Option<Changed<Piece>>,
    /// The kernel's arguments.
    pub args: Option<(Arc<str>, Arc<str>)>,
    /// Files of the system overlay, by path.
    pub files: Vec<FileChange>,
    /// Files of the system overlay differ, and nobody knows any more which: what the node was given is not kept file by file.
    pub some_files: bool,
    /// Parts of which it is not known whether they differ, because nobody saw what the node was given.
    pub unseen: BTreeSet<&'static str>,
}

impl Differences {
    /// Whether anything is known to differ.
    #[must_use]
    pub fn any(&self) -> bool {
        let Self {
            kernel,
            initramfs,
            image,
            args,
            files,
            some_files,
            unseen: _,
        } = self;
        let pieces = [kernel, initramfs, image];
        pieces.iter().any(|piece| piece.is_some())
            || args.is_some()
            || !files.is_empty()
            || *some_files
    }
}

/// Compares what a node was given with what it would be given.
#[must_use]
pub fn differ(runs: &Load, next: &Load) -> Differences {
    let mut unseen = BTreeSet::new();
    let mut piece = |runs: &Option<Piece>, next: &Option<Piece>, what| match (runs, next) {
        (None, None) => None,
        // Whatever boots has a kernel, and all but the local disk an image: nobody saw it.
        (None, Some(_)) => {
            unseen.insert(what);
            None
        }
        (Some(a), Some(b)) => match (&a.digest, &b.digest) {
            (Some(x), Some(y)) => (x != y).then(|| (runs.clone(), next.clone())),
            _ => {
                unseen.insert(what);
                None
            }
        },
        (Some(_), None) => Some((runs.clone(), None)),
    };
    let kernel = piece(&runs.kernel, &next.kernel, "kernel");
    let initramfs = piece(&runs.initramfs, &next.initramfs, "initramfs");
    let image = piece(&runs.image, &next.image, "image");
    let mut found = Differences {
        kernel,
        initramfs,
        image,
        unseen,
        ..Differences::default()
    };
    match (&runs.args, &next.args) {
        (Some(a), Some(b)) if a != b => found.args = Some((a.clone(), b.clone())),
        (None, Some(_)) => {
            found.unseen.insert("arguments");
        }
        _ => {}
    }
    match (&runs.system, &next.system) {
        (Some(a), Some(b)) if a.digest != b.digest => files(a, b, &mut found),
        (None, Some(_)) => {
            found.unseen.insert("files");
        }
        _ => {}
    }
    found
}

fn files(runs: &Files, next: &Files, found: &mut Differences) {
    let (Some(a), Some(b)) = (&runs.listing, &next.listing) else {
        found.some_files = true;
        return;
    };
    let (mut a, mut b) = (a.entries.iter().peekable(), b.entries.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => x.path.cmp(&y.path),
        };
        let runs = (order != Ordering::Greater).then(|| a.next()).flatten();
        let next = (order != Ordering::Less).then(|| b.next()).flatten();
        let same = match (runs, next) {
            (Some(x), Some(y)) => Arc::ptr_eq(x, y) || alike(x, y),
            _ => false,
        };
        if !same {
            let (runs, next) = (runs.cloned(), next.cloned());
            found.files.push(FileChange { runs, next });
        }
    }
    // Two archives of other bytes and equal entries: only the order, which is always that of the paths, or what nobody compares.
    found.some_files |= found.files.is_empty();
}

/// Whether a node could not tell them apart. Which overlay brought a file is nothing to the node.
fn alike(a: &Entry, b: &Entry) -> bool {
    (a.sort, a.mode, a.uid, a.gid, &a.digest) == (b.sort, b.mode, b.uid, b.gid, &b.digest)
}

impl FileChange {
    /// Its path on the node.
    #[must_use]
    pub fn path(&self) -> &Arc<str> {
        static NONE: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| "".into());
        let entry = self.next.as_ref().or(self.runs.as_ref());
        entry.map_or(&NONE, |entry| &entry.path)
    }

    /// The overlay that brings it, or brought it.
    #[must_use]
    pub fn overlay(&self) -> &Arc<str> {
        static NONE: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| "".into());
        let entry = self.next.as_ref().or(self.runs.as_ref());
        entry.map_or(&NONE, |entry| &entry.overlay)
    }

    /// What differs of it: `added`, `removed`, `kind`, `content`, `target`, `mode 0644 → 0600`, `owner 0:0 → 1000:0`.
    #[must_use]
    pub fn what(&self) -> Vec<Arc<str>> {
        let (a, b) = match (&self.runs, &self.next) {
            (Some(a), Some(b)) => (a, b),
            (None, _) => return vec!["added".into()],
            (_, None) => return vec!["removed".into()],
        };
        let mut what: Vec<Arc<str>> = Vec::new();
        if a.sort != b.sort {
            what.push("kind".into());
        } else if a.digest != b.digest {
            let word = match a.sort {
                crate::overlay::Sort::Link => "target",
                _ => "content",
            };
            what.push(word.into());
        }
        if a.mode != b.mode {
            what.push(format!("mode {:04o} → {:04o}", a.mode, b.mode).into());
        }
        if (a.uid, a.gid) != (b.uid, b.gid) {
            what.push(format!("owner {}:{} → {}:{}", a.uid, a.gid, b.uid, b.gid).into());
        }
        what
    }
}
