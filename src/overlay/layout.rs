//! The files of one node's overlays, laid over one another.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::shared::Sight;
use super::xattrs::Xattrs;
use crate::model::Fault;

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A regular file with its content.
    File(Bytes),
    /// A folder.
    Folder,
    /// A symbolic link with its target.
    Symlink(Bytes),
    /// A named pipe.
    Fifo,
    /// A character device.
    Char(u32, u32),
    /// A block device.
    Block(u32, u32),
}

/// One path of an overlay.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is.
    pub body: Body,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The overlay that brought it.
    pub overlay: Arc<str>,
    /// Whether every node of its network that lists that overlay gets the same.
    pub shared: bool,
    /// Extended attributes, sorted by name.
    pub xattrs: Xattrs,
}

/// All overlays of one context of one node, laid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// By path without a leading slash; sorted, so that a parent comes before its children.
    pub items: BTreeMap<Vec<u8>, Item>,
    /// How much of other nodes was looked at, so that changes of them may change the result.
    pub sight: Sight,
    /// Warnings that did not prevent it.
    pub faults: Vec<Fault>,
    /// Of the links of a merged `/usr` those that are folders in this node's image.
    pub(super) apart: Vec<&'static [u8]>,
}

impl Layout {
    /// Lays `item` at `path` over what is there. Later wins; a folder over a folder keeps the mode and takes the owner.
    ///
    /// # Errors
    /// A sentence when a folder would replace a file or link or the reverse, or one of the links that a merged `/usr` needs.
    pub fn put(&mut self, path: &[u8], item: Item) -> Result<(), String> {
        let shown = String::from_utf8_lossy(path).into_owned();
        let link = matches!(item.body, Body::Symlink(_));
        if matches!(path, b"bin" | b"sbin" | b"lib" | b"lib64")
            && !link
            && !self.apart.contains(&path)
        {
            return Err(format!(
                "/{shown} would replace the link into /usr that the image has there, and nothing would run any more"
            ));
        }
        let folder = item.body == Body::Folder;
        match self.items.get_mut(path) {
            Some(old) if old.body == Body::Folder && folder => {
                (old.uid, old.gid) = (item.uid, item.gid);
                return Ok(());
            }
            Some(old) if (old.body == Body::Folder) != folder => {
                let word = |folder| if folder { "a folder" } else { "no folder" };
                return Err(format!(
                    "/{shown} is {} in overlay {} and {} here",
                    word(!folder),
                    old.overlay,
                    word(folder)
                ));
            }
            _ => {}
        }
        self.parents(path, &item)?;
        self.items.insert(path.to_vec(), item);
        Ok(())
    }

    /// Folders above `path` that nobody brought get mode 0755 and root.
    fn parents(&mut self, path: &[u8], item: &Item) -> Result<(), String> {
        for at in (0..path.len()).filter(|at| path[*at] == b'/') {
            let parent = &path[..at];
            match self.items.get(parent) {
                Some(above) if above.body != Body::Folder => {
                    return Err(format!(
                        "/{} lies below /{}, which is no folder in overlay {}",
                        String::from_utf8_lossy(path),
                        String::from_utf8_lossy(parent),
                        above.overlay
                    ));
                }
                Some(_) => {}
                None => {
                    let folder = Item {
                        body: Body::Folder,
                        mode: 0o755,
                        uid: 0,
                        gid: 0,
                        overlay: item.overlay.clone(),
                        shared: false,
                        xattrs: Xattrs::default(),
                    };
                    self.put(parent, folder)?;
                }
            }
        }
        Ok(())
    }
}
