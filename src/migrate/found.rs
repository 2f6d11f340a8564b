//! What was found on the disk, as decisions want it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::model::Fault;

/// A file of an overlay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaf {
    /// Kind, mode and content as one text: two files with the same print are the same.
    pub print: String,
    /// Whether it is a template.
    pub template: bool,
    /// Why muster cannot use it.
    pub faults: Vec<Fault>,
}

/// An overlay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Its name.
    pub name: String,
    /// The folder that is laid onto the root of a node.
    pub root: PathBuf,
    /// Its files by their path below that; folders are among them.
    pub leaves: BTreeMap<String, Leaf>,
    /// Why it cannot be read.
    pub trouble: Option<String>,
}

impl Tree {
    /// How many files it has, folders not counted.
    #[must_use]
    pub fn files(&self) -> usize {
        let file = |leaf: &&Leaf| !leaf.print.starts_with("folder");
        self.leaves.values().filter(file).count()
    }

    /// How many of them are templates, and how many of these cannot be used.
    #[must_use]
    pub fn templates(&self) -> (usize, usize) {
        let mut all = self.leaves.values().filter(|leaf| leaf.template);
        all.by_ref().fold((0, 0), |(all, bad), leaf| {
            (all + 1, bad + usize::from(!leaf.faults.is_empty()))
        })
    }

    /// Paths that `other` has otherwise, or not, or that are only there.
    #[must_use]
    pub fn differing<'t>(&'t self, other: &'t Self) -> Vec<&'t str> {
        let changed = self.leaves.iter().filter(|(path, leaf)| {
            other
                .leaves
                .get(*path)
                .is_none_or(|theirs| theirs.print != leaf.print)
        });
        let gone = other
            .leaves
            .keys()
            .filter(|path| !self.leaves.contains_key(*path));
        let mut paths: Vec<&str> = changed
            .map(|(path, _)| path)
            .chain(gone)
            .map(String::as_str)
            .collect();
        paths.sort_unstable();
        paths
    }
}

/// An image.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its root file system.
    pub root: PathBuf,
    /// Bytes of content.
    pub size: u64,
    /// Its kernels, best first.
    pub kernels: Vec<crate::image::Kernel>,
    /// Why it cannot be read.
    pub trouble: Option<String>,
    /// Whether muster has an image of that name.
    pub known: bool,
}

/// A boot script of the site.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The file, without its folder.
    pub file: String,
    /// The folder, for messages.
    pub folder: Arc<str>,
    /// What is in it.
    pub text: Bytes,
}

/// An SSH host key of nodes, or its public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// The file, without its folder.
    pub file: String,
    /// What is in it.
    pub text: Bytes,
    /// Mode, user and group.
    pub owner: (u32, u32, u32),
}

/// What lies in the folders of the installation.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// Overlays of the site.
    pub site: Vec<Tree>,
    /// Overlays as Warewulf ships them; none where they are not there to compare with.
    pub stock: Vec<Tree>,
    /// Images.
    pub images: Vec<Listed>,
    /// Boot scripts.
    pub scripts: Vec<Script>,
    /// SSH host keys.
    pub keys: Vec<HostKey>,
    /// Other files of the configuration, by their path below its folder.
    pub others: Vec<String>,
    /// What could not be looked at.
    pub troubles: Vec<Fault>,
}
