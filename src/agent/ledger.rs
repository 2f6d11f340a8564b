//! What the agent wrote, so that it knows what is its own: kept in a file that does not outlive the boot, because the next one lays
//! everything anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::seen::Marks;

/// First line of the file.
const FIRST: &str = "muster-agent ledger 1";
/// A larger file is not ours.
const LARGEST: u64 = 64 << 20;

/// One path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Whether it is a folder; then it was not there before us.
    pub folder: bool,
    /// What it holds, as [`super::seen::digest`] tells.
    pub digest: String,
    /// What it held before the write that is under way, or that was cut short.
    pub before: Option<String>,
    /// How it looked when we left it; the default when that is not known.
    pub marks: Marks,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// `ETag` of the archive that is in force.
    pub etag: Option<String>,
    /// SHA-256 of that archive before compression, in hex.
    pub digest: Option<String>,
    /// By path without a leading slash.
    pub records: BTreeMap<Vec<u8>, Record>,
}

impl Ledger {
    /// Reads the file at `path`. One that is missing or not understood is as none: then what lies on the node as the archive has it is
    /// taken for ours.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        let small = fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST);
        let text = small.then(|| fs::read_to_string(path).ok()).flatten();
        text.and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// Replaces the file at `path`, in one step.
    ///
    /// # Errors
    /// What the file system yields.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let next = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&next)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_data()?;
        fs::rename(next, path)
    }

    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{FIRST}\n");
        let word = |word: &Option<String>| word.clone().unwrap_or_else(|| "-".into());
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{} {}", word(&self.etag), word(&self.digest));
        for (path, record) in &self.records {
            let Marks {
                inode,
                size,
                mtime,
                ctime,
            } = record.marks;
            let kind = if record.folder { 'd' } else { 'f' };
            let _ = writeln!(
                text,
                "{kind} {} {} {inode} {size} {mtime} {ctime} {}",
                record.digest,
                word(&record.before),
                path.escape_ascii()
            );
        }
        text
    }

    /// From text; none if anything of it is not understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != FIRST {
            return None;
        }
        let word = |word: &str| (word != "-").then(|| word.to_owned());
        let (etag, digest) = lines.next()?.split_once(' ')?;
        let mut ledger = Self {
            etag: word(etag),
            digest: word(digest),
            ..Self::default()
        };
        for line in lines {
            let mut parts = line.splitn(8, ' ');
            let kind = parts.next()?;
            let (digest, before) = (parts.next()?, word(parts.next()?));
            let record = Record {
                folder: kind == "d",
                digest: digest.into(),
                before,
                marks: Marks {
                    inode: parts.next()?.parse().ok()?,
                    size: parts.next()?.parse().ok()?,
                    mtime: parts.next()?.parse().ok()?,
                    ctime: parts.next()?.parse().ok()?,
                },
            };
            ledger.records.insert(unescape(parts.next()?)?, record);
        }
        Some(ledger)
    }
}

/// What `escape_ascii` made.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.push(match bytes.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'x' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                u8::try_from(digit(bytes.next()?)? << 4 | digit(bytes.next()?)?).ok()?
            }
            other => other,
        });
    }
    Some(out)
}
