//! Which machine an image is for.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Operating system, processor and its variant, in the words of image-spec: `linux/arm64/v8`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// `linux`.
    pub os: String,
    /// `amd64`, `arm64`, `ppc64le`, …
    pub architecture: String,
    /// `v8`; empty where there is only one.
    #[serde(default)]
    pub variant: String,
}

/// The kernel's words for machines (uname(2)), and those of container images.
const MACHINES: [(&str, &str); 6] = [
    ("x86_64", "amd64"),
    ("aarch64", "arm64"),
    ("ppc64le", "ppc64le"),
    ("s390x", "s390x"),
    ("riscv64", "riscv64"),
    ("armv7l", "arm"),
];

impl Platform {
    /// The platform of a machine by the word that `uname -m` has for it.
    #[must_use]
    pub fn of_machine(machine: &str) -> Self {
        let known = MACHINES.iter().find(|(word, _)| *word == machine);
        Self {
            os: "linux".into(),
            architecture: known.map_or(machine, |(_, word)| *word).into(),
            variant: String::new(),
        }
    }

    /// Whether an image for `self` runs on a machine that asks for `wanted`; variants count only where both name one, and `v8` is
    /// what arm64 is without one.
    #[must_use]
    pub fn suits(&self, wanted: &Self) -> bool {
        let variant = |platform: &Self| match (&*platform.architecture, &*platform.variant) {
            ("arm64", "v8") => String::new(),
            (_, variant) => variant.to_owned(),
        };
        let (own, other) = (variant(self), variant(wanted));
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (own == other || own.is_empty() || other.is_empty())
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &*self.variant {
            "" => Ok(()),
            variant => write!(f, "/{variant}"),
        }
    }
}

impl FromStr for Platform {
    type Err = String;

    /// `linux/amd64`, `linux/arm64/v8`, or a processor alone in either spelling.
    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let parts: Vec<&str> = text.split('/').collect();
        if !parts.iter().all(fits) {
            return Err(format!(
                "`{text}` is no platform; write one as linux/amd64 or linux/arm64/v8"
            ));
        }
        match parts.as_slice() {
            [machine] => Ok(Self::of_machine(machine)),
            [os, rest @ ..] if rest.len() <= 2 => {
                let architecture = rest.first().copied().unwrap_or_default();
                Ok(Self {
                    os: (*os).into(),
                    variant: rest.get(1).copied().unwrap_or_default().into(),
                    ..Self::of_machine(architecture)
                })
            }
            _ => Err(format!(
                "`{text}` is no platform; write one as linux/amd64 or linux/arm64/v8"
            )),
        }
    }
}
