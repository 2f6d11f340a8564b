//! Reading layers: every entry goes into the tree in memory, every content into a file that is named by a number.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tar::{Archive, EntryType};

use super::plain::plain;
use crate::daemon::images::{JobError, Progress, Tell, Work};
use crate::image::layers::{Body, Entry, Inode, LIMITS, Tree};

/// Bytes of a file between two looks at whether to go on.
const PIECE: usize = 1 << 20;
/// How PAX spells an extended attribute.
const XATTR: &str = "SCHILY.xattr.";

/// What a layer was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// SHA-256 of the layer without compression, lower-case hex: the `diff_id` of the image's configuration.
    pub digest: String,
    /// Bytes without compression.
    pub bytes: u64,
}

/// An image on its way to the disk.
#[derive(Debug)]
pub struct Unpack {
    pub(super) tree: Tree,
    pub(super) contents: PathBuf,
    next: u64,
    pub(super) done: Progress,
}

impl Unpack {
    /// Contents go into the folder `contents`, which must not be there yet, on the file system of the tree to come.
    ///
    /// # Errors
    /// A sentence, when that folder cannot be made.
    pub fn into(contents: &Path) -> Result<Self, JobError> {
        DirBuilder::new()
            .mode(0o700)
            .create(contents)
            .map_err(|e| JobError::io("cannot make", contents, &e))?;
        Ok(Self {
            tree: Tree::new(LIMITS),
            contents: contents.to_owned(),
            next: 0,
            done: Progress {
                work: Work::Copy,
                ..Progress::default()
            },
        })
    }

    /// Takes in the next layer, a tar archive in any compression. `name` is what it is called in faults.
    ///
    /// # Errors
    /// A sentence that names layer and path. The image is to be refused then.
    pub fn layer(
        &mut self,
        name: &str,
        stream: impl Read + Send,
        tell: &mut Tell<'_>,
    ) -> Result<Layer, JobError> {
        self.tree.next_layer();
        let broken = |error: io::Error| JobError::new(format!("{name} cannot be read: {error}"));
        let mut hashed = Hashed {
            stream: plain(stream).map_err(broken)?,
            hash: Sha256::new(),
            bytes: 0,
        };
        let mut archive = Archive::new(&mut hashed);
        archive.set_ignore_zeros(false);
        for entry in archive.entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            let path = entry.path_bytes().into_owned();
            let refused = |what: String| JobError::new(format!("{name} is refused: {what}"));
            let Some(made) = self.entry(&mut entry, tell).map_err(|stop| match stop {
                Stop::Io(error) => broken(error),
                Stop::Wrong(what) => refused(what),
                Stop::Job(error) => error,
            })?
            else {
                continue;
            };
            self.tree.put(&path, made).map_err(refused)?;
            self.done.files += 1;
            go_on(self.done, tell)?;
        }
        // What follows the end of the archive belongs to the digest too.
        io::copy(&mut hashed, &mut io::sink()).map_err(broken)?;
        Ok(Layer {
            digest: hex(&hashed.hash.finalize()),
            bytes: hashed.bytes,
        })
    }

    fn entry(
        &mut self,
        entry: &mut tar::Entry<'_, impl Read>,
        tell: &mut Tell<'_>,
    ) -> Result<Option<Entry>, Stop> {
        let kind = entry.header().entry_type();
        let path = entry.path_bytes().into_owned();
        let shown = || String::from_utf8_lossy(&path).escape_debug().to_string();
        let link = |entry: &tar::Entry<'_, _>| {
            let target = entry.link_name_bytes().map(|target| target.into_owned());
            let target = target.filter(|target| !target.is_empty() && !target.contains(&0));
            target.ok_or_else(|| Stop::Wrong(format!("the link {} has no target", shown())))
        };
        let body = match kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let size = entry.size();
                let content = self.content(entry, size, tell)?;
                Body::File { content, size }
            }
            EntryType::Directory => Body::Folder,
            EntryType::Symlink => Body::Symlink(link(entry)?),
            EntryType::Link => return Ok(Some(Entry::HardLink(link(entry)?))),
            EntryType::Fifo => Body::Fifo,
            EntryType::Char | EntryType::Block => {
                let number = |read: io::Result<Option<u32>>| read.map(Option::unwrap_or_default);
                let major = number(entry.header().device_major())?;
                let minor = number(entry.header().device_minor())?;
                match kind {
                    EntryType::Char => Body::Char(major, minor),
                    _ => Body::Block(major, minor),
                }
            }
            // Values for all entries that follow; none of them matters here.
            EntryType::XGlobalHeader => return Ok(None),
            other => {
                let what = format!("{} is of the unknown type {:?}", shown(), other.as_byte());
                return Err(Stop::Wrong(what));
            }
        };
        let pax = Pax::of(entry).map_err(|what| Stop::Wrong(format!("{}: {what}", shown())))?;
        let header = entry.header();
        let id = |read: io::Result<u64>, what: &str| {
            u32::try_from(read?)
                .map_err(|_| Stop::Wrong(format!("{} has an {what} beyond 32 bits", shown())))
        };
        // The library has put PAX records of ids into the header already.
        Ok(Some(Entry::New(Inode {
            body,
            mode: header.mode()? & 0o7777,
            uid: id(header.uid(), "owner")?,
            gid: id(header.gid(), "group")?,
            mtime: pax.mtime.unwrap_or((header.mtime()? as i64, 0)),
            xattrs: pax.xattrs,
        })))
    }

    /// Writes the content of a file of `size` bytes; its number.
    fn content(
        &mut self,
        from: &mut impl Read,
        size: u64,
        tell: &mut Tell<'_>,
    ) -> Result<u64, Stop> {
        let number = self.next;
        self.next += 1;
        let path = numbered(&self.contents, number);
        let failed = |e: io::Error| Stop::Job(JobError::io("cannot write", &path, &e));
        if let Some(folder) = path.parent().filter(|_| number.is_multiple_of(IN_A_FOLDER)) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut to: File = options.open(&path).map_err(failed)?;
        let mut piece = vec![0; PIECE.min(usize::try_from(size).unwrap_or(PIECE)).max(1)];
        let mut left = size;
        while left > 0 {
            let want = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = from.read(&mut piece[..want])?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            to.write_all(&piece[..read]).map_err(failed)?;
            left -= read as u64;
            self.done.bytes += read as u64;
            go_on(self.done, tell).map_err(Stop::Job)?;
        }
        Ok(number)
    }
}

