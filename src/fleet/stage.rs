//! How far a boot is, and how it fares there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stages of a boot, in order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Nothing heard.
    #[default]
    Off,
    /// Firmware or loader asks for an address.
    Dhcp,
    /// The network boot program is on its way or runs.
    Loader,
    /// The kernel is on its way.
    Kernel,
    /// The image is on its way.
    Image,
    /// The overlays are on their way.
    Overlay,
    /// The kernel was started; `/init` prepares the root.
    Init,
    /// The node reported that it is up.
    Up,
}

/// All stages, in order.
pub const STAGES: [Stage; 8] = [
    Stage::Off,
    Stage::Dhcp,
    Stage::Loader,
    Stage::Kernel,
    Stage::Image,
    Stage::Overlay,
    Stage::Init,
    Stage::Up,
];

impl Stage {
    /// Its word, lower case.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Dhcp => "dhcp",
            Self::Loader => "loader",
            Self::Kernel => "kernel",
            Self::Image => "image",
            Self::Overlay => "overlay",
            Self::Init => "init",
            Self::Up => "up",
        }
    }

    /// Its index in [`STAGES`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a node fares at its stage.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// As expected.
    #[default]
    Fine,
    /// The next signal is overdue.
    Stalled,
    /// Something said no, or the node said that it failed.
    Failed,
}
