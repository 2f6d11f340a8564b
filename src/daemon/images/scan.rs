//! The catalogue, read from the disk.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::inside::inside;
use crate::image::{self, BootArchive, Catalog, Facts, Image, Kernel};
use crate::kit::{Stamp, units};
use crate::model::{Fault, Level};

/// What `current.json` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Current {
    /// SHA-256 of the archive, lower-case hex; its file is `versions/<digest>.img.gz`.
    pub digest: String,
    /// Its size.
    pub size: u64,
    /// Bytes of the cpio before compression.
    pub unpacked: u64,
    /// When it was built, milliseconds since the epoch.
    pub built: u64,
    /// Of the tree it was made of, as it was before it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// Bytes of a kernel's configuration that are read; distributions' have a quarter of it.
const CONFIG_LIMIT: u64 = 1 << 20;

/// Where an init is looked for, in the order in which a node looks.
const INITS: [&str; 5] = [
    "/sbin/init",
    "/etc/init",
    "/bin/init",
    "/usr/lib/systemd/systemd",
    "/lib/systemd/systemd",
];

/// All images below `<state>/images`. One that cannot be read is listed with its fault.
///
/// # Errors
/// When the folder itself is there and cannot be read.
pub fn scan(state: &Path) -> io::Result<Catalog> {
    let mut catalog = Catalog::default();
    let entries = match fs::read_dir(state.join("images")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(catalog),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        // Locks and half-made imports begin with a dot; other names cannot be asked for.
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| image::check_name(name).is_ok()) else {
            continue;
        };
        if entry.path().join("rootfs").is_dir() || entry.path().join("current.json").exists() {
            let name: Arc<str> = name.into();
            catalog
                .images
                .insert(name.clone(), Arc::new(one(&name, &entry.path())));
        }
    }
    Ok(catalog)
}

fn one(name: &Arc<str>, folder: &Path) -> Image {
    let root = folder.join("rootfs");
    let mut faults = Vec::new();
    let about = format!("image {name}");
    let archive = match current(folder) {
        Ok(archive) => archive,
        Err(what) => {
            faults.push(Fault::error(what).hint(format!("muster image build {name}")));
            None
        }
    };
    let kernels = kernels(&root);
    let initramfs = image::initramfs(&candidates(&root));
    faults.extend(look(name, folder, &kernels, archive.as_ref()));
    match &archive {
        None if faults.iter().all(|fault| fault.level < Level::Error) => {
            let fault = Fault::warning("it has not been built, so no node can load it");
            faults.push(fault.hint(format!("muster image build {name}")));
        }
        Some(archive) => faults.extend(large(archive)),
        None => {}
    }
    Image {
        name: name.clone(),
        root,
        kernels,
        initramfs,
        archive,
        faults: faults
            .into_iter()
            .map(|fault| fault.about(about.clone()))
            .collect(),
    }
}

/// What the tree alone tells of boots to come.
fn look(
    name: &str,
    folder: &Path,
    kernels: &[Kernel],
    archive: Option<&BootArchive>,
) -> Vec<Fault> {
    let root = folder.join("rootfs");
    let kernel = kernels.first();
    let is_file = |path: &str| inside(&root, path).is_some_and(|path| path.is_file());
    let config = kernel
        .and_then(|kernel| inside(&root, &format!("/boot/config-{}", kernel.version)))
        .and_then(|path| fs::File::open(path).ok())
        .and_then(|file| io::read_to_string(file.take(CONFIG_LIMIT)).ok());
    let mut modules: Vec<String> = names(&root, "/lib/modules").collect();
    modules.sort();
    let newer = |path: &str| {
        let changed = inside(&root, path).and_then(|path| fs::metadata(path).ok()?.modified().ok());
        let since = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since
            .zip(archive)
            .is_some_and(|(since, archive)| since.as_millis() > u128::from(archive.built.0))
    };
    image::preflight(&Facts {
        name,
        kernel,
        readable: kernel.is_none_or(|kernel| fs::File::open(&kernel.path).is_ok()),
        config: config.as_deref(),
        modules: &modules,
        init: INITS.iter().any(|path| is_file(path)),
        shell: is_file("/bin/sh"),
        kernels_changed: newer("/boot") || newer("/lib/modules"),
    })
}

/// What a node needs to hold it. The kernel gives the initramfs half of the memory, and BIOS firmware loads below 4 GB.
fn large(archive: &BootArchive) -> Option<Fault> {
    let need = archive.size + archive.unpacked;
    let text = format!(
        "unpacked it takes {}; nodes need {} of memory to boot it",
        units::size(archive.unpacked),
        units::size(archive.size + 2 * archive.unpacked)
    );
    if need >= 4 << 30 {
        let hint = "a BIOS cannot load more than 4 GB in one piece; leave files out by /etc/warewulf/excludes";
        return Some(Fault::warning(text).hint(hint));
    }
    (archive.unpacked >= 1 << 30).then(|| Fault {
        level: Level::Info,
        ..Fault::warning(text)
    })
}

/// What `current.json` of an image's folder says.
pub fn read(folder: &Path) -> Result<Option<Current>, String> {
    let path = folder.join("current.json");
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    let current: Current = serde_json::from_slice(&text)
        .map_err(|error| format!("{} is damaged: {error}", path.display()))?;
    let hex = current.digest.len() == 64 && current.digest.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Err(format!("{} is damaged: no digest", path.display()));
    }
    Ok(Some(current))
}

/// The archive that `current.json` of an image's folder names.
pub fn current(folder: &Path) -> Result<Option<BootArchive>, String> {
    let Some(current) = read(folder)? else {
        return Ok(None);
    };
    let file = folder
        .join("versions")
        .join(format!("{}.img.gz", current.digest));
    let size = fs::metadata(&file).map(|meta| meta.len());
    match size {
        Ok(size) if size == current.size => Ok(Some(BootArchive {
            path: file,
            size,
            unpacked: current.unpacked,
            digest: current.digest.into(),
            built: Stamp(current.built),
        })),
        Ok(size) => Err(format!(
            "{} has {size} bytes instead of {}",
            file.display(),
            current.size
        )),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
    }
}

/// The kernels of the tree `root`, best first.
#[must_use]
pub fn kernels(root: &Path) -> Vec<Kernel> {
    image::kernels(&candidates(root))
}

/// Paths where a kernel or initramfs may be, as the image names them, and where they really are. Only regular files inside.
fn candidates(root: &Path) -> Vec<(String, PathBuf)> {
    let mut paths: Vec<String> = names(root, "/boot")
        .map(|name| format!("/boot/{name}"))
        .collect();
    for version in names(root, "/lib/modules") {
        paths.push(format!("/lib/modules/{version}/vmlinuz"));
        paths.push(format!("/lib/modules/{version}/vmlinuz.gz"));
    }
    paths.sort();
    let real = |path: String| {
        let at = inside(root, &path)?;
        at.is_file().then_some((path, at))
    };
    paths.into_iter().filter_map(real).collect()
}

fn names(root: &Path, folder: &str) -> impl Iterator<Item = String> {
    let entries = inside(root, folder).and_then(|path| fs::read_dir(path).ok());
    let names = entries.into_iter().flatten().flatten();
    names.filter_map(|entry| entry.file_name().into_string().ok())
}
