//! A look at every file of a tree without reading one: how much there is, which names are one file, and a fingerprint by which
//! a later build knows that nothing has changed.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::copy::{each, stat};
use super::inside::inside;
use super::{JobError, Progress, Tell, Work};
use crate::daemon::clock::Clock;
use crate::image::Excludes;

/// Goes into every fingerprint. Another number makes every image be built anew: for when the same tree is to give other bytes.
const FORM: u32 = 1;
/// The kernel's clock for file times stands still for up to 10 ms. A file that was changed within that may change again
/// without a trace, so a tree as young as this is looked at again.
const YOUNG: Duration = Duration::from_millis(30);
/// A tree that is written to without a pause gets no fingerprint.
const LOOKS: usize = 3;

/// What was seen.
#[derive(Debug, Default)]
pub struct Survey {
    /// What the image leaves out.
    pub excludes: Excludes,
    /// How many names each file has inside the archive, for those with more than one on the disk.
    pub links: HashMap<(u64, u64), u32>,
    /// Bytes of content.
    pub bytes: u64,
    /// SHA-256 over paths, owners, modes, sizes and times; none when the tree changes under our eyes.
    pub fingerprint: Option<String>,
}

/// How many bytes of content the tree `root` has; what the image leaves out does not count.
///
/// # Errors
/// A sentence that names what cannot be read, or that the job was cancelled.
pub fn size(root: &Path, tell: &mut Tell<'_>) -> Result<u64, JobError> {
    survey(root, tell).map(|seen| seen.bytes)
}

/// Looks at the tree below `root`.
///
/// # Errors
/// A sentence that names what cannot be read, or that the job was cancelled.
pub fn survey(root: &Path, tell: &mut Tell<'_>) -> Result<Survey, JobError> {
    let mut seen = Survey::default();
    for _ in 0..LOOKS {
        let text = excludes(root);
        let mut look = Look {
            device: stat(root)?.dev(),
            hash: Sha256::new(),
            newest: Duration::ZERO,
            files: 0,
            seen: Survey {
                excludes: Excludes::parse(&text),
                ..Survey::default()
            },
            tell,
        };
        look.hash.update(FORM.to_le_bytes());
        look.hash.update((text.len() as u64).to_le_bytes());
        look.hash.update(&text);
        look.folder(root, &mut Vec::new())?;
        let (newest, hash) = (look.newest, look.hash);
        seen = look.seen;
        let now = Duration::from_millis(Clock::start().now().0);
        if newest + YOUNG < now {
            let digest = hash.finalize();
            seen.fingerprint = Some(digest.iter().map(|byte| format!("{byte:02x}")).collect());
            break;
        }
        std::thread::sleep(YOUNG);
    }
    Ok(seen)
}

fn excludes(root: &Path) -> Vec<u8> {
    let path = inside(root, "/etc/warewulf/excludes").filter(|path| path.is_file());
    let text = path.and_then(|path| fs::read(path).ok());
    text.unwrap_or_default()
}

struct Look<'a, 'f> {
    device: u64,
    hash: Sha256,
    /// The latest change of any file, since the epoch.
    newest: Duration,
    files: u64,
    seen: Survey,
    tell: &'a mut Tell<'f>,
}

impl Look<'_, '_> {
    fn folder(&mut self, at: &Path, path: &mut Vec<u8>) -> Result<(), JobError> {
        each(at, path, |at, path| {
            if self.seen.excludes.matches(path) {
                return Ok(());
            }
            let meta = stat(at)?;
            self.entry(path, &meta)?;
            if meta.is_dir() && meta.dev() == self.device {
                self.folder(at, path)?;
            }
            Ok(())
        })
    }

    fn entry(&mut self, path: &[u8], meta: &Metadata) -> Result<(), JobError> {
        let numbers = [
            path.len() as u64,
            u64::from(meta.mode()),
            u64::from(meta.uid()),
            u64::from(meta.gid()),
            meta.nlink(),
            meta.rdev(),
            // A folder's size is the file system's affair.
            if meta.is_dir() { 0 } else { meta.size() },
            meta.mtime() as u64,
            meta.mtime_nsec() as u64,
            meta.ctime() as u64,
            meta.ctime_nsec() as u64,
        ];
        for number in numbers {
            self.hash.update(number.to_le_bytes());
        }
        self.hash.update(path);
        let changed = Duration::new(
            meta.ctime().max(0) as u64,
            u32::try_from(meta.ctime_nsec()).unwrap_or(0),
        );
        self.newest = self.newest.max(changed);
        if meta.is_file() {
            let mut count = 1;
            if meta.nlink() > 1 {
                let known = self.seen.links.entry((meta.dev(), meta.ino())).or_insert(0);
                *known += 1;
                count = *known;
            }
            if count == 1 {
                self.seen.bytes += meta.size();
            }
        }
        self.files += 1;
        if self.files.is_multiple_of(1024) {
            let at = Progress {
                work: Work::Pack,
                of: None,
                ..Progress::default()
            };
            if (self.tell)(at).is_break() {
                return Err(JobError::cancelled());
            }
        }
        Ok(())
    }
}
