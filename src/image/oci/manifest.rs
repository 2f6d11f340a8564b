//! Manifests, indexes of them, and the configuration of an image.

use serde::Deserialize;

use super::platform::Platform;
use crate::image::source::is_digest;

/// Most layers: overlayfs of the tools that make them takes 128 or 500.
const MOST_LAYERS: usize = 1024;
/// What Docker calls the annotation of a name in an index (image-spec, annotations).
const NAME: &str = "org.opencontainers.image.ref.name";

/// Something that is stored by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// `sha256:…`.
    pub digest: String,
    /// Bytes, as the manifest says.
    pub size: u64,
}

impl Blob {
    /// The digest without its algorithm.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.digest.trim_start_matches("sha256:")
    }
}

/// A document that was fetched for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manifest {
    /// The image itself.
    Image(Layers),
    /// Several images of one name.
    Index(Vec<Entry>),
}

/// One image of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its manifest.
    pub blob: Blob,
    /// What it is for; none where nobody says.
    pub platform: Option<Platform>,
    /// The name it has in a layout.
    pub name: Option<String>,
}

/// The parts of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    /// Its configuration.
    pub config: Blob,
    /// Its layers, the lowest first.
    pub layers: Vec<Blob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    schema_version: u32,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: u64,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

impl Descriptor {
    fn blob(&self) -> Result<Blob, String> {
        if !is_digest(&self.digest) {
            let shown: String = self.digest.chars().take(80).collect();
            return Err(format!(
                "`{}` is no digest that muster checks",
                shown.escape_debug()
            ));
        }
        Ok(Blob {
            digest: self.digest.clone(),
            size: self.size,
        })
    }

    /// Whether it is a tar archive, in whichever compression: `application/vnd.oci.image.layer.v1.tar+gzip`,
    /// `application/vnd.docker.image.rootfs.diff.tar.gzip`, and the like.
    fn is_tar(&self) -> bool {
        self.media_type.contains(".tar")
    }
}

impl Manifest {
    /// Reads a manifest or an index.
    ///
    /// # Errors
    /// A sentence: it is no JSON of that form, too old, without layers, encrypted, or made of more layers than any tool makes.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("the manifest is not understood: {error}"))?;
        if document.schema_version < 2 {
            return Err(
                "the manifest is of version 1, which registries gave up; push the image again"
                    .into(),
            );
        }
        if let Some(manifests) = document.manifests {
            let entry = |one: &Descriptor| {
                Ok(Entry {
                    blob: one.blob()?,
                    platform: one.platform.clone(),
                    name: one.annotations.get(NAME).cloned(),
                })
            };
            let entries: Result<_, String> = manifests.iter().map(entry).collect();
            return entries.map(Self::Index);
        }
        let (Some(config), Some(layers)) = (document.config, document.layers) else {
            return Err("the manifest has neither layers nor other manifests".into());
        };
        if layers.len() > MOST_LAYERS {
            return Err(format!(
                "the image has {} layers; the limit is {MOST_LAYERS}",
                layers.len()
            ));
        }
        if let Some(odd) = layers.iter().find(|layer| !layer.is_tar()) {
            let kind: String = odd.media_type.chars().take(80).collect();
            return Err(format!(
                "a layer is `{}`, which is no tar archive: this is no image of a system",
                kind.escape_debug()
            ));
        }
        if let Some(odd) = layers
            .iter()
            .find(|layer| layer.media_type.contains("encrypted"))
        {
            return Err(format!("the layer {} is encrypted", odd.digest));
        }
        Ok(Self::Image(Layers {
            config: config.blob()?,
            layers: layers
                .iter()
                .map(Descriptor::blob)
                .collect::<Result<_, _>>()?,
        }))
    }
}

/// The image of an index for a platform; where the index is of a layout, also by its name there.
///
/// # Errors
/// A sentence that lists what there is.
pub fn pick(entries: &[Entry], wanted: &Platform, name: Option<&str>) -> Result<Blob, String> {
    let named: Vec<&Entry> = match name {
        None => entries.iter().collect(),
        Some(name) => {
            let is = |entry: &&Entry| entry.name.as_deref() == Some(name);
            entries.iter().filter(is).collect()
        }
    };
    if named.is_empty() {
        let names: Vec<&str> = entries
            .iter()
            .filter_map(|entry| entry.name.as_deref())
            .collect();
        return Err(match (name, names.is_empty()) {
            (Some(name), false) => {
                format!("there is no image `{name}`; there are {}", names.join(" "))
            }
            (Some(name), true) => format!("there is no image `{name}`, and no other has a name"),
            (None, _) => "there is no image in it".into(),
        });
    }
    // An attestation is listed beside the images, for a machine that does not exist.
    let fits = |entry: &&&Entry| {
        entry
            .platform
            .as_ref()
            .is_none_or(|platform| platform.suits(wanted))
    };
    if let Some(found) = named.iter().find(fits) {
        return Ok(found.blob.clone());
    }
    let known: Vec<String> = named
        .iter()
        .filter_map(|entry| entry.platform.as_ref())
        .filter(|platform| platform.os != "unknown")
        .map(ToString::to_string)
        .collect();
    Err(format!(
        "there is no image for {wanted}; there are {}",
        known.join(" ")
    ))
}

/// What the configuration of an image says that matters to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What it is for.
    pub platform: Platform,
    /// SHA-256 of each layer without compression, lower-case hex, the lowest first.
    pub layers: Vec<String>,
    /// When it was made, as it says.
    pub created: Option<String>,
}

#[derive(Deserialize)]
struct ConfigDocument {
    #[serde(flatten)]
    platform: Platform,
    rootfs: Rootfs,
    created: Option<String>,
}

#[derive(Deserialize)]
struct Rootfs {
    #[serde(default)]
    diff_ids: Vec<String>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: ConfigDocument = serde_json::from_slice(bytes).map_err(|error| {
            format!("the configuration of the image is not understood: {error}")
        })?;
        let layers = document.rootfs.diff_ids;
        if let Some(odd) = layers.iter().find(|digest| !is_digest(digest)) {
            let shown: String = odd.chars().take(80).collect();
            return Err(format!(
                "`{}` is no digest that muster checks",
                shown.escape_debug()
            ));
        }
        let hex = |digest: String| digest.trim_start_matches("sha256:").to_owned();
        Ok(Self {
            platform: document.platform,
            layers: layers.into_iter().map(hex).collect(),
            created: document.created,
        })
    }
}
