//! Paths below a root that is another machine's `/`: its links lead within it, as they would on that machine.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::super::files::{Files, Kind};

/// More links than this are a circle.
const MOST_LINKS: usize = 40;

/// Where `path` leads below `root`; absolute links begin at the root, and `..` ends there.
///
/// # Errors
/// What the file system yields; "not found" where nothing is.
pub fn resolve(root: &Path, path: &str, files: &dyn Files) -> io::Result<PathBuf> {
    let mut left: Vec<PathBuf> = parts(Path::new(path));
    left.reverse();
    let (mut at, mut links) = (PathBuf::new(), 0);
    while let Some(part) = left.pop() {
        if part.as_os_str() == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&part);
        let here = root.join(&next);
        let meta = files.meta(&here)?.ok_or(io::ErrorKind::NotFound)?;
        if meta.kind != Kind::Symlink {
            at = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::other("its links go in a circle"));
        }
        let target = files.target(&here)?;
        if target.is_absolute() {
            at = PathBuf::new();
        }
        left.extend(parts(&target).into_iter().rev());
    }
    Ok(root.join(at))
}

fn parts(path: &Path) -> Vec<PathBuf> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(PathBuf::from(name)),
        Component::ParentDir => Some(PathBuf::from("..")),
        _ => None,
    };
    path.components().filter_map(part).collect()
}
