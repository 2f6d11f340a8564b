//! Overlays as they are changed, by the files alone: what steps make of the disk, what is refused, the log, and the way back.

mod anything;
mod merged;
mod refused;
mod stories;
mod undone;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster::api::{
    Command, Content, OverlayClash, OverlayCommand, OverlayFile, OverlayLogRow, OverlayOutcome,
    OverlayReply, OverlayStep, Reply,
};
use muster::daemon::{offline, xattrs};
use muster::model::{Fault, Paths};
use tempfile::TempDir;

/// A root with a registry, and no overlays yet.
pub struct Site {
    _dir: TempDir,
    pub paths: Paths,
}

const REGISTRY: &str = "nodeprofiles:\n  default:\n    system overlay: [hosts, own]\n    runtime overlay: [syncuser]\n\
                        nodes:\n  n1: {profiles: [default]}\n  n2: {profiles: [default]}\n";

/// Whether owners can be given away here.
pub fn root() -> bool {
    nix::unistd::geteuid().is_root()
}

impl Site {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::under(dir.path());
        fs::create_dir_all(&paths.conf).unwrap();
        fs::write(paths.conf.join("nodes.conf"), REGISTRY).unwrap();
        Self { _dir: dir, paths }
    }

    pub fn ask(&self, command: OverlayCommand) -> OverlayReply {
        match offline::ask(&self.paths, Command::Overlay(Box::new(command))).unwrap() {
            Reply::Overlay(reply) => *reply,
            other => panic!("{other:?}"),
        }
    }

    pub fn change(&self, name: &str, steps: Vec<OverlayStep>) -> OverlayReply {
        self.ask(change(name, steps))
    }

    /// The change is made.
    pub fn does(&self, name: &str, steps: Vec<OverlayStep>) -> OverlayOutcome {
        match self.change(name, steps) {
            OverlayReply::Change(outcome) => *outcome,
            other => panic!("{other:?}"),
        }
    }

    /// The change is refused, with nothing touched.
    pub fn refuses(&self, name: &str, steps: Vec<OverlayStep>) -> Vec<Fault> {
        let before = self.tree();
        match self.change(name, steps) {
            OverlayReply::Faulty(faults) => {
                assert_eq!(self.tree(), before, "{faults:?}");
                assert!(!faults.is_empty());
                faults
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn undo(&self, number: Option<u64>) -> OverlayReply {
        self.ask(OverlayCommand::Undo {
            number,
            name: None,
            dry: false,
            by: "bob".into(),
        })
    }

    pub fn undoes(&self, number: Option<u64>) -> OverlayOutcome {
        match self.undo(number) {
            OverlayReply::Change(outcome) => *outcome,
            other => panic!("{other:?}"),
        }
    }

    pub fn clashes(&self, number: Option<u64>) -> OverlayClash {
        let before = self.tree();
        match self.undo(number) {
            OverlayReply::Clash(clash) => {
                assert_eq!(self.tree(), before);
                *clash
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn log(&self) -> Vec<OverlayLogRow> {
        match self.ask(OverlayCommand::Log {
            name: None,
            limit: 1000,
        }) {
            OverlayReply::Log(rows) => rows,
            other => panic!("{other:?}"),
        }
    }

    pub fn past(&self, number: u64, path: &str, before: bool) -> OverlayFile {
        match self.ask(OverlayCommand::Past {
            number,
            path: path.into(),
            before,
        }) {
            OverlayReply::File(file) => *file,
            other => panic!("{other:?}"),
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.paths.state.join("overlays")
    }

    pub fn file(&self, name: &str, path: &str) -> PathBuf {
        self.folder().join(name).join("rootfs").join(path)
    }

    pub fn text(&self, name: &str, path: &str) -> String {
        fs::read_to_string(self.file(name, path)).unwrap()
    }

    /// Everything below the folder of overlays, to the bit.
    pub fn tree(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        look(&self.folder(), "", &mut tree);
        tree
    }
}

/// What is at a path, but for times of folders and links.
fn look(at: &Path, path: &str, tree: &mut BTreeMap<String, String>) {
    let Ok(meta) = fs::symlink_metadata(at) else {
        return;
    };
    let kind = meta.file_type();
    let what = if kind.is_dir() {
        let mut names: Vec<_> = fs::read_dir(at).unwrap().map(|e| e.unwrap()).collect();
        names.sort_by_key(fs::DirEntry::file_name);
        for entry in names {
            let name = entry.file_name().into_string().unwrap();
            look(&entry.path(), &format!("{path}/{name}"), tree);
        }
        "folder".to_owned()
    } else if kind.is_symlink() {
        format!("link {:?}", fs::read_link(at).unwrap())
    } else if kind.is_fifo() {
        "pipe".to_owned()
    } else {
        let time = (meta.mtime(), meta.mtime_nsec());
        format!("file {time:?} {:?}", fs::read(at).unwrap())
    };
    let owner = (meta.uid(), meta.gid());
    let xattrs = xattrs::read(at).unwrap();
    tree.insert(
        path.to_owned(),
        format!("{:o} {owner:?} {xattrs:?} {what}", meta.mode()),
    );
}

pub fn change(name: &str, steps: Vec<OverlayStep>) -> OverlayCommand {
    OverlayCommand::Change {
        name: name.into(),
        steps,
        base: None,
        force: false,
        note: None,
        dry: false,
        by: "ana".into(),
    }
}

pub fn write(path: &str, text: &str) -> OverlayStep {
    OverlayStep::Write {
        path: path.into(),
        content: Content::Text(text.into()),
        mode: None,
    }
}

pub fn mkdir(path: &str) -> OverlayStep {
    OverlayStep::Mkdir {
        path: path.into(),
        mode: None,
    }
}

pub fn mode(path: &str, mode: u32) -> OverlayStep {
    OverlayStep::Mode {
        path: path.into(),
        mode,
    }
}

pub fn owner(path: &str, uid: u32, gid: u32) -> OverlayStep {
    OverlayStep::Owner {
        path: path.into(),
        uid: Some(uid),
        gid: Some(gid),
    }
}

pub fn link(path: &str, target: &str) -> OverlayStep {
    OverlayStep::Symlink {
        path: path.into(),
        target: target.into(),
    }
}

pub fn relocate(path: &str, to: &str) -> OverlayStep {
    OverlayStep::Move {
        path: path.into(),
        to: to.into(),
    }
}

pub fn remove(path: &str) -> OverlayStep {
    OverlayStep::Remove { path: path.into() }
}

pub fn paths(outcome: &OverlayOutcome) -> Vec<(&str, &str)> {
    let rows = outcome.changed.iter();
    rows.map(|row| (&*row.path, &*row.what)).collect()
}

pub fn texts(lines: &[Arc<str>]) -> Vec<&str> {
    lines.iter().map(AsRef::as_ref).collect()
}
