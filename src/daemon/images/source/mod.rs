//! Where the tree of an image comes from: a folder, a tar archive, or the layers of a container image, each brought to a folder
//! beside the images. Nothing of it is seen before it is whole.

mod bundle;
mod container;
mod kind;

use std::fs::File;
use std::path::Path;

use super::copy::copy;
use super::import::Imported;
use super::layers::Unpack;
use super::{JobError, Tell};
use crate::image::oci::Platform;
use crate::image::source::Source;
use bundle::Bundle;
use kind::{Kind, kind};

/// What an import is asked for besides its source.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which of several images of one name.
    pub platform: Platform,
}

impl Wanted {
    /// An image for machines of this one's kind.
    #[must_use]
    pub fn here() -> Self {
        Self {
            platform: Platform::of_machine(std::env::consts::ARCH),
        }
    }
}

/// Brings the tree of `source` to `rootfs`, which must not be there yet; scratch space is beside it.
///
/// # Errors
/// A sentence that names the source, and what to do where that can be told.
pub fn bring(
    source: &Source,
    wanted: &Wanted,
    rootfs: &Path,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    match source {
        Source::Path(path) => match kind(path)? {
            Kind::Folder => folder(path, rootfs, tell),
            Kind::Layout => bring(&Source::Oci(path.clone(), None), wanted, rootfs, tell),
            Kind::LayoutArchive => bring(
                &Source::OciArchive(path.clone(), None),
                wanted,
                rootfs,
                tell,
            ),
            Kind::DockerArchive => bring(
                &Source::DockerArchive(path.clone(), None),
                wanted,
                rootfs,
                tell,
            ),
            Kind::Tar => tar(path, rootfs, tell),
        },
        Source::Folder(path) => folder(path, rootfs, tell),
        Source::Tar(path) => tar(path, rootfs, tell),
        Source::Oci(path, name) => {
            let store = Bundle::folder(path);
            container::layout(&store, (wanted, name.as_deref()), rootfs, tell)
        }
        Source::OciArchive(path, name) => {
            let store = Bundle::archive(path, &beside(rootfs), tell)?;
            container::layout(&store, (wanted, name.as_deref()), rootfs, tell)
        }
        Source::DockerArchive(path, name) => {
            let store = Bundle::archive(path, &beside(rootfs), tell)?;
            container::saved(&store, (wanted, name.as_deref()), rootfs, tell)
        }
        other => Err(JobError::new(format!(
            "muster cannot import from {other} yet"
        ))),
    }
}

fn folder(from: &Path, rootfs: &Path, tell: &mut Tell<'_>) -> Result<Imported, JobError> {
    let copied = copy(from, rootfs, tell)?;
    let mut done = Imported {
        progress: copied.progress,
        warnings: copied.warnings,
    };
    done.unowned(copied.owners);
    Ok(done)
}

/// A root file system in one archive: an image of one layer.
fn tar(path: &Path, rootfs: &Path, tell: &mut Tell<'_>) -> Result<Imported, JobError> {
    let file = File::open(path).map_err(|e| JobError::io("cannot read", path, &e))?;
    let mut unpack = Unpack::into(&beside(rootfs).join("contents"))?;
    unpack.layer(&path.display().to_string(), file, tell)?;
    planted(unpack, rootfs, tell)
}

/// Makes the tree of what was unpacked.
fn planted(unpack: Unpack, rootfs: &Path, tell: &mut Tell<'_>) -> Result<Imported, JobError> {
    let planted = unpack.plant(rootfs, tell)?;
    let mut done = Imported {
        progress: planted.progress,
        warnings: planted.warnings,
    };
    done.unowned(planted.owners);
    if planted.xattrs > 0 {
        done.warnings.push(format!(
            "{} extended attributes (capabilities, labels) could not be kept: only root can set them, and not every file \
             system holds them",
            planted.xattrs
        ));
    }
    Ok(done)
}

/// The folder that the tree comes to be in.
fn beside(rootfs: &Path) -> std::path::PathBuf {
    rootfs.parent().unwrap_or(rootfs).to_owned()
}
