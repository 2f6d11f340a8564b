//! How much of the timeline is shown.

use crate::api::EventRow;
use crate::fleet::headline;
use crate::model::Level;

/// Which events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    Packets,
    All,
    News,
    Warnings,
    Errors,
}

impl Least {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Packets => "every packet",
            Self::All => "everything",
            Self::News => "news",
            Self::Warnings => "warnings",
            Self::Errors => "errors",
        }
    }

    /// Nothing below this is shown.
    pub(super) const fn level(self) -> Level {
        match self {
            // An unknown machine's first packet is news, whatever its level.
            Self::Packets | Self::News => Level::Debug,
            Self::All => Level::Info,
            Self::Warnings => Level::Warning,
            Self::Errors => Level::Error,
        }
    }

    pub(super) fn shows(self, event: &EventRow) -> bool {
        match self {
            Self::Packets => true,
            Self::All => event.level >= Level::Info,
            Self::News => headline(&event.kind, event.level, event.node.is_some(), &event.text),
            Self::Warnings => event.level >= Level::Warning,
            Self::Errors => event.level >= Level::Error,
        }
    }
}
