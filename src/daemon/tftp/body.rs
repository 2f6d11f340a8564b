//! The bytes of files under way: loaders are small and asked for by thousands at once, so their bytes are kept; what is
//! larger is read in pieces.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::daemon::loaders::Loader;
use crate::wire::tftp::{Mode, netascii};

/// Largest file that is kept whole.
const WHOLE: u64 = 8 << 20;
/// Most bytes kept for all files.
const KEPT: usize = 32 << 20;
/// Bytes read at once of a larger file.
const PIECE: usize = 256 << 10;

/// Where a transfer's bytes come from.
#[derive(Debug)]
pub enum Body {
    /// Kept whole.
    Whole(Arc<[u8]>),
    /// Read as it goes; `piece` holds the bytes from `at` on.
    Pieces {
        /// The file.
        file: File,
        /// Its size when it was opened.
        size: u64,
        /// Offset of `piece`.
        at: u64,
        /// The last bytes read.
        piece: Vec<u8>,
    },
}

impl Body {
    /// Bytes of the whole file.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Pieces { size, .. } => *size,
        }
    }

    /// `len` bytes from `offset` on.
    ///
    /// # Errors
    /// The file could not be read, or has become shorter.
    pub fn range(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        match self {
            Self::Whole(bytes) => usize::try_from(offset)
                .ok()
                .and_then(|from| bytes.get(from..from.checked_add(len)?))
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
            Self::Pieces {
                file,
                size,
                at,
                piece,
            } => {
                let inside = offset >= *at && offset + len as u64 <= *at + piece.len() as u64;
                if !inside {
                    let rest = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX);
                    piece.resize(PIECE.max(len).min(rest), 0);
                    *at = offset;
                    if let Err(error) = file.read_exact_at(piece, offset) {
                        piece.clear();
                        return Err(error);
                    }
                }
                let from = usize::try_from(offset - *at).unwrap_or(usize::MAX);
                piece
                    .get(from..from.saturating_add(len))
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

/// What names a content: nobody rewrites a file without changing one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    path: PathBuf,
    changed: i128,
    size: u64,
    ascii: bool,
}

/// Small files, kept whole while they are asked for.
#[derive(Debug, Default)]
pub struct Kept {
    /// Least recently used first.
    files: Vec<(Version, Arc<[u8]>)>,
}

impl Kept {
    /// The body of an opened file in `mode`.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, or is too large to be translated to netascii.
    pub fn body(&mut self, loader: Loader, mode: Mode) -> Result<Body, String> {
        let ascii = mode == Mode::Netascii;
        if loader.size > WHOLE {
            if ascii {
                return Err(format!(
                    "{} is too large for netascii; ask for it in octet (binary) mode",
                    loader.name
                ));
            }
            return Ok(Body::Pieces {
                file: loader.file,
                size: loader.size,
                at: 0,
                piece: Vec::new(),
            });
        }
        let version = Version {
            path: loader.path,
            changed: loader.changed,
            size: loader.size,
            ascii,
        };
        if let Some(at) = self.files.iter().position(|(known, _)| *known == version) {
            let found = self.files.remove(at);
            let bytes = found.1.clone();
            self.files.push(found);
            return Ok(Body::Whole(bytes));
        }
        let mut bytes = vec![0; usize::try_from(loader.size).unwrap_or_default()];
        loader
            .file
            .read_exact_at(&mut bytes, 0)
            .map_err(|error| format!("{} cannot be read: {error}", version.path.display()))?;
        if ascii {
            bytes = netascii(&bytes);
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.files
            .retain(|(known, _)| known.path != version.path || known.ascii != ascii);
        self.files.push((version, bytes.clone()));
        while self
            .files
            .iter()
            .map(|(_, bytes)| bytes.len())
            .sum::<usize>()
            > KEPT
        {
            self.files.remove(0);
        }
        Ok(Body::Whole(bytes))
    }
}
