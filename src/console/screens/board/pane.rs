//! Panes of the Board; on a narrow screen, its pages.

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// Groups, tiles or rows.
    #[default]
    Fleet,
    /// What needs somebody.
    Needs,
    /// Unknown machines.
    New,
}

impl Pane {
    /// All of them, in the order of Tab.
    pub const ALL: [Self; 3] = [Self::Fleet, Self::Needs, Self::New];
}
