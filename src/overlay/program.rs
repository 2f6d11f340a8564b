//! The program that refreshes nodes: where it is on this server, and for which architecture.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::files::{Files, Kind};
use super::template::Press;
use super::tree::Tree;
use crate::model::{Fault, Level};

/// Architectures as `uname -m` and ELF name them (`e_machine`).
const ARCHES: [(&str, u16); 6] = [
    ("x86_64", 62),
    ("aarch64", 183),
    ("riscv64", 243),
    ("ppc64le", 21),
    ("s390x", 22),
    ("loongarch64", 258),
];
/// Programs of an image that tell its architecture.
const TELL: [&str; 4] = [
    "/bin/sh",
    "/usr/bin/env",
    "/sbin/init",
    "/lib/systemd/systemd",
];
/// Warewulf's client, in an image that brings it.
const WWCLIENT: &str = "/warewulf/wwclient";
/// Largest program that is looked into.
const LARGEST: u64 = 16 << 20;

impl Press<'_> {
    /// The program for the node's architecture. Where there is none that is told, unless the node's image brings its own.
    pub(super) fn agent(&mut self, tree: &Tree, template: &str) -> Option<Bytes> {
        let arch = self.arch();
        let found = match self.view.settings.agent.path.get(arch) {
            Some(path) => self.read(path),
            None => self.search(arch),
        };
        let what = match found {
            Ok((path, data)) => match arch_of(&data) {
                Some(other) if other != arch => {
                    format!("{} is for {other}, and this node is {arch}", path.display())
                }
                Some(_) => return Some(data),
                None => format!("{} is no program", path.display()),
            },
            Err(why) => {
                if self.brings_its_own() {
                    return None;
                }
                why
            }
        };
        let hint = format!(
            "`src/agent/build` makes one; put it beside muster as muster-agent-{arch}, or name it in muster.conf under `agent: path: {arch}:`"
        );
        let mut fault: Fault = tree
            .fault(
                template,
                format!("{what}; the node will not refresh its runtime overlay"),
            )
            .hint(hint);
        fault.level = Level::Warning;
        self.warnings.push(fault);
        None
    }

    fn read(&self, path: &Path) -> Result<(PathBuf, Bytes), String> {
        let named = |error: io::Error| format!("{} cannot be read: {error}", path.display());
        let meta = self.files.meta(path).map_err(named)?;
        let meta = match meta.filter(|meta| meta.kind == Kind::Symlink) {
            Some(_) => {
                let real = self.files.real(path).map_err(named)?;
                self.files.meta(&real).map_err(named)?
            }
            None => meta,
        };
        let meta = meta.ok_or_else(|| format!("there is no {}", path.display()))?;
        let read = || self.files.read(path, LARGEST);
        let memory = &self.sources.memory;
        let data = memory.program((path, meta), read).map_err(named)?;
        Ok((path.to_owned(), data))
    }

    /// The first of the usual places that has it. All of them are looked at through the recorded door, so that one that is put there
    /// later is seen.
    fn search(&self, arch: &str) -> Result<(PathBuf, Bytes), String> {
        let own = (arch == OWN).then_some("muster-agent".to_owned());
        let names = [Some(format!("muster-agent-{arch}")), own];
        for folder in &self.sources.programs {
            for name in names.iter().flatten() {
                let path = folder.join(name);
                if self.files.meta(&path).is_ok_and(|meta| meta.is_some()) {
                    return self.read(&path);
                }
            }
        }
        Err(format!(
            "there is no muster-agent for {arch} on this server"
        ))
    }

    /// The architecture of the node's image, else of this server.
    fn arch(&self) -> &'static str {
        let image = self.node.image.as_deref();
        let told = TELL.iter().find_map(|path| {
            let path = self
                .sources
                .in_image(image, Path::new(path), &self.files)
                .ok()?;
            let meta = self.files.meta(&path).ok()??;
            let read = || self.files.read(&path, LARGEST);
            let memory = &self.sources.memory;
            arch_of(&memory.head(&path, meta, read)?)
        });
        told.unwrap_or(OWN)
    }

    fn brings_its_own(&self) -> bool {
        let image = self.node.image.as_deref();
        let path = Path::new(WWCLIENT);
        let path = self.sources.in_image(image, path, &self.files);
        path.is_ok_and(|path| self.files.meta(&path).is_ok_and(|meta| meta.is_some()))
    }
}

/// The architecture that this was built for.
const OWN: &str = if cfg!(target_arch = "aarch64") {
    "aarch64"
} else if cfg!(target_arch = "riscv64") {
    "riscv64"
} else if cfg!(target_arch = "powerpc64") {
    "ppc64le"
} else if cfg!(target_arch = "s390x") {
    "s390x"
} else if cfg!(target_arch = "loongarch64") {
    "loongarch64"
} else {
    "x86_64"
};

/// For which architecture an ELF program is.
fn arch_of(data: &[u8]) -> Option<&'static str> {
    if data.get(..4)? != b"\x7fELF" {
        return None;
    }
    let machine: [u8; 2] = data.get(18..20)?.try_into().ok()?;
    // `EI_DATA`: 2 means that numbers begin with their most significant byte.
    let machine = match data.get(5)? {
        2 => u16::from_be_bytes(machine),
        _ => u16::from_le_bytes(machine),
    };
    let known = ARCHES.iter().find(|(_, number)| *number == machine);
    known.map(|(name, _)| *name)
}
