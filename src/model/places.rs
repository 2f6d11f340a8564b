//! Where muster's own files are, by how it was started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::change::File;
use super::settings::Paths;

impl Paths {
    /// The places of an installed muster: `/etc/muster`, `/var/lib/muster`, `/run/muster`, `/var/cache/muster`.
    #[must_use]
    pub fn system() -> Self {
        Self::under(Path::new("/"))
    }

    /// The same below `root`.
    #[must_use]
    pub fn under(root: &Path) -> Self {
        Self {
            conf: root.join("etc/muster"),
            state: root.join("var/lib/muster"),
            run: root.join("run/muster"),
            cache: root.join("var/cache/muster"),
        }
    }

    /// The places of a muster that an ordinary user runs: the XDG base directories, asked of `env`.
    #[must_use]
    pub fn user(env: &dyn Fn(&str) -> Option<OsString>, uid: u32) -> Self {
        let home = env("HOME").map_or_else(|| PathBuf::from("/nonexistent"), PathBuf::from);
        let base = |name: &str, fallback: PathBuf| {
            // XDG Base Directory Specification: a relative path is to be ignored.
            env(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or(fallback)
                .join("muster")
        };
        Self {
            conf: base("XDG_CONFIG_HOME", home.join(".config")),
            state: base("XDG_STATE_HOME", home.join(".local/state")),
            run: base(
                "XDG_RUNTIME_DIR",
                PathBuf::from(format!("/tmp/muster-{uid}")),
            ),
            cache: base("XDG_CACHE_HOME", home.join(".cache")),
        }
    }

    /// The control socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.run.join("control.sock")
    }

    /// One of the two configuration files.
    #[must_use]
    pub fn file(&self, file: File) -> PathBuf {
        self.conf.join(file.name())
    }

    /// The server's settings.
    #[must_use]
    pub fn muster_conf(&self) -> PathBuf {
        self.file(File::Conf)
    }

    /// The registry.
    #[must_use]
    pub fn nodes_conf(&self) -> PathBuf {
        self.file(File::Nodes)
    }
}
