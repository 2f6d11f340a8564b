//! Saving a configuration file with what the journal says of it: first the intent, then the file. That it was done is noted with
//! everything else that is kept.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::disk;
use super::history::{Base, Record};
use crate::engine::{Revision, SaveError, Text};

/// The journal as it is written before and after saves. One save at a time.
#[derive(Debug)]
pub struct Saves {
    path: PathBuf,
    base: Mutex<Option<Base>>,
}

impl Saves {
    /// Into the database at `path`, which is opened when it is needed.
    #[must_use]
    pub fn into(path: PathBuf) -> Self {
        let base = Mutex::new(None);
        Self { path, base }
    }

    /// Notes what is about to be saved.
    ///
    /// # Errors
    /// Why it was not noted. The save itself must not wait for it: should muster be killed meanwhile, the log will call it an edit
    /// by hand.
    fn intend(&self, revisions: &[Revision]) -> Result<(), String> {
        self.with(|base| base.intend(revisions))
    }

    /// Keeps records, on the disk when it is done.
    ///
    /// # Errors
    /// Why nothing was kept.
    pub fn keep(&self, records: &[Record]) -> Result<(), String> {
        self.with(|base| base.write(records))
    }

    /// Replaces the file at `path`, if it still holds `old`, with what these revisions make of it.
    ///
    /// # Errors
    /// [`SaveError`].
    pub fn save(
        &self,
        path: &Path,
        (old, new): (&Text, &str),
        revisions: &[Revision],
    ) -> Result<(), SaveError> {
        if let Err(cause) = self.intend(revisions) {
            tracing::warn!("the journal cannot be written to state.db: {cause}");
        }
        disk::save(path, old, new)
    }

    fn with(&self, act: impl FnOnce(&mut Base) -> Result<(), String>) -> Result<(), String> {
        let mut held = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let mut base = match held.take() {
            Some(base) => base,
            None => Base::durable(&self.path)?,
        };
        act(&mut base)?;
        // One that failed is opened anew the next time.
        *held = Some(base);
        Ok(())
    }
}
