//! What templates may name.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// muster's own: `*.tera`.
    #[default]
    Tera,
    /// Warewulf's: `*.ww`.
    Ww,
    /// Warewulf's boot scripts: `NAME.ipxe`.
    Ipxe,
}

impl Language {
    /// Its word, as it is sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tera => "tera",
            Self::Ww => "ww",
            Self::Ipxe => "ipxe",
        }
    }

    /// The language of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Tera, Self::Ww, Self::Ipxe];
        all.into_iter().find(|language| language.word() == word)
    }
}

/// A name that a template may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VarRow {
    /// As it is written, as `.NetDevs.NAME.IpCIDR`.
    pub name: Arc<str>,
    /// Whether it is a function.
    pub function: bool,
    /// What it is, in one line; empty for a function that is documented elsewhere.
    pub doc: Arc<str>,
}
