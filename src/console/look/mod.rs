//! How things look: roles (what a colour means), themes (which colour that is), depth (how many colours there are) and glyphs.
//! Nothing here knows a screen. A state is told by glyph and word as well as by colour, always.

mod ascii;
mod depth;
mod role;
mod stage;
mod theme;

pub use ascii::{to_ascii, wants_ascii};
pub use depth::Depth;
pub use role::Role;
pub use stage::{bar_glyph, bar_role, mark, stage_letter, stage_role, state_word};
pub use theme::{Theme, ThemeError, shipped};

use ratatui::style::Style;

/// The look in force.
#[derive(Debug, Clone)]
pub struct Look {
    /// The theme as its file gives it.
    pub theme: Theme,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// Only ASCII characters.
    pub ascii: bool,
    styles: [Style; Role::COUNT],
}

impl Look {
    /// A theme at a depth.
    #[must_use]
    pub fn new(theme: Theme, depth: Depth, ascii: bool) -> Self {
        let styles = std::array::from_fn(|at| depth.adapt(theme.styles[at]));
        Self {
            theme,
            depth,
            ascii,
            styles,
        }
    }

    /// The style of a role.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}
