//! A cursor over a long list, and which part of the list is visible. ratatui's table builds every row of the list for every
//! frame; here a frame costs its visible rows.

use std::cell::Cell;

/// First visible row of a list of `len` in a window of `height`, so that `cursor` is inside and the window moves no more than
/// it must from `top`.
#[must_use]
pub fn window(top: usize, cursor: usize, len: usize, height: usize) -> usize {
    if height == 0 || len <= height {
        return 0;
    }
    let top = if cursor < top {
        cursor
    } else if cursor >= top + height {
        cursor + 1 - height
    } else {
        top
    };
    top.min(len - height)
}

/// A cursor that is a row number, for lists whose rows have no identity worth following.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The row.
    pub at: usize,
    /// First visible row at the last draw: where the window stands is all that drawing remembers.
    top: Cell<usize>,
}

impl List {
    /// Moves by `by` rows within a list of `len`.
    pub fn step(&mut self, by: isize, len: usize) {
        self.at = self.at.saturating_add_signed(by).min(len.saturating_sub(1));
    }

    /// The cursor, inside a list that may have shrunk.
    #[must_use]
    pub fn within(&self, len: usize) -> usize {
        self.at.min(len.saturating_sub(1))
    }

    /// The first visible row of a list of `len` whose cursor is at `at`.
    #[must_use]
    pub fn first(&self, at: usize, len: usize, height: usize) -> usize {
        let top = window(self.top.get(), at, len, height);
        self.top.set(top);
        top
    }
}
