//! Where overlays come from: those of the site on disk, those shipped inside the binary.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::files::{Files, Kind, Recorded};
use super::ready::Ready;
use super::shared::Memory;
use super::shipped;
use super::tree;
use crate::model::{Fault, Settings};

/// Overlays that Warewulf ships and muster does not have: a node that lists one boots without it, with a warning.
pub const FOREIGN: [&str; 1] = ["host"];

/// An overlay of older releases of Warewulf, and those that took its place.
const OLDER: (&str, [&str; 2]) = ("generic", ["hosts", "ssh.authorized_keys"]);

/// What shipped overlays may include besides the files of `<state>/files`: the public keys that let root of this server in, the
/// names of its users and groups, and its time zone.
const GRANTS: [(&str, &str); 7] = [
    ("ssh.authorized_keys", "/root/.ssh/authorized_keys"),
    ("ssh.authorized_keys", "/root/.ssh/id_ed25519.pub"),
    ("ssh.authorized_keys", "/root/.ssh/id_ecdsa.pub"),
    ("ssh.authorized_keys", "/root/.ssh/id_rsa.pub"),
    ("syncuser", "/etc/passwd"),
    ("syncuser", "/etc/group"),
    ("localtime", "/etc/localtime"),
];

/// The overlay that alone gets the cluster's SSH host keys, which lie in the folder [`KEYS`] of the state folder.
const KEYS_FOR: &str = "ssh.host_keys";
/// Folder of the cluster's SSH host keys, in the state folder.
pub const KEYS: &str = "keys";
/// Where packages put the program for nodes.
const PROGRAMS: [&str; 2] = ["/usr/lib/muster", "/usr/local/lib/muster"];
/// A `README` is a page, not a book.
const README_LIMIT: u64 = 64 << 10;
/// More links on a path are a loop.
const MOST_LINKS: usize = 40;

/// A file of the server, or a folder of files, that templates may include.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// Only by the overlay of this name; none = by any.
    pub overlay: Option<Arc<str>>,
    /// Absolute path; of a folder everything below it counts.
    pub path: PathBuf,
}

/// The setting that lists more of them.
const READ: &str = "overlays.read";

impl Readable {
    fn any(path: &str) -> Self {
        Self {
            overlay: None,
            path: path.into(),
        }
    }
}

/// Where overlays and the files that they may include are found. Made once; holds what many renders share.
#[derive(Debug)]
pub struct Sources {
    pub(super) site: PathBuf,
    pub(super) images: PathBuf,
    readable: Vec<Readable>,
    /// Of paths of kernels in an image: the version of the one that is booted unless another is asked for.
    pub(super) kernel: fn(&[String]) -> Option<String>,
    /// Folders in which the program for nodes is looked for.
    pub(super) programs: Vec<PathBuf>,
    pub(super) memory: Memory,
}

