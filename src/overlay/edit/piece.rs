//! One path of an overlay, with everything that is kept of it.

use std::io;
use std::path::Path;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::overlay::files::{Files, Kind};
use crate::overlay::layout::Body;
use crate::overlay::tree::LIMIT;

/// What is at a path, with its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What it is.
    pub body: Body,
    /// Permission bits (12).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes by name, but for the label of SELinux, which the system gives.
    pub xattrs: Vec<(String, Vec<u8>)>,
    /// Last change of the content of a file, to be kept: seconds and nanoseconds. None = now.
    pub mtime: Option<(i64, i64)>,
}

impl Piece {
    /// A folder of these bits.
    #[must_use]
    pub fn folder(mode: u32, (uid, gid): (u32, u32)) -> Self {
        Self::of(Body::Folder, mode, (uid, gid))
    }

    pub(super) fn of(body: Body, mode: u32, (uid, gid): (u32, u32)) -> Self {
        Self {
            body,
            mode,
            uid,
            gid,
            xattrs: Vec::new(),
            mtime: None,
        }
    }

    /// Reads what is at `path`, links not followed; none when nothing is.
    ///
    /// # Errors
    /// What the file system yields; a sentence for what no overlay can hold.
    pub fn read(path: &Path, files: &dyn Files) -> io::Result<Option<Self>> {
        let Some(meta) = files.meta(path)? else {
            return Ok(None);
        };
        let body = match meta.kind {
            Kind::Folder => Body::Folder,
            Kind::File => Body::File(files.read(path, LIMIT)?.into()),
            Kind::Symlink => {
                use std::os::unix::ffi::OsStringExt;
                let target = files.target(path)?.into_os_string().into_vec();
                Body::Symlink(target.into())
            }
            Kind::Fifo => Body::Fifo,
            Kind::Char(major, minor) => Body::Char(major, minor),
            Kind::Block(major, minor) => Body::Block(major, minor),
            Kind::Other => return Err(io::Error::other("it is a socket, or something stranger")),
        };
        let is_file = matches!(body, Body::File(_));
        Ok(Some(Self {
            xattrs: files.xattrs(path)?,
            mtime: is_file.then_some(meta.mtime),
            ..Self::of(body, meta.mode, (meta.uid, meta.gid))
        }))
    }

    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.body == Body::Folder
    }

    /// The content of a file.
    #[must_use]
    pub fn data(&self) -> Option<&Bytes> {
        match &self.body {
            Body::File(data) => Some(data),
            _ => None,
        }
    }

    /// Whether both are the same, whenever they were written.
    #[must_use]
    pub fn alike(&self, other: &Self) -> bool {
        let bits = |piece: &Self| match piece.body {
            // A link has no bits of its own (symlink(7)).
            Body::Symlink(_) => 0o777,
            _ => piece.mode,
        };
        self.body == other.body
            && bits(self) == bits(other)
            && (self.uid, self.gid) == (other.uid, other.gid)
            && self.xattrs == other.xattrs
    }
}

/// Whether what may be at one path is the same.
pub fn same(one: Option<&Piece>, other: Option<&Piece>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.alike(other),
        _ => false,
    }
}

/// SHA-256 of the content of a file in lower-case hex; empty of anything else, and of nothing.
#[must_use]
pub fn digest(piece: Option<&Piece>) -> String {
    let data = piece.and_then(Piece::data);
    data.map_or_else(String::new, |data| {
        data_encoding::HEXLOWER.encode(&Sha256::digest(data))
    })
}
