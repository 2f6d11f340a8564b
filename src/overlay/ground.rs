//! What the image has where overlays are laid: the kernel unpacks an overlay over it without asking, and where it cannot, it says
//! nothing.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::archive::Context;
use super::files::{Files, Input, Kind, Recorded};
use super::layout::{Body, Layout};
use super::sources::{Sources, valid};
use crate::model::{Fault, Level, Node};

/// Paths of one image that are remembered.
const MOST_FACTS: usize = 20_000;
/// Images that are remembered.
const MOST_IMAGES: usize = 64;
/// Whatever is changed of an image, one of these changes too: a new tree, a package that comes or goes.
const TOPS: [&str; 4] = ["", "etc", "usr", "var"];

/// What is at a path of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Nothing.
    Free,
    /// A file, or something else that gives way.
    Thing,
    /// A folder without anything in it.
    Empty,
    /// A folder with something in it.
    Folder,
    /// A link.
    Link(PathBuf),
}

/// The tree of one image.
#[derive(Debug)]
pub struct Ground {
    name: Arc<str>,
    root: PathBuf,
    tops: Vec<Input>,
    facts: Mutex<HashMap<Vec<u8>, Fact>>,
}

/// The trees that were looked at.
#[derive(Debug, Default)]
pub struct Grounds(Mutex<HashMap<Arc<str>, Arc<Ground>>>);

impl Grounds {
    /// The tree of the image `name` at `root`; none if there is no such folder.
    pub fn of(&self, name: &Arc<str>, root: &Path, files: &dyn Files) -> Option<Arc<Ground>> {
        if files.kind(root).ok()? != Some(Kind::Folder) {
            return None;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(name).filter(|known| known.root == root);
        if let Some(known) = known.filter(|known| known.holds(files)) {
            return Some(known.clone());
        }
        let recorded = Recorded::new(files);
        for top in TOPS {
            // What cannot be looked at is noted as nothing.
            let _ = recorded.meta(&root.join(top));
        }
        let ground = Arc::new(Ground {
            name: name.clone(),
            root: root.to_owned(),
            tops: recorded.inputs(),
            facts: Mutex::default(),
        });
        if all.len() >= MOST_IMAGES {
            all.clear();
        }
        all.insert(name.clone(), ground.clone());
        Some(ground)
    }
}

impl Ground {
    fn holds(&self, files: &dyn Files) -> bool {
        self.tops.iter().all(|top| top.holds(files))
    }

    /// What is at `path`. Looked at once, and not as an input: the tree as a whole is one.
    pub fn fact(&self, path: &[u8], files: &dyn Files) -> Fact {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fact) = facts.get(path) {
            return fact.clone();
        }
        let fact = self.look(&self.root.join(OsStr::from_bytes(path)), files);
        if facts.len() < MOST_FACTS {
            facts.insert(path.to_vec(), fact.clone());
        }
        fact
    }

    fn look(&self, at: &Path, files: &dyn Files) -> Fact {
        let is = |kind| files.kind(at).ok().flatten() == Some(kind);
        if is(Kind::Symlink) {
            return files.target(at).map_or(Fact::Free, Fact::Link);
        }
        if !is(Kind::Folder) {
            let kind = files.kind(at).ok().flatten();
            return kind.map_or(Fact::Free, |_| Fact::Thing);
        }
        match files.list(at) {
            Ok(names) if names.is_empty() => Fact::Empty,
            _ => Fact::Folder,
        }
    }

    /// What of `layout` the kernel would not unpack here, or not as it is meant; and whether anything starts the node.
    pub fn faults(&self, layout: &Layout, context: Context, files: &dyn Files) -> Vec<Fault> {
        let mut faults = Vec::new();
        let starts =
            layout.items.contains_key(&b"init"[..]) || self.fact(b"init", files) != Fact::Free;
        if context == Context::System && !starts {
            let what = format!(
                "no system overlay of this node brings /init, and image {} has none",
                self.name
            );
            faults.push(Fault::warning(what).hint("list wwinit first in `system overlay`"));
        }
        for (path, item) in &layout.items {
            let folder = item.body == Body::Folder;
            let shown = String::from_utf8_lossy(path);
            let (image, overlay) = (&self.name, &item.overlay);
            match self.fact(path, files) {
                Fact::Link(target) if folder => {
                    let target = target.display();
                    let what = format!(
                        "/{shown} is a link to {target} in image {image}; the folder of overlay {overlay} would take its place"
                    );
                    let hint = format!("put into the overlay what is to lie below {target}");
                    let mut fault = Fault::error(what).hint(hint);
                    if !vital(path) {
                        fault.level = Level::Warning;
                    }
                    faults.push(fault);
                }
                Fact::Folder if !folder => {
                    let what = format!(
                        "/{shown} is a folder with something in it in image {image}: the kernel would leave out what overlay {overlay} brings there"
                    );
                    let hint =
                        "empty the folder in the image, or give it another name in the overlay";
                    faults.push(Fault::error(what).hint(hint));
                }
                _ => {}
            }
        }
        faults
    }
}

impl Sources {
    /// The tree of the image of `node`; none if it has none, or nothing is known of it here.
    pub(super) fn ground(&self, node: &Node, files: &dyn Files) -> Option<Arc<Ground>> {
        let image = node.image.as_ref().filter(|image| valid(image))?;
        let root = self.images.join(&**image).join("rootfs");
        self.memory.grounds.of(image, &root, files)
    }
}

/// Links that the system does not do without.
fn vital(path: &[u8]) -> bool {
    !path.contains(&b'/') || matches!(path, b"var/run" | b"var/lock" | b"usr/sbin" | b"usr/lib64")
}
