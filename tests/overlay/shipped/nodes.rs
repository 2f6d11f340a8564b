//! Nodes of every kind, from the text of a registry to the files of their archives, by the road that the server takes.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use muster::daemon::files::Disk;
use muster::model::{Paths, View};
use muster::overlay::{Context, Sources, render};
use muster::registry::Registry;

/// A registry, its state folder, and a folder with the files of each node.
pub struct Site {
    pub dir: tempfile::TempDir,
    view: Arc<View>,
}

impl Site {
    /// Of this `nodes.conf`. Nothing in it may be at fault.
    pub fn new(nodes: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths {
            conf: dir.path().join("conf"),
            state: dir.path().join("state"),
            run: dir.path().join("run"),
            cache: dir.path().join("cache"),
        };
        let conf = "ipaddr: 10.0.0.1\nnetmask: 255.255.0.0\n";
        let view = Registry::new(paths, "head")
            .load(Some(conf), Some(nodes))
            .view;
        let faults: Vec<String> = view.faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        Self { dir, view }
    }

    pub fn view(&self) -> &Arc<View> {
        &self.view
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Writes a file below the state folder.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.state().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Unpacks the archive of a node's system overlays as a kernel would; gives the folder.
    pub fn unpack(&self, name: &str) -> PathBuf {
        let node = self.view.by_name(name).unwrap();
        let sources = Sources::new(&self.state());
        let archive = render(&self.view, node, Context::System, &sources, &Disk);
        let archive = archive.unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        let root = self.dir.path().join(format!("node-{name}"));
        std::fs::create_dir(&root).unwrap();
        let plain = archive.plain.joined();
        let mut rest: &[u8] = &plain;
        loop {
            let mut reader = cpio::NewcReader::new(rest).unwrap();
            let entry = reader.entry().clone();
            if entry.is_trailer() {
                return root;
            }
            let path = root.join(entry.name());
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut reader, &mut data).unwrap();
            match entry.mode() & 0o170_000 {
                0o040_000 => std::fs::create_dir(&path).unwrap(),
                0o120_000 => symlink(String::from_utf8(data).unwrap(), &path).unwrap(),
                _ => std::fs::write(&path, data).unwrap(),
            }
            if entry.mode() & 0o170_000 != 0o120_000 {
                let mode = std::fs::Permissions::from_mode(entry.mode() & 0o7777);
                std::fs::set_permissions(&path, mode).unwrap();
            }
            rest = reader.finish().unwrap();
        }
    }

    /// What rendering a node's system overlays complains of.
    pub fn faults(&self, name: &str) -> Vec<String> {
        let node = self.view.by_name(name).unwrap();
        let sources = Sources::new(&self.state());
        match render(&self.view, node, Context::System, &sources, &Disk) {
            Ok(archive) => archive.faults.iter().map(ToString::to_string).collect(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The files below a folder whose names end so, sorted.
pub fn files(root: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub fn read(root: &Path, path: &str) -> String {
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Runs a tool; none, and says so, where it is not installed.
#[allow(clippy::print_stderr)]
pub fn tool(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = command.get_program().to_string_lossy();
            eprintln!("SKIPPED: {name} is not installed");
            None
        }
        Err(error) => panic!("{command:?}: {error}"),
    }
}

/// Everything a tool said.
pub fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    format!("{out}{err}")
}
