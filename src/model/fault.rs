//! Something wrong that a person can mend: what, where, what to do.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kit::text;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Only for who follows every packet; lists leave it out.
    Debug,
    /// For the record.
    Info,
    /// Works, but probably not as meant.
    Warning,
    /// This piece does not work; its last good state stays in force.
    Error,
}

impl Level {
    /// Its word, as it is typed and sent: `debug`, `info`, `warning`, `error`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Debug, Self::Info, Self::Warning, Self::Error];
        all.into_iter().find(|level| level.word() == word)
    }
}

/// A place in a text file. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// The file as the administrator knows it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One fault. `about` names whom it concerns (`node n1`, `profile gpu`, `overlay hosts`), `what` says what is wrong in one
/// sentence without a full stop, `hint` what to do ("did you mean `ipaddr`?").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// Severity.
    pub level: Level,
    /// Where, if it is in a file.
    pub spot: Option<Spot>,
    /// Whom it concerns, if anyone in particular.
    pub about: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Fault {
    /// An error about `what`, nowhere in particular. Whatever of a file is quoted in it becomes harmless text of one line.
    #[must_use]
    pub fn error(what: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            spot: None,
            about: None,
            what: text::sanitise(&what.into()),
            hint: None,
        }
    }

    /// A warning about `what`.
    #[must_use]
    pub fn warning(what: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(what)
        }
    }

    /// What makes two faults the same one: not the line, which moves with every edit above it.
    #[must_use]
    pub fn identity(&self) -> (Level, Option<&str>, &str, Option<&str>) {
        let file = self.spot.as_ref().map(|spot| &*spot.file);
        (self.level, self.about.as_deref(), &self.what, file)
    }

    /// The same fault, at a place.
    #[must_use]
    pub fn at(mut self, spot: Spot) -> Self {
        self.spot = Some(spot);
        self
    }

    /// The same fault, about somebody.
    #[must_use]
    pub fn about(mut self, whom: impl Into<String>) -> Self {
        self.about = Some(text::sanitise(&whom.into()));
        self
    }

    /// The same fault, with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(text::sanitise(&hint.into()));
        self
    }
}

impl fmt::Display for Fault {
    /// `nodes.conf:12:3: node n1: unknown key `ipadr` (did you mean `ipaddr`?)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(spot) = &self.spot {
            write!(f, "{spot}: ")?;
        }
        if let Some(about) = &self.about {
            write!(f, "{about}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}
