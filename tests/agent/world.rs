//! A root in a folder that is thrown away, and archives for it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use muster::agent::{Body, How, Item, Ledger, Outcome, Root, apply};
use muster::wire::cpio::{self, Head, Writer};
use tempfile::TempDir;

/// A node's root, and what its agent remembers.
pub struct Node {
    dir: TempDir,
    pub ledger: Ledger,
    pub how: How,
}

impl Node {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            ledger: Ledger::default(),
            how: How {
                remove: true,
                selinux: false,
            },
        }
    }

    pub fn root(&self) -> PathBuf {
        let root = self.dir.path().join("root");
        fs::create_dir_all(&root).unwrap();
        root
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Room beside the root, which nothing in the root may reach.
    pub fn beside(&self) -> &Path {
        self.dir.path()
    }

    pub fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub fn mode(&self, path: &str) -> u32 {
        let meta = self.path(path).symlink_metadata().unwrap();
        meta.permissions().mode() & 0o7777
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Applies what `items` say.
    pub fn apply(&mut self, items: &Items) -> Outcome {
        let root = Root::open(&self.root()).unwrap();
        let mut ledger = self.ledger.clone();
        let out = apply(&root, &items.0, &mut ledger, self.how, &mut |_| Ok(()));
        // As through the file, so that what is written is what is read.
        self.ledger = Ledger::parse(&ledger.text()).unwrap();
        assert_eq!(self.ledger, ledger);
        out
    }

    /// The same, and nothing may go wrong.
    pub fn fine(&mut self, items: &Items) -> (Vec<String>, Vec<String>) {
        let out = self.apply(items);
        assert_eq!(out.faults, Vec::<String>::new());
        (shown(&out.changed), shown(&out.removed))
    }
}

pub fn shown(paths: &[Vec<u8>]) -> Vec<String> {
    let mut shown: Vec<String> = paths
        .iter()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect();
    shown.sort();
    shown
}

/// What an archive provides.
#[derive(Clone, Default)]
pub struct Items(pub BTreeMap<Vec<u8>, Item>);

impl Items {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(mut self, path: &str, body: Body, mode: u32) -> Self {
        let item = Item {
            body,
            mode,
            uid: nix::unistd::geteuid().as_raw(),
            gid: nix::unistd::getegid().as_raw(),
            xattrs: Vec::new(),
        };
        self.0.insert(path.into(), item);
        self
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        self.with(path, Body::File(text.into()), 0o644)
    }

    pub fn folder(self, path: &str) -> Self {
        self.with(path, Body::Folder, 0o755)
    }

    pub fn link(self, path: &str, target: &str) -> Self {
        self.with(path, Body::Link(target.into()), 0o777)
    }
}

/// An archive of entries: path, mode with format, data.
pub fn archive(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for (name, mode, data) in entries {
        let head = Head {
            name: name.as_bytes().to_vec(),
            mode: *mode,
            nlink: 1,
            ..Head::default()
        };
        writer.bytes(&head, data).unwrap();
    }
    writer.finish(4).unwrap().0
}

/// A regular file of mode 0644.
pub const FILE: u32 = cpio::REGULAR | 0o644;

pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::fast());
    to.write_all(plain).unwrap();
    to.finish().unwrap()
}