impl Sources {
    /// Site overlays are the folders of `<state>/overlays`. Templates may include the files of `<state>/files`, and some shipped
    /// overlays exactly what they are for: see [`GRANTS`], and the SSH host keys.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        let only = |overlay: &str, path: PathBuf| Readable {
            overlay: Some(overlay.into()),
            path,
        };
        let mut readable = vec![Readable {
            overlay: None,
            path: state.join("files"),
        }];
        readable.push(only(KEYS_FOR, state.join(KEYS)));
        readable.extend(GRANTS.map(|(overlay, path)| only(overlay, path.into())));
        Self {
            site: state.join("overlays"),
            images: state.join("images"),
            readable,
            kernel: |_| None,
            programs: PROGRAMS.map(PathBuf::from).into(),
            memory: Memory::default(),
        }
    }

    /// The same, and templates may also include `more`.
    #[must_use]
    pub fn allowing(mut self, more: impl IntoIterator<Item = Readable>) -> Self {
        self.readable.extend(more);
        self
    }

    /// The same, and templates see the version of the default kernel of an image, which `kernel` picks among the paths that may be
    /// kernels.
    #[must_use]
    pub fn with_kernels(mut self, kernel: fn(&[String]) -> Option<String>) -> Self {
        self.kernel = kernel;
        self
    }

    /// The same, and the program for nodes is first looked for in the folder `place`.
    #[must_use]
    pub fn beside(mut self, place: Option<PathBuf>) -> Self {
        self.programs.splice(..0, place);
        self
    }

    /// Lets go of what renders share beyond one herd; it is made again when needed.
    pub fn rest(&self) {
        self.memory.rest();
    }

    /// Names of all overlays, and whether each is the site's own.
    ///
    /// # Errors
    /// When the folder of site overlays is there and cannot be listed.
    pub fn names(&self, files: &dyn Files) -> io::Result<Vec<(Arc<str>, bool)>> {
        let mut site = BTreeSet::new();
        if files.kind(&self.site)?.is_some() {
            for name in files.list(&self.site)? {
                let name = name.to_string_lossy();
                if valid(&name) && self.site_root(&name, files)?.is_some() {
                    site.insert(name.into_owned());
                }
            }
        }
        let shipped = shipped::names().filter(|name| !site.contains(*name));
        let mut all: Vec<(Arc<str>, bool)> = shipped.map(|name| (name.into(), false)).collect();
        all.extend(site.iter().map(|name| (name.as_str().into(), true)));
        all.sort();
        Ok(all)
    }

    /// Every name that a list may hold: those of all overlays, and the one that stands for those that took its place.
    ///
    /// # Errors
    /// As [`Sources::names`].
    pub fn known(&self, files: &dyn Files) -> io::Result<Vec<Arc<str>>> {
        let names = self.names(files)?.into_iter().map(|(name, _)| name);
        Ok(names.chain([OLDER.0.into()]).collect())
    }

    /// What the overlay `name` is for, in one line: the first of the file `README` beside its `rootfs`. A site's copy of a shipped
    /// overlay without one is told of as that is.
    #[must_use]
    pub fn about(&self, name: &str, files: &dyn Files) -> Option<String> {
        let readme = self.site.join(name).join("README");
        let own = valid(name).then(|| files.read(&readme, README_LIMIT).ok());
        let own = own.flatten().and_then(|data| {
            let text = String::from_utf8_lossy(&data);
            text.lines().next().map(str::to_owned)
        });
        own.or_else(|| shipped::about(name).map(str::to_owned))
    }

    /// The overlays that a name on a list stands for: itself, or, with a warning, those that took its place.
    pub(super) fn meant(
        &self,
        name: &Arc<str>,
        files: &dyn Files,
        faults: &mut Vec<Fault>,
    ) -> Vec<Arc<str>> {
        let (older, newer) = OLDER;
        if **name != *older || self.site_root(name, files).is_ok_and(|root| root.is_some()) {
            return vec![name.clone()];
        }
        let fault = Fault::warning(format!(
            "overlay {older} is one of older releases of Warewulf"
        ));
        let hint = format!("{} are taken for it; write these", newer.join(" and "));
        faults.push(fault.hint(hint));
        newer.map(Arc::from).into()
    }

    /// The overlay `name`, ready for any node. None, with a warning in `faults`, for one that is Warewulf's and not muster's.
    pub(super) fn find(
        &self,
        name: &Arc<str>,
        files: &dyn Files,
        faults: &mut Vec<Fault>,
    ) -> Option<Arc<Ready>> {
        if !valid(name) {
            faults.push(Fault::error(format!(
                "`{}` cannot be the name of an overlay",
                name.escape_debug()
            )));
            return None;
        }
        match self.site_root(name, files) {
            Ok(Some(root)) => return Some(self.read(name, &root, files)),
            Ok(None) => self.memory.forget(name),
            Err(error) => {
                faults.push(Fault::error(format!(
                    "overlay {name} cannot be read: {error}"
                )));
                return None;
            }
        }
        if let Some(ready) = self.memory.shipped(name) {
            return Some(ready);
        }
        if FOREIGN.contains(&name.as_ref()) {
            let fault = Fault::warning(format!(
                "muster has no overlay {name} of its own; it is left out"
            ));
            faults.push(fault.hint(format!(
                "put one into {}",
                self.site.join(name.as_ref()).display()
            )));
            return None;
        }
        let known = self.names(files).unwrap_or_default();
        let near = super::complaint::nearest(name, known.iter().map(|(name, _)| name.as_ref()));
        let fault = Fault::error(format!("there is no overlay {name}"));
        faults.push(match near {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint(format!(
                "make {} or take it off the list",
                self.site.join(name.as_ref()).display()
            )),
        });
        None
    }

    fn read(&self, name: &Arc<str>, root: &Path, files: &dyn Files) -> Arc<Ready> {
        self.memory.site(name, files, || {
            let (recorded, mut faults) = (Recorded::new(files), Vec::new());
            let tree = tree::read(name, root, &recorded, &mut faults);
            Ready::new(tree, faults, recorded.inputs())
        })
    }

    /// The real path of a server file that `overlay` may include.
    ///
    /// # Errors
    /// `PermissionDenied` with a sentence when it may not; otherwise what the file system yields.
    pub(super) fn readable(
        &self,
        overlay: &str,
        path: &Path,
        settings: &Settings,
        files: &dyn Files,
    ) -> io::Result<PathBuf> {
        self.granted(overlay, path, settings, |rule| Some(rule.to_owned()))?;
        let real = files.real(path)?;
        // A link inside an allowed folder must not lead out of it.
        match self.granted(overlay, &real, settings, |rule| files.real(rule).ok()) {
            Ok(()) => Ok(real),
            Err(_) => Err(refused(overlay, path)),
        }
    }

    /// Where a link of the server that `overlay` may look at points, from the root.
    ///
    /// # Errors
    /// As [`Sources::readable`].
    pub(super) fn link(
        &self,
        overlay: &str,
        path: &Path,
        settings: &Settings,
        files: &dyn Files,
    ) -> io::Result<PathBuf> {
        self.granted(overlay, path, settings, |rule| Some(rule.to_owned()))?;
        let meta = files.meta(path)?;
        if meta.is_none_or(|meta| meta.kind != Kind::Symlink) {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it is no link"));
        }
        let mut from_root = path.parent().unwrap_or(path).to_owned();
        for part in files.target(path)?.components() {
            match part {
                Component::ParentDir => {
                    from_root.pop();
                }
                Component::CurDir => {}
                // The root begins anew.
                part => from_root.push(part),
            }
        }
        Ok(from_root)
    }

    /// The path on the server of the file `path` of the image `name`, links followed as they are on the node.
    ///
    /// # Errors
    /// "Not found" if there is no such image or file; otherwise what the file system yields.
    pub(super) fn in_image(
        &self,
        name: Option<&str>,
        path: &Path,
        files: &dyn Files,
    ) -> io::Result<PathBuf> {
        let absent = |what: &str| io::Error::new(io::ErrorKind::NotFound, what.to_owned());
        let name = name.ok_or_else(|| absent("the node has no image"))?;
        if !valid(name) {
            return Err(absent("there is no such image"));
        }
        let root = self.images.join(name).join("rootfs");
        let parts = |path: &Path| -> Vec<OsString> {
            let parts = path.components().rev();
            parts.map(|part| part.as_os_str().to_owned()).collect()
        };
        let (mut open, mut at, mut links) = (parts(path), PathBuf::new(), 0);
        while let Some(part) = open.pop() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    at.pop();
                }
                Some(Component::Normal(_)) => {
                    let here = root.join(&at).join(&part);
                    let meta = files.meta(&here)?.ok_or(io::ErrorKind::NotFound)?;
                    if meta.kind != Kind::Symlink {
                        at.push(&part);
                        continue;
                    }
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(absent("its links go round in a circle"));
                    }
                    let target = files.target(&here)?;
                    if target.is_absolute() {
                        at = PathBuf::new();
                    }
                    open.extend(parts(&target));
                }
                _ => {}
            }
        }
        Ok(root.join(at))
    }

    /// Whether a rule, seen through `root`, lets `overlay` at `path`.
    fn granted(
        &self,
        overlay: &str,
        path: &Path,
        settings: &Settings,
        root: impl Fn(&Path) -> Option<PathBuf>,
    ) -> io::Result<()> {
        let listed = settings.listing.iter().filter(|(key, ..)| **key == *READ);
        let listed = listed.flat_map(|(_, paths, _)| paths.split_whitespace());
        let listed: Vec<Readable> = listed.map(Readable::any).collect();
        let plain =
            path.is_absolute() && !path.components().any(|part| part == Component::ParentDir);
        let granted = self.readable.iter().chain(&listed).any(|rule| {
            let mine = rule.overlay.as_deref().is_none_or(|only| only == overlay);
            mine && root(&rule.path).is_some_and(|root| path.starts_with(root))
        });
        if plain && granted {
            Ok(())
        } else {
            Err(refused(overlay, path))
        }
    }

    pub(super) fn site_root(&self, name: &str, files: &dyn Files) -> io::Result<Option<PathBuf>> {
        let folder = self.site.join(name);
        let is_folder =
            |path: &Path| -> io::Result<bool> { Ok(files.kind(path)? == Some(Kind::Folder)) };
        if !is_folder(&folder)? {
            return Ok(None);
        }
        let root = folder.join("rootfs");
        Ok(Some(if is_folder(&root)? { root } else { folder }))
    }
}

fn refused(overlay: &str, path: &Path) -> io::Error {
    let text = format!(
        "templates of overlay {overlay} may not include {}",
        path.display()
    );
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

/// Letters, digits and `-._:`, not beginning with `.` or `-`, at most 128.
#[must_use]
pub fn valid(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with(['.', '-'])
}
