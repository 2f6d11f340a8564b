//! Paths inside an image, with its links resolved as a node would see them.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The kernel's own limit for links on one path.
const MOST_LINKS: usize = 40;

/// Where `path` of the image leads on the server: absolute links start at `root`, and `..` never leaves it. None if nothing is
/// there. Without this, `boot/vmlinuz -> /etc/shadow` in an image would serve the server's own file.
pub fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let mut todo: Vec<OsString> = parts(Path::new(path));
    let mut at = root.to_owned();
    let mut depth = 0usize;
    let mut links = 0;
    while let Some(part) = todo.pop() {
        if part == ".." {
            if depth > 0 {
                at.pop();
                depth -= 1;
            }
            continue;
        }
        let next = at.join(&part);
        let meta = fs::symlink_metadata(&next).ok()?;
        if meta.is_symlink() {
            links += 1;
            if links > MOST_LINKS {
                return None;
            }
            let target = fs::read_link(&next).ok()?;
            if target.is_absolute() {
                at = root.to_owned();
                depth = 0;
            }
            todo.extend(parts(&target));
        } else {
            at = next;
            depth += 1;
        }
    }
    Some(at)
}

/// Names and `..`, last first.
fn parts(path: &Path) -> Vec<OsString> {
    let mut parts: Vec<OsString> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect();
    parts.reverse();
    parts
}
