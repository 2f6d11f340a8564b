//! Where overlays come from: those of the site on disk, those shipped inside the binary.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::files::{Files, Kind};
use super::shared::Memory;
use super::shipped;
use super::tree::{self, Tree};
use crate::model::{Fault, Settings};

/// Overlays that Warewulf ships and muster does not have: a node that lists one boots without it, with a warning.
const FOREIGN: [&str; 22] = [
    "wwclient",
    "fstab",
    "ssh.host_keys",
    "syncuser",
    "ifcfg",
    "wicked",
    "netplan",
    "systemd.netname",
    "udev.netname",
    "ignition",
    "sfdisk",
    "mkfs",
    "mkswap",
    "systemd.mount",
    "systemd.swap",
    "chrony",
    "localtime",
    "mig",
    "debug",
    "host",
    "wwclient.x86_64",
    "wwclient.aarch64",
];

/// An overlay of older releases of Warewulf, and those that took its place.
const OLDER: (&str, [&str; 2]) = ("generic", ["hosts", "ssh.authorized_keys"]);

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
    site: PathBuf,
    readable: Vec<Readable>,
    pub(super) memory: Memory,
}

impl Sources {
    /// Site overlays are the folders of `<state>/overlays`. Templates may include the files of `<state>/files`, and the shipped
    /// overlay `ssh.authorized_keys` exactly the public keys that let root of this server in.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        let mut readable = vec![Readable {
            overlay: None,
            path: state.join("files"),
        }];
        for name in [
            "authorized_keys",
            "id_ed25519.pub",
            "id_ecdsa.pub",
            "id_rsa.pub",
        ] {
            readable.push(Readable {
                overlay: Some("ssh.authorized_keys".into()),
                path: Path::new("/root/.ssh").join(name),
            });
        }
        Self {
            site: state.join("overlays"),
            readable,
            memory: Memory::default(),
        }
    }

    /// The same, and templates may also include `more`.
    #[must_use]
    pub fn allowing(mut self, more: impl IntoIterator<Item = Readable>) -> Self {
        self.readable.extend(more);
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
        if files.meta(&self.site)?.is_some() {
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

    /// Reads the overlay `name`. None, with a warning in `faults`, for one that is Warewulf's and not muster's.
    pub(super) fn find(
        &self,
        name: &Arc<str>,
        files: &dyn Files,
        faults: &mut Vec<Fault>,
    ) -> Option<Tree> {
        if !valid(name) {
            faults.push(Fault::error(format!(
                "`{}` cannot be the name of an overlay",
                name.escape_debug()
            )));
            return None;
        }
        match self.site_root(name, files) {
            Ok(Some(root)) => return Some(tree::read(name, &root, files, faults)),
            Ok(None) => {}
            Err(error) => {
                faults.push(Fault::error(format!(
                    "overlay {name} cannot be read: {error}"
                )));
                return None;
            }
        }
        if let Some(tree) = shipped::tree(name, faults) {
            return Some(tree);
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
        let allowed = settings.listing.iter().filter(|(key, ..)| **key == *READ);
        let allowed = allowed.flat_map(|(_, paths, _)| paths.split_whitespace());
        let allowed: Vec<Readable> = allowed.map(Readable::any).collect();
        let plain =
            path.is_absolute() && !path.components().any(|part| part == Component::ParentDir);
        let granted = |path: &Path, real: bool| {
            self.readable.iter().chain(&allowed).any(|rule| {
                let mine = rule.overlay.as_deref().is_none_or(|only| only == overlay);
                let root = if real {
                    files.real(&rule.path).ok()
                } else {
                    Some(rule.path.clone())
                };
                mine && root.is_some_and(|root| path.starts_with(root))
            })
        };
        let refused = || {
            let text = format!(
                "templates of overlay {overlay} may not include {}",
                path.display()
            );
            io::Error::new(io::ErrorKind::PermissionDenied, text)
        };
        if !plain || !granted(path, false) {
            return Err(refused());
        }
        let real = files.real(path)?;
        // A link inside an allowed folder must not lead out of it.
        if granted(&real, true) {
            Ok(real)
        } else {
            Err(refused())
        }
    }

    fn site_root(&self, name: &str, files: &dyn Files) -> io::Result<Option<PathBuf>> {
        let folder = self.site.join(name);
        let is_folder = |path: &Path| -> io::Result<bool> {
            Ok(files
                .meta(path)?
                .is_some_and(|meta| meta.kind == Kind::Folder))
        };
        if !is_folder(&folder)? {
            return Ok(None);
        }
        let root = folder.join("rootfs");
        Ok(Some(if is_folder(&root)? { root } else { folder }))
    }
}

/// Letters, digits and `-._:`, not beginning with `.` or `-`, at most 128.
fn valid(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with(['.', '-'])
}
