//! The image as it is with all layers so far.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use super::entry::{Body, Entry, Inode};
use super::path::{MOST_LINKS, Mark, mark, parts};

/// How much an image may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Names.
    pub names: usize,
    /// Bytes of content, of all layers together.
    pub bytes: u64,
    /// Bytes of extended attributes of one file.
    pub xattrs: usize,
}

/// What no image of a node exceeds: nodes hold it in memory.
pub const LIMITS: Limits = Limits {
    names: 4_000_000,
    bytes: 512 << 30,
    xattrs: 64 << 10,
};

/// A name: which file it is, and the layer that said so last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Name {
    inode: usize,
    layer: u32,
}

/// The image so far.
#[derive(Debug)]
pub struct Tree {
    /// By path from the root without a leading slash; sorted, so that a folder comes before what is in it. The root has no name.
    names: BTreeMap<Vec<u8>, Name>,
    inodes: Vec<Inode>,
    root: Inode,
    layer: u32,
    bytes: u64,
    /// Names that whiteouts have looked at, all together.
    looked: usize,
    limits: Limits,
}

/// How many times over whiteouts may look at as many names as there may be: more is an attack, or a broken tool.
const LOOKS: usize = 16;

impl Tree {
    /// An empty image.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            names: BTreeMap::new(),
            inodes: Vec::new(),
            root: Inode::implied(),
            layer: 0,
            bytes: 0,
            looked: 0,
            limits,
        }
    }

    /// What comes now belongs to the next layer.
    pub fn next_layer(&mut self) {
        self.layer += 1;
    }

    /// Takes in an entry of the layer.
    ///
    /// # Errors
    /// A sentence that names the path: it leads out of the image, contradicts itself, or is more than the limits allow. The image
    /// is to be refused then.
    pub fn put(&mut self, path: &[u8], entry: Entry) -> Result<(), String> {
        let parts = parts(path)?;
        let Some((last, above)) = parts.split_last() else {
            return self.set_root(entry);
        };
        for part in above {
            match mark(part)? {
                Mark::None => {}
                Mark::Ignored => return Ok(()),
                _ => return Err(format!("{} lies below a whiteout", shown(path))),
            }
        }
        match mark(last)? {
            Mark::Ignored => Ok(()),
            // Nothing below a folder that is not there is to be hidden.
            Mark::Opaque => match self.walk(above, path)? {
                Some(folder) => self.hide_below(&folder),
                None => Ok(()),
            },
            Mark::Whiteout(name) => match self.walk(above, path)? {
                Some(folder) => self.hide(&join(&folder, name)),
                None => Ok(()),
            },
            Mark::None => {
                let at = join(&self.folder(above, path)?, last);
                self.lay(at, entry, path)
            }
        }
    }

    /// Every name with its file, folders before what is in them. The root comes first, with no name.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &Inode)> {
        let names = self.names.iter();
        let named =
            names.filter_map(|(path, name)| Some((&path[..], self.inodes.get(name.inode)?)));
        std::iter::once((&b""[..], &self.root)).chain(named)
    }

    /// For each name that is not the first of its file, the first one. A map from path to path.
    #[must_use]
    pub fn links(&self) -> HashMap<&[u8], &[u8]> {
        let mut first: HashMap<usize, &[u8]> = HashMap::new();
        let mut links = HashMap::new();
        for (path, name) in &self.names {
            match first.get(&name.inode) {
                Some(first) => {
                    links.insert(&path[..], *first);
                }
                None => {
                    first.insert(name.inode, path);
                }
            }
        }
        links
    }

    /// How many names there are, the root not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn set_root(&mut self, entry: Entry) -> Result<(), String> {
        match entry {
            Entry::New(inode) if inode.body == Body::Folder => {
                self.root = inode;
                Ok(())
            }
            _ => Err("the root of the image is no folder".into()),
        }
    }

    fn lay(&mut self, at: Vec<u8>, entry: Entry, written: &[u8]) -> Result<(), String> {
        let inode = match entry {
            Entry::New(inode) => self.add(inode, written)?,
            Entry::HardLink(target) => self.target(&target, written)?,
        };
        if let Some(old) = self.names.get(&at).copied()
            && self.is_folder(old.inode)
            && !self.is_folder(inode)
        {
            self.remove_below(&at);
        }
        let layer = self.layer;
        self.names.insert(at, Name { inode, layer });
        if self.names.len() > self.limits.names {
            return Err(format!(
                "the image holds more than {} files",
                self.limits.names
            ));
        }
        Ok(())
    }

    fn add(&mut self, mut inode: Inode, written: &[u8]) -> Result<usize, String> {
        let weight: usize = inode.xattrs.iter().map(|(k, v)| k.len() + v.len()).sum();
        if weight > self.limits.xattrs {
            return Err(format!(
                "the extended attributes of {} are larger than {} bytes",
                shown(written),
                self.limits.xattrs
            ));
        }
        if let Body::File { size, .. } = inode.body {
            self.bytes = self.bytes.saturating_add(size);
            if self.bytes > self.limits.bytes {
                return Err(format!(
                    "the image holds more than {} bytes",
                    self.limits.bytes
                ));
            }
        }
        inode.mode &= 0o7777;
        inode.xattrs.sort();
        inode.xattrs.dedup_by(|later, first| later.0 == first.0);
        self.inodes.push(inode);
        Ok(self.inodes.len() - 1)
    }

    /// The file that a hard link means.
    fn target(&self, target: &[u8], written: &[u8]) -> Result<usize, String> {
        let wrong = |what: &str| {
            let (link, target) = (shown(written), shown(target));
            format!("the hard link {link} points to {target}, {what}")
        };
        let parts = parts(target)?;
        let (last, above) = parts
            .split_last()
            .ok_or_else(|| wrong("which is a folder"))?;
        let at = self.walk(above, written)?.map(|folder| join(&folder, last));
        let name = at.and_then(|at| self.names.get(&at).copied());
        let name = name.ok_or_else(|| wrong("which is not there"))?;
        if self.is_folder(name.inode) {
            return Err(wrong("which is a folder"));
        }
        Ok(name.inode)
    }

    fn is_folder(&self, inode: usize) -> bool {
        self.inodes
            .get(inode)
            .is_some_and(|inode| inode.body == Body::Folder)
    }

    /// The real path of the folder that `above` leads to; what of it is missing is made.
    fn folder(&mut self, above: &[&[u8]], written: &[u8]) -> Result<Vec<u8>, String> {
        if let Some(folder) = self.walk(above, written)? {
            return Ok(folder);
        }
        // What is there leads as far as links go; behind that nothing is, so every further name is a new folder.
        let mut at = Vec::new();
        for depth in 1..=above.len() {
            at = match self.walk(&above[..depth], written)? {
                Some(folder) => folder,
                None => {
                    let made = join(&at, above[depth - 1]);
                    if self.names.contains_key(&made) {
                        return Err(format!(
                            "{} lies below the link {}, which leads nowhere",
                            shown(written),
                            shown(&made)
                        ));
                    }
                    let inode = self.add(Inode::implied(), written)?;
                    let layer = self.layer;
                    self.names.insert(made.clone(), Name { inode, layer });
                    made
                }
            };
        }
        Ok(at)
    }

    /// Follows `above` from the root, through links, never out of the image; none where something is missing.
    fn walk(&self, above: &[&[u8]], written: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let mut open: Vec<Vec<u8>> = above.iter().rev().map(|part| part.to_vec()).collect();
        let (mut at, mut links) = (Vec::new(), 0);
        while let Some(part) = open.pop() {
            if part == b".." {
                let end = at.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                at.truncate(end);
                continue;
            }
            let here = join(&at, &part);
            let Some(name) = self.names.get(&here) else {
                return Ok(None);
            };
            match self.inodes.get(name.inode).map(|inode| &inode.body) {
                Some(Body::Folder) => at = here,
                Some(Body::Symlink(target)) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(format!(
                            "the links above {} go round in a circle",
                            shown(written)
                        ));
                    }
                    if target.first() == Some(&b'/') {
                        at = Vec::new();
                    }
                    let parts = target.split(|byte| *byte == b'/').rev();
                    let parts = parts.filter(|part| !matches!(*part, b"" | b"."));
                    open.extend(parts.map(<[u8]>::to_vec));
                }
                _ => {
                    return Err(format!(
                        "{} lies below {}, which is no folder",
                        shown(written),
                        shown(&here)
                    ));
                }
            }
        }
        Ok(Some(at))
    }

    /// Hides what lower layers have at `path`; what this layer has there stays.
    fn hide(&mut self, path: &[u8]) -> Result<(), String> {
        self.hide_below(path)?;
        let Some(name) = self.names.get(path).filter(|name| name.layer < self.layer) else {
            return Ok(());
        };
        let folder = self.is_folder(name.inode);
        if !folder || self.below(path).next().is_none() {
            self.names.remove(path);
        } else {
            // Something of this layer lies in it, so there is a folder; not the old one.
            self.inodes.push(Inode::implied());
            let (inode, layer) = (self.inodes.len() - 1, self.layer);
            self.names.insert(path.to_vec(), Name { inode, layer });
        }
        Ok(())
    }

    /// Hides what lower layers have in the folder `path`. A folder of theirs stays while something of this layer lies in it.
    fn hide_below(&mut self, path: &[u8]) -> Result<(), String> {
        let all: Vec<(Vec<u8>, bool)> = self
            .below(path)
            .map(|(path, name)| (path.clone(), name.layer < self.layer))
            .collect();
        self.looked = self.looked.saturating_add(all.len());
        if self.looked > self.limits.names.saturating_mul(LOOKS) {
            return Err(format!(
                "the whiteouts at {} hide too much too often",
                shown(path)
            ));
        }
        // What lies in a folder comes behind it: seen from the end, whether anything in it stayed is known when its turn comes.
        let mut stayed: HashSet<&[u8]> = HashSet::new();
        for (path, lower) in all.iter().rev() {
            if *lower && !stayed.contains(&path[..]) {
                self.names.remove(path);
                continue;
            }
            let parent = path.iter().rposition(|byte| *byte == b'/');
            stayed.extend(parent.map(|end| &path[..end]));
        }
        Ok(())
    }

    fn remove_below(&mut self, path: &[u8]) {
        let all: Vec<Vec<u8>> = self.below(path).map(|(path, _)| path.clone()).collect();
        for path in all {
            self.names.remove(&path);
        }
    }

    /// All names in the folder `path`, at any depth.
    fn below(&self, path: &[u8]) -> impl Iterator<Item = (&Vec<u8>, &Name)> {
        let start = if path.is_empty() {
            Vec::new()
        } else {
            [path, b"/"].concat()
        };
        let from = (Bound::Included(start.clone()), Bound::Unbounded);
        let names = self.names.range(from);
        names.take_while(move |(path, _)| path.starts_with(&start))
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        return name.to_vec();
    }
    [folder, b"/", name].concat()
}

fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path).escape_debug().to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
