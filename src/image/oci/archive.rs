//! The table of contents of what `docker save` writes.

use serde::Deserialize;

/// One image in such an archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Saved {
    /// Name of its configuration in the archive.
    pub config: String,
    /// Its names: `debian:12`.
    #[serde(default)]
    pub repo_tags: Option<Vec<String>>,
    /// Names of its layers in the archive, the lowest first.
    pub layers: Vec<String>,
}

impl Saved {
    /// Reads `manifest.json` and finds the image of that name; without a name there must be only one.
    ///
    /// # Errors
    /// A sentence that lists the names there are.
    pub fn find(bytes: &[u8], name: Option<&str>) -> Result<Self, String> {
        let all: Vec<Self> = serde_json::from_slice(bytes)
            .map_err(|error| format!("its manifest.json is not understood: {error}"))?;
        let names: Vec<String> = all
            .iter()
            .flat_map(|saved| saved.repo_tags.iter().flatten().cloned())
            .collect();
        let listed = || names.join(" ");
        match name {
            None if all.len() > 1 => {
                Err(format!("it holds several images; name one of {}", listed()))
            }
            None => all
                .into_iter()
                .next()
                .ok_or_else(|| "it holds no image".into()),
            Some(name) => {
                let is = |saved: &Self| {
                    let mut tags = saved.repo_tags.iter().flatten();
                    tags.any(|tag| tag == name || tag.strip_suffix(":latest") == Some(name))
                };
                let found = all.into_iter().find(is);
                found.ok_or_else(|| format!("it holds no image `{name}`; there are {}", listed()))
            }
        }
    }
}
