//! Where an image comes from, as a person writes it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::kit::suggest;

/// The registry that a name without one means, as every tool of the field reads it.
const HUB: &str = "docker.io";
/// Where that registry really is.
const HUB_HOST: &str = "registry-1.docker.io";
/// The tag of a name without one.
const LATEST: &str = "latest";

/// The forms, for messages.
const FORMS: [&str; 9] = [
    "docker://",
    "docker-daemon://",
    "podman://",
    "docker-archive:",
    "oci:",
    "oci-archive:",
    "tar:",
    "dir:",
    "sif:",
];

/// A source of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `docker://host:5000/group/name:tag`: a registry.
    Registry(Reference),
    /// `docker-daemon://name:tag`: the Docker daemon of this machine.
    Docker(String),
    /// `podman://name:tag`: Podman's service on this machine.
    Podman(String),
    /// `docker-archive:FILE[:name:tag]`: what `docker save` wrote.
    DockerArchive(PathBuf, Option<String>),
    /// `oci:FOLDER[:tag]`: an OCI image layout.
    Oci(PathBuf, Option<String>),
    /// `oci-archive:FILE[:tag]`: such a layout in a tar archive.
    OciArchive(PathBuf, Option<String>),
    /// `tar:FILE`: a root file system in a tar archive, in any compression.
    Tar(PathBuf),
    /// `dir:FOLDER`: a root file system.
    Folder(PathBuf),
    /// `sif:FILE`: an Apptainer image.
    Sif(PathBuf),
    /// A path alone; what it is its content says.
    Path(PathBuf),
}

impl Source {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// A sentence, with what to write instead where that can be told.
    pub fn parse(text: &str) -> Result<Self, String> {
        let local = |path: &str| match path {
            "" => Err(format!("`{text}` names no file")),
            path => Ok(PathBuf::from(path)),
        };
        let named = |path: &str| -> Result<(PathBuf, Option<String>), String> {
            // A tag has no slash; everything else is the path.
            match path.split_once(':') {
                Some((path, tag)) if !tag.is_empty() && !tag.starts_with('/') => {
                    Ok((local(path)?, Some(tag.to_owned())))
                }
                _ => Ok((local(path)?, None)),
            }
        };
        let Some((scheme, rest)) = text.split_once(':') else {
            return Ok(Self::Path(local(text)?));
        };
        let short = rest.strip_prefix("//").unwrap_or(rest);
        Ok(match scheme {
            "docker" if rest.starts_with("//") => Self::Registry(Reference::parse(short)?),
            "docker-daemon" => Self::Docker(Reference::parse(short)?.familiar()),
            "podman" | "containers-storage" => Self::Podman(Reference::parse(short)?.familiar()),
            "docker-archive" => named(rest).map(|(path, tag)| Self::DockerArchive(path, tag))?,
            "oci" => named(rest).map(|(path, tag)| Self::Oci(path, tag))?,
            "oci-archive" => named(rest).map(|(path, tag)| Self::OciArchive(path, tag))?,
            "tar" => Self::Tar(local(rest)?),
            "dir" => Self::Folder(local(rest)?),
            "sif" => Self::Sif(local(rest)?),
            "file" => Self::Path(local(short)?),
            // A path may hold a colon.
            scheme if scheme.contains(['/', '.']) || !rest.starts_with("//") => {
                Self::Path(local(text)?)
            }
            scheme => {
                let known = FORMS.map(|form| form.trim_end_matches(['/', ':']));
                let hint = suggest::hint(scheme, known);
                let hint = hint.unwrap_or_else(|| format!("there are {}", FORMS.join(" ")));
                return Err(format!("`{scheme}://` is no kind of source; {hint}"));
            }
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tagged = |f: &mut fmt::Formatter<'_>, form: &str, path: &Path, tag: &Option<String>| {
            write!(f, "{form}{}", path.display())?;
            match tag {
                Some(tag) => write!(f, ":{tag}"),
                None => Ok(()),
            }
        };
        match self {
            Self::Registry(reference) => write!(f, "docker://{reference}"),
            Self::Docker(name) => write!(f, "docker-daemon://{name}"),
            Self::Podman(name) => write!(f, "podman://{name}"),
            Self::DockerArchive(path, tag) => tagged(f, "docker-archive:", path, tag),
            Self::Oci(path, tag) => tagged(f, "oci:", path, tag),
            Self::OciArchive(path, tag) => tagged(f, "oci-archive:", path, tag),
            Self::Tar(path) => write!(f, "tar:{}", path.display()),
            Self::Folder(path) => write!(f, "dir:{}", path.display()),
            Self::Sif(path) => write!(f, "sif:{}", path.display()),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The name of an image in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Registry, with its port if it has one: `docker.io`, `127.0.0.1:5000`.
    pub registry: String,
    /// Name there: `library/debian`.
    pub repository: String,
    /// Tag; none where a digest is given alone.
    pub tag: Option<String>,
    /// Digest: `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads `[registry/]repository[:tag][@digest]`, as Docker does (distribution's `reference` grammar).
    ///
    /// # Errors
    /// A sentence that says which part cannot be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| format!("`{text}` {what}");
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(wrong(
                "has a digest that is no `sha256:` with 64 hex digits",
            ));
        }
        let (registry, rest) = match name.split_once('/') {
            Some((host, rest)) if host == "localhost" || host.contains(['.', ':']) => (host, rest),
            _ => (HUB, name),
        };
        let (repository, tag) = match rest.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        let host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if registry.is_empty() || !registry.bytes().all(host) {
            return Err(wrong("has a registry that is no host name"));
        }
        if repository.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("has capitals in its name, which no registry takes"));
        }
        if !repository.split('/').all(is_component) || repository.len() > 255 {
            return Err(wrong(
                "is no name of an image, as debian:12 or host:5000/group/name",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("has a tag of other than letters, digits and `_.-`"));
        }
        let library = registry == HUB && !repository.contains('/');
        Ok(Self {
            registry: registry.to_owned(),
            repository: if library {
                format!("library/{repository}")
            } else {
                repository.to_owned()
            },
            tag: tag
                .or(digest.is_none().then_some(LATEST))
                .map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// Host and port to connect to.
    #[must_use]
    pub fn host(&self) -> &str {
        match &*self.registry {
            HUB | "index.docker.io" => HUB_HOST,
            host => host,
        }
    }

    /// What a manifest is asked by: the digest, else the tag.
    #[must_use]
    pub fn version(&self) -> &str {
        let digest = self.digest.as_deref();
        digest.or(self.tag.as_deref()).unwrap_or(LATEST)
    }

    /// As Docker's own commands write it: without what goes without saying.
    #[must_use]
    pub fn familiar(&self) -> String {
        let all = self.to_string();
        let short = all.strip_prefix("docker.io/").unwrap_or(&all);
        short.strip_prefix("library/").unwrap_or(short).to_owned()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Whether a text is `sha256:` with 64 lower-case hex digits: the one algorithm that registries use.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}

fn is_component(text: &str) -> bool {
    let inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.bytes().all(inner) && edge(text.bytes().next()) && edge(text.bytes().next_back())
}

fn is_tag(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with(['.', '-'])
}
