//! Where the files of an installation are: in a running system, or in a copy of one.

use std::path::{Component, Path, PathBuf};

use crate::registry::upgrade::Configured;

/// Where the configuration of Warewulf is below the root of a system: packages first, then what was built by hand.
const CONF: [&str; 2] = ["etc/warewulf", "usr/local/etc/warewulf"];
/// Where its state is, when nothing says otherwise.
const STATE: [&str; 3] = ["/var/lib", "/usr/local/var", "/srv"];
/// Where its shipped files are.
const DATA: [&str; 2] = ["/usr/share", "/usr/local/share"];

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The folder of `warewulf.conf` and `nodes.conf`.
    pub conf: PathBuf,
    /// What its absolute paths begin at: `/`, or the root of a copy; none when only the configuration was copied.
    pub root: Option<PathBuf>,
}

/// Folders in which something may be, likeliest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Overlays of the site.
    pub overlays: Vec<PathBuf>,
    /// Overlays as Warewulf ships them.
    pub stock: Vec<PathBuf>,
    /// Images.
    pub images: Vec<PathBuf>,
}

impl Site {
    /// The installation that `dir` means, an absolute path: the folder of the configuration itself, or the root above it. `holds`
    /// says whether one of the configuration files is in a folder.
    #[must_use]
    pub fn find(dir: &Path, holds: &dyn Fn(&Path) -> bool) -> Option<Self> {
        if holds(dir) {
            let above = CONF.iter().find(|conf| dir.ends_with(conf));
            let root =
                above.and_then(|conf| dir.ancestors().nth(Path::new(conf).components().count()));
            return Some(Self {
                conf: dir.to_owned(),
                root: root.map(Path::to_owned),
            });
        }
        let conf = CONF
            .iter()
            .map(|conf| dir.join(conf))
            .find(|conf| holds(conf))?;
        Some(Self {
            conf,
            root: Some(dir.to_owned()),
        })
    }

    /// What nothing that belongs to it may lead out of.
    #[must_use]
    pub fn fence(&self) -> &Path {
        self.root.as_deref().unwrap_or(&self.conf)
    }

    /// An absolute path of the installation as it is here; none where it would lead out of a copy.
    fn here(&self, path: &str) -> Option<PathBuf> {
        let inside = Path::new(path);
        let plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
        if !inside.is_absolute() || !inside.components().all(plain) {
            return None;
        }
        let root = self.root.as_ref()?;
        Some(root.join(inside.strip_prefix("/").ok()?))
    }

    /// The folders of overlays and images, as the settings say, else where they usually are.
    #[must_use]
    pub fn places(&self, conf: Option<&Configured>) -> Places {
        let said = |key: &str| conf.and_then(|conf| conf.stated(key));
        let state = said("paths.localstatedir");
        let below = |key: &str, word: &str| {
            if let Some(path) = said(key) {
                return vec![path.to_owned()];
            }
            let state = state.into_iter().chain(STATE);
            state
                .map(|state| format!("{state}/warewulf/{word}"))
                .collect()
        };
        let stock = said("paths.datadir").into_iter().chain(DATA);
        let stock = stock.map(|data| format!("{data}/warewulf/overlays"));
        let here = |paths: Vec<String>| paths.iter().filter_map(|path| self.here(path)).collect();
        Places {
            overlays: here(below("paths.wwoverlaydir", "overlays")),
            images: here(below("paths.wwchrootdir", "chroots")),
            stock: here(stock.collect()),
        }
    }
}
