//! Whether a reboot would change a node, in the form that lists show.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::fleet::Fleet;
use crate::model::NodeId;

/// Whether a reboot would change a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// It is not up: it runs nothing that could be compared.
    #[default]
    Idle,
    /// It is being looked at.
    Looking,
    /// No: it would boot what it runs.
    No,
    /// What it was given at its boot is not known.
    Unknown,
    /// Yes, by this.
    Yes(Differs),
}

/// What would be another one after a reboot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Differs {
    /// It would not come up.
    pub fails: bool,
    /// The kernel, or the initramfs that belongs to it.
    pub kernel: bool,
    /// The kernel's arguments.
    pub args: bool,
    /// The image.
    pub image: bool,
    /// So many files of overlays.
    pub files: u32,
}

impl Drift {
    /// Its word: `yes`, `no`, `unknown`, `looking`; none for a node that is not up.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Idle => None,
            Self::Looking => Some("looking"),
            Self::No => Some("no"),
            Self::Unknown => Some("unknown"),
            Self::Yes(_) => Some("yes"),
        }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        *self == Self::Idle
    }

    /// What would be another one.
    #[must_use]
    pub const fn differs(self) -> Option<Differs> {
        match self {
            Self::Yes(differs) => Some(differs),
            _ => None,
        }
    }
}

impl Differs {
    /// The parts by their words: `fails`, `kernel`, `args`, `image`, `files`.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let Self {
            fails,
            kernel,
            args,
            image,
            files,
        } = self;
        let all = [
            (fails, "fails"),
            (kernel, "kernel"),
            (args, "args"),
            (image, "image"),
            (files > 0, "files"),
        ];
        all.into_iter().filter_map(|(is, word)| is.then_some(word))
    }
}

impl fmt::Display for Differs {
    /// As `kernel args 2 files`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.words().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            match word {
                "files" if self.files == 1 => write!(f, "{gap}1 file")?,
                "files" => write!(f, "{gap}{} files", self.files)?,
                _ => write!(f, "{gap}{word}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes(differs) => differs.fmt(f),
            other => f.write_str(other.word().unwrap_or("—")),
        }
    }
}

impl Fleet {
    /// Notes whether a reboot would change a node. True if that was not known.
    pub fn set_drift(&mut self, id: NodeId, drift: Drift) -> bool {
        let slot = self.slots.get_mut(id.0 as usize);
        slot.is_some_and(|slot| std::mem::replace(&mut slot.status.drift, drift) != drift)
    }
}
