//! How much the Board shows of each node.

/// A zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zoom {
    /// A bar for each group.
    Groups,
    /// A cell for each node.
    Tiles,
    /// A row for each node.
    Rows,
}

impl Zoom {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Tiles => "tiles",
            Self::Rows => "rows",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Groups, Self::Tiles, Self::Rows];
        all.into_iter().find(|zoom| zoom.word() == word)
    }

    /// The next one that shows more of each (`true`) or more at once; itself at the end.
    #[must_use]
    pub const fn step(self, closer: bool) -> Self {
        match (self, closer) {
            (Self::Groups, true) | (Self::Rows, false) => Self::Tiles,
            (Self::Tiles, true) => Self::Rows,
            (Self::Tiles, false) => Self::Groups,
            (same, _) => same,
        }
    }
}
