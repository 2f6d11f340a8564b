//! Image work on the disk: the catalogue, importing a tree, building the archive that nodes load.
//!
//! | path below `<state>/images/<name>` | is |
//! |---|---|
//! | `rootfs/` | the tree |
//! | `versions/<digest>.img.gz` | archives, named by their content and never changed in place |
//! | `current.json` | which of them is loaded; replaced whole |

mod build;
mod import;
mod inside;
mod lock;
mod pack;
mod scan;

use std::path::{Path, PathBuf};

pub use build::build;
pub use import::{Imported, import};
pub use scan::scan;

/// How far a job is. Called often; cheap to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Bytes of content done.
    pub bytes: u64,
}

/// Why an image job stopped: a sentence that names the file and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JobError(String);

impl JobError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// An I/O error on `path` while doing `what`.
    fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_string_lossy();
        Self(format!("{what} {}: {error}", path.escape_debug()))
    }
}

fn folder(state: &Path, name: &str) -> PathBuf {
    state.join("images").join(name)
}
