//! Overlays, their files and what they make, as clients show them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::Content;
use crate::api::Language;
use crate::model::Fault;

/// Where an overlay comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// From inside the binary.
    Shipped,
    /// From the site's folder.
    Site,
    /// From the site's folder, and it hides a shipped one.
    Copy,
}

/// One overlay in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayItem {
    /// Its name.
    pub name: Arc<str>,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is for, in one line; empty when nobody says.
    pub about: Arc<str>,
    /// Files and links, templates among them.
    pub files: u32,
    /// Templates.
    pub templates: u32,
    /// Nodes that list it as a system overlay.
    pub system: u32,
    /// Nodes that list it as a runtime overlay.
    pub runtime: u32,
    /// Lines in which a copy differs from the shipped one: removed and added; none for what is no copy.
    pub behind: Option<(u32, u32)>,
    /// Faults that are known of it.
    pub faults: u32,
}

/// One overlay in full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayDetail {
    /// As it is listed.
    pub item: OverlayItem,
    /// The folder of the site that holds it, or would hold a copy.
    pub folder: Arc<str>,
    /// Its files and folders by path, parents before children.
    pub files: Vec<FileRow>,
    /// Who lists it.
    pub users: Vec<User>,
    /// The nodes that get it, as a hostlist in the order in which nodes are listed.
    #[serde(default)]
    pub nodes: Arc<str>,
    /// What is wrong with it: what can be seen without a node, and what failed for nodes lately.
    pub faults: Vec<Fault>,
}

/// Somebody who lists an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `profile gpu`, `node n0417`.
    pub who: Arc<str>,
    /// Whether as a system overlay; else as a runtime overlay.
    pub system: bool,
    /// Nodes that get it because of that.
    pub nodes: u32,
}

/// What a path of an overlay is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A template in this language.
    Template(Language),
    /// A folder.
    Folder,
    /// A symbolic link to this.
    Symlink(Arc<str>),
    /// A pipe or device, in a word.
    Special(Arc<str>),
}

/// How a file of a copy stands to the shipped overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is no shipped overlay of that name, or this is it.
    Own,
    /// As shipped.
    Same,
    /// Not as shipped: content, mode, owner or kind.
    Changed,
    /// Not in the shipped one.
    Added,
    /// Only in the shipped one.
    Missing,
}

/// One path of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Path in the overlay, without a leading slash.
    pub path: Arc<str>,
    /// What it is.
    pub kind: FileKind,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of a file.
    pub size: u64,
    /// How it stands to the shipped overlay.
    pub standing: Standing,
}

/// One file as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayFile {
    /// The overlay.
    pub name: Arc<str>,
    /// The path as it is listed; of one that is not there (any more, or yet) nothing but the path is true.
    pub row: FileRow,
    /// Its content; none of what is no regular file, or is not there.
    pub content: Option<Content>,
    /// What [`OverlayCommand::Change`](super::OverlayCommand::Change) takes as the base: SHA-256 of the content, lower-case hex;
    /// empty when there is no file.
    pub digest: Arc<str>,
    /// What is shipped there, where this is a copy and differs.
    pub shipped: Option<Content>,
    /// Why it cannot be used, as far as that can be seen without a node.
    pub faults: Vec<Fault>,
}

/// One file, folder or link that an overlay makes for a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Path on the node, from its root, with a leading slash.
    pub path: Arc<str>,
    /// Content of a file; none of anything else.
    pub content: Option<Content>,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Target of a link.
    pub symlink: Option<Arc<str>>,
    /// Whether what an earlier overlay has there is kept beside it.
    pub backup: bool,
    /// The template that makes it, as a path in the overlay; none of what is taken as it is.
    pub template: Option<Arc<str>>,
}

/// What an overlay makes for a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rendering {
    /// The overlay.
    pub name: Arc<str>,
    /// The node.
    pub node: Arc<str>,
    /// The revision of the registry that it was made from.
    pub revision: u64,
    /// What it makes, in the order of the files of the overlay.
    pub files: Vec<Rendered>,
    /// What failed, and warnings.
    pub faults: Vec<Fault>,
}

/// One fault, and the nodes that it is found on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// The fault, about the overlay.
    pub fault: Fault,
    /// The nodes, as a hostlist.
    pub nodes: Arc<str>,
    /// How many they are.
    pub count: u32,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Faults, errors first.
    pub rows: Vec<CheckRow>,
    /// Nodes that were rendered for.
    pub nodes: u32,
    /// Nodes for which something fails.
    pub failing: u32,
    /// Templates that were rendered, each counted once.
    pub templates: u32,
}
