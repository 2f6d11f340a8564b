//! From buffers to bytes: only the cells that changed, in one synchronised write a frame, none at all when nothing changed.

use std::io;

use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

/// Begins and ends a synchronised update (mode 2026). Terminals that do not know it ignore it, so it is never asked for.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What the terminal shows, and how to make it show something else.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    stale: bool,
}

impl Screen {
    /// A screen of that size whose contents are unknown.
    #[must_use]
    pub fn new(width: u16, height: u16) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            stale: true,
        }
    }

    /// Another size; the next frame writes every cell.
    pub fn resize(&mut self, width: u16, height: u16) {
        *self = Self::new(width, height);
    }

    /// Forgets what is shown (after another program used the terminal); the next frame writes every cell.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// The empty buffer to draw the next frame into.
    pub fn canvas(&mut self) -> &mut Buffer {
        self.next.reset();
        &mut self.next
    }

    /// The bytes that turn what is shown into what was drawn; empty if that is the same. The caller writes them in one piece
    /// before it draws again.
    ///
    /// # Errors
    /// Never in practice: the bytes go to memory.
    pub fn frame(&mut self) -> io::Result<Vec<u8>> {
        if self.stale {
            // A private-use symbol that no frame contains: every cell differs, so nothing needs to be cleared (that flickers).
            self.shown.content.fill(Cell::new("\u{e000}"));
            self.stale = false;
        }
        let changed = self.shown.diff(&self.next);
        let mut bytes = Vec::new();
        if !changed.is_empty() {
            bytes.extend_from_slice(BEGIN);
            CrosstermBackend::new(&mut bytes).draw(changed.into_iter())?;
            bytes.extend_from_slice(END);
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(bytes)
    }

    /// What the terminal shows after the last frame.
    #[must_use]
    pub fn shown(&self) -> &Buffer {
        &self.shown
    }
}
