//! Image work on the disk: the catalogue, importing a tree, building the archive that nodes load.
//!
//! | path below `<state>/images/<name>` | is |
//! |---|---|
//! | `rootfs/` | the tree |
//! | `versions/<digest>.img.gz` | archives, named by their content and never changed in place |
//! | `current.json` | which of them is loaded; replaced whole |

mod build;
mod copy;
mod import;
mod inside;
mod interrupt;
pub mod layers;
mod lock;
mod pack;
mod scan;
mod source;
mod survey;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use build::{Built, build};
pub use copy::{Copied, copy};
pub use import::{Imported, import, import_from, link};
pub use interrupt::Interrupt;
pub use scan::{kernels, scan};
pub use source::Wanted;
pub use survey::size;

/// What a job does just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Work {
    /// Copies the tree.
    #[default]
    Copy,
    /// Packs the archive.
    Pack,
}

/// How far a job is. Told often; cheap to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// What is being done.
    pub work: Work,
    /// Files done.
    pub files: u64,
    /// Bytes of content done.
    pub bytes: u64,
    /// All bytes there are to do, where that is known.
    pub of: Option<u64>,
}

/// Told how far a job is; `Break` cancels it, and everything is as it was before.
pub type Tell<'a> = dyn FnMut(Progress) -> ControlFlow<()> + Send + 'a;

/// For jobs that nobody watches.
pub fn quiet(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Why an image job stopped: a sentence that names the file and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JobError(String);

/// What a job says that was cancelled.
const CANCELLED: &str = "cancelled; everything is as it was before";

impl JobError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn cancelled() -> Self {
        Self::new(CANCELLED)
    }

    /// Whether somebody stopped it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0 == CANCELLED
    }

    /// An I/O error on `path` while doing `what`.
    fn io(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_string_lossy();
        Self(format!("{what} {}: {error}", path.escape_debug()))
    }
}

/// Where an image is.
#[must_use]
pub fn folder(state: &Path, name: &str) -> PathBuf {
    state.join("images").join(name)
}