/// Files of content in one folder.
const IN_A_FOLDER: u64 = 4096;

/// Where the content of that number lies.
pub(super) fn numbered(contents: &Path, number: u64) -> PathBuf {
    contents
        .join((number / IN_A_FOLDER).to_string())
        .join(number.to_string())
}

/// What PAX says of an entry beyond its header (pax(1), "pax Extended Header").
#[derive(Default)]
struct Pax {
    mtime: Option<(i64, u32)>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Pax {
    fn of(entry: &mut tar::Entry<'_, impl Read>) -> Result<Self, String> {
        let mut pax = Self::default();
        let unread = |e: io::Error| format!("its PAX records cannot be read: {e}");
        let Some(records) = entry.pax_extensions().map_err(unread)? else {
            return Ok(pax);
        };
        for record in records {
            let record = record.map_err(unread)?;
            let Ok(key) = record.key() else {
                return Err("a PAX record has a key that is no text".into());
            };
            if let Some(name) = key.strip_prefix(XATTR) {
                let name = name.as_bytes().to_vec();
                pax.xattrs.push((name, record.value_bytes().to_vec()));
            } else if key == "mtime" {
                pax.mtime = record.value().ok().and_then(time);
            } else if key.starts_with("GNU.sparse.") {
                return Err(
                    "it is sparse in the form of PAX, which is not read; pack it without --sparse"
                        .into(),
                );
            }
        }
        Ok(pax)
    }
}

/// Seconds with a fraction, as PAX writes times.
fn time(text: &str) -> Option<(i64, u32)> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    Some((seconds.parse().ok()?, digits.parse().ok()?))
}

/// Why an entry was not taken.
enum Stop {
    /// The stream.
    Io(io::Error),
    /// What it says.
    Wrong(String),
    /// The disk, or somebody who cancelled.
    Job(JobError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Says how far the job is; every so many files and bytes is the caller's choice.
pub(super) fn go_on(done: Progress, tell: &mut Tell<'_>) -> Result<(), JobError> {
    match tell(done) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(JobError::cancelled()),
    }
}

/// A stream and the digest of what was read of it.
struct Hashed<R> {
    stream: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        self.hash.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
