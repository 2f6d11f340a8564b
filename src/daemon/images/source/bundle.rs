//! Named files of a container image: in a folder, or in an archive, where they are found by an index of it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use tar::{Archive, EntryType};

use crate::daemon::images::layers::plain;
use crate::daemon::images::{JobError, Progress, Tell, Work};

/// A table of contents or a configuration that is larger is none.
const DOCUMENT: u64 = 8 << 20;
/// Files of an archive that are listed.
const MOST: usize = 100_000;
/// Links from one name of an archive to another.
const MOST_LINKS: usize = 8;
/// Bytes between two looks at whether to go on.
const PIECE: usize = 1 << 20;

/// Where named files are.
#[derive(Debug)]
pub enum Bundle {
    /// In a folder.
    Folder(PathBuf),
    /// In an archive without compression.
    Archive {
        /// What the person named.
        path: PathBuf,
        /// The archive itself.
        file: File,
        /// What lies where: offset and size.
        names: HashMap<Vec<u8>, (u64, u64)>,
        /// Names that stand for others.
        links: HashMap<Vec<u8>, Vec<u8>>,
    },
}

impl Bundle {
    /// Of a folder.
    #[must_use]
    pub fn folder(path: &Path) -> Self {
        Self::Folder(path.to_owned())
    }

    /// Of an archive, in any compression; what has one is unpacked into the folder `scratch` first.
    ///
    /// # Errors
    /// A sentence that names the archive.
    pub fn archive(path: &Path, scratch: &Path, tell: &mut Tell<'_>) -> Result<Self, JobError> {
        let failed = |e: io::Error| JobError::io("cannot read", path, &e);
        let mut file = File::open(path).map_err(failed)?;
        let mut start = [0; 512];
        let whole = file.read_exact(&mut start).is_ok();
        file.rewind().map_err(failed)?;
        // Where the format says what it is (pax(1), "ustar Interchange Format").
        let is_tar = whole && start.get(257..262) == Some(&b"ustar"[..]);
        if !is_tar {
            let unpacked = scratch.join("archive.tar");
            file = spread(file, &unpacked, tell).map_err(|stop| stop.in_words(path))?;
        }
        let mut names = HashMap::new();
        let mut links = HashMap::new();
        let mut archive = Archive::new(&file);
        for entry in archive.entries_with_seek().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = bare(&entry.path_bytes());
            match entry.header().entry_type() {
                EntryType::Regular => {
                    names.insert(name, (entry.raw_file_position(), entry.size()));
                }
                EntryType::Symlink | EntryType::Link => {
                    let target = entry.link_name_bytes().unwrap_or_default();
                    let above = name.iter().rposition(|byte| *byte == b'/');
                    let folder = match entry.header().entry_type() {
                        EntryType::Symlink => above.map_or(&b""[..], |end| &name[..=end]),
                        _ => b"",
                    };
                    let target = flat(&[folder, &target].concat());
                    links.insert(name, target);
                }
                _ => {}
            }
            if names.len() + links.len() > MOST {
                return Err(JobError::new(format!(
                    "{} holds too many files for a container image",
                    path.display()
                )));
            }
        }
        Ok(Self::Archive {
            path: path.to_owned(),
            file,
            names,
            links,
        })
    }

    /// The file of that name.
    ///
    /// # Errors
    /// A sentence that names bundle and file.
    pub fn open(&self, name: &str) -> Result<Box<dyn Read + Send + '_>, JobError> {
        match self {
            Self::Folder(folder) => {
                let inside = Path::new(name)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                let path = folder.join(name);
                if !inside {
                    return Err(JobError::new(format!(
                        "{name} leads out of {}",
                        folder.display()
                    )));
                }
                let file = File::open(&path).map_err(|e| JobError::io("cannot read", &path, &e))?;
                Ok(Box::new(file))
            }
            Self::Archive {
                path,
                file,
                names,
                links,
            } => {
                let mut at = bare(name.as_bytes());
                for _ in 0..MOST_LINKS {
                    let Some(target) = links.get(&at) else { break };
                    at = target.clone();
                }
                let found = names.get(&at).copied();
                let (offset, size) = found.ok_or_else(|| {
                    JobError::new(format!("{} holds no file {name}", path.display()))
                })?;
                Ok(Box::new(Stretch {
                    file,
                    at: offset,
                    left: size,
                }))
            }
        }
    }

    /// The document of that name.
    ///
    /// # Errors
    /// As [`Bundle::open`]; it is too large for a document.
    pub fn document(&self, name: &str) -> Result<Vec<u8>, JobError> {
        let mut bytes = Vec::new();
        let read = self.open(name)?.take(DOCUMENT + 1).read_to_end(&mut bytes);
        read.map_err(|e| JobError::new(format!("{name} cannot be read: {e}")))?;
        if bytes.len() as u64 > DOCUMENT {
            return Err(JobError::new(format!(
                "{name} is too large to be what it should be"
            )));
        }
        Ok(bytes)
    }
}

/// A stretch of a file that others read too.
struct Stretch<'f> {
    file: &'f File,
    at: u64,
    left: u64,
}

impl Read for Stretch<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;
        let want = into
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.file.read_at(&mut into[..want], self.at)?;
        if read == 0 && want > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

enum Stop {
    Io(io::Error),
    Cancelled,
}

impl Stop {
    fn in_words(self, path: &Path) -> JobError {
        match self {
            Self::Io(error) => JobError::io("cannot unpack", path, &error),
            Self::Cancelled => JobError::cancelled(),
        }
    }
}

/// Takes the compression off `file`, into the new file `to`.
fn spread(file: File, to: &Path, tell: &mut Tell<'_>) -> Result<File, Stop> {
    let mut stream = plain(file).map_err(Stop::Io)?;
    let mut options = File::options();
    let mut out = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(Stop::Io)?;
    let mut piece = vec![0; PIECE];
    let mut done = Progress {
        work: Work::Copy,
        ..Progress::default()
    };
    loop {
        let read = stream.read(&mut piece).map_err(Stop::Io)?;
        if read == 0 {
            break;
        }
        out.write_all(&piece[..read]).map_err(Stop::Io)?;
        done.bytes += read as u64;
        if tell(done).is_break() {
            return Err(Stop::Cancelled);
        }
    }
    out.seek(SeekFrom::Start(0)).map_err(Stop::Io)?;
    Ok(out)
}

/// A name without what means nothing at its start.
fn bare(name: &[u8]) -> Vec<u8> {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    name.strip_prefix(b"/").unwrap_or(name).to_vec()
}

/// A name with its `..` worked out, never above the archive.
fn flat(name: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}
