//! Container images that lie on the disk: their documents, then their layers, each checked against its digest.

use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::bundle::Bundle;
use super::{Wanted, beside, planted};
use crate::daemon::images::import::Imported;
use crate::daemon::images::layers::Unpack;
use crate::daemon::images::{JobError, Tell};
use crate::image::oci::{Blob, Config, Layers, Manifest, Saved, pick};

/// An index may point to an index; more than that is no image.
const DEEPEST: usize = 4;

/// The image of an OCI layout (image-spec, image-layout).
///
/// # Errors
/// A sentence that names the document or the layer.
pub fn layout(
    store: &Bundle,
    (wanted, name): (&Wanted, Option<&str>),
    rootfs: &Path,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let mut bytes = store.document("index.json")?;
    let mut name = name;
    for _ in 0..DEEPEST {
        match Manifest::parse(&bytes).map_err(JobError::new)? {
            Manifest::Index(entries) => {
                let picked =
                    pick(&entries, &wanted.platform, name.take()).map_err(JobError::new)?;
                bytes = document(store, &picked)?;
            }
            Manifest::Image(image) => return layers(store, wanted, &image, rootfs, tell),
        }
    }
    Err(JobError::new(
        "its indexes point to one another without end",
    ))
}

/// The layers of a manifest, from a store of blobs.
fn layers(
    store: &Bundle,
    wanted: &Wanted,
    image: &Layers,
    rootfs: &Path,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let config = Config::parse(&document(store, &image.config)?).map_err(JobError::new)?;
    let note = foreign(&config, wanted);
    if config.layers.len() != image.layers.len() {
        return Err(JobError::new(format!(
            "the manifest has {} layers and the configuration {}",
            image.layers.len(),
            config.layers.len()
        )));
    }
    let mut unpack = Unpack::into(&beside(rootfs).join("contents"))?;
    let pairs = image.layers.iter().zip(&config.layers);
    for (number, (blob, plain)) in pairs.enumerate() {
        let title = format!("layer {} of {}", number + 1, image.layers.len());
        let mut checked = Checked::new(store.open(&place(blob))?, blob);
        let read = unpack.layer(&title, &mut checked, tell)?;
        checked
            .finish()
            .map_err(|what| JobError::new(format!("{title} is refused: {what}")))?;
        same(&title, &read.digest, plain)?;
    }
    let mut done = planted(unpack, rootfs, tell)?;
    done.warnings.extend(note);
    Ok(done)
}

/// The image of what `docker save` wrote.
///
/// # Errors
/// As [`layout`].
pub fn saved(
    store: &Bundle,
    (wanted, name): (&Wanted, Option<&str>),
    rootfs: &Path,
    tell: &mut Tell<'_>,
) -> Result<Imported, JobError> {
    let image = Saved::find(&store.document("manifest.json")?, name).map_err(JobError::new)?;
    let config = Config::parse(&store.document(&image.config)?).map_err(JobError::new)?;
    if config.layers.len() != image.layers.len() {
        return Err(JobError::new(
            "its table of contents and its configuration differ in their layers",
        ));
    }
    let mut unpack = Unpack::into(&beside(rootfs).join("contents"))?;
    for (number, (path, plain)) in image.layers.iter().zip(&config.layers).enumerate() {
        let title = format!("layer {} of {}", number + 1, image.layers.len());
        let read = unpack.layer(&title, store.open(path)?, tell)?;
        same(&title, &read.digest, plain)?;
    }
    let mut done = planted(unpack, rootfs, tell)?;
    done.warnings.extend(foreign(&config, wanted));
    Ok(done)
}

/// Whether a layer is the one that the configuration speaks of.
fn same(title: &str, read: &str, said: &str) -> Result<(), JobError> {
    if read == said {
        return Ok(());
    }
    Err(JobError::new(format!(
        "{title} is refused: its content has the digest {read}, the configuration says {said}"
    )))
}

/// What to say of an image for another machine.
fn foreign(config: &Config, wanted: &Wanted) -> Option<String> {
    let suits = config.platform.suits(&wanted.platform);
    (!suits).then(|| {
        format!(
            "the image is for {}, not for {}",
            config.platform, wanted.platform
        )
    })
}

fn place(blob: &Blob) -> String {
    format!("blobs/sha256/{}", blob.hex())
}

fn document(store: &Bundle, blob: &Blob) -> Result<Vec<u8>, JobError> {
    let bytes = store.document(&place(blob))?;
    let read = hex(&Sha256::digest(&bytes));
    if read != blob.hex() {
        return Err(JobError::new(format!(
            "{} has the digest {read}",
            place(blob)
        )));
    }
    Ok(bytes)
}

/// A stream that is checked against the digest and size of a blob.
pub struct Checked<'b, R> {
    stream: R,
    hash: Sha256,
    bytes: u64,
    blob: &'b Blob,
}

impl<'b, R: Read> Checked<'b, R> {
    /// Nothing read yet.
    pub fn new(stream: R, blob: &'b Blob) -> Self {
        Self {
            stream,
            hash: Sha256::new(),
            bytes: 0,
            blob,
        }
    }

    /// Reads what is left, and compares.
    ///
    /// # Errors
    /// A sentence that says how it differs.
    pub fn finish(mut self) -> Result<(), String> {
        io::copy(&mut self, &mut io::sink()).map_err(|e| e.to_string())?;
        let (read, said) = (hex(&self.hash.finalize()), self.blob.hex());
        if read != said {
            return Err(format!(
                "it has the digest {read}, the manifest says {said}"
            ));
        }
        if self.bytes != self.blob.size {
            return Err(format!(
                "it has {} bytes, the manifest says {}",
                self.bytes, self.blob.size
            ));
        }
        Ok(())
    }
}

impl<R: Read> Read for Checked<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        self.hash.update(&into[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
