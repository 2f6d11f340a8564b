//! Something told in full: a fault with its place and advice, a service that does not answer.

use super::sheet::{self, Sheet};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::kit::text;

/// The box.
#[derive(Debug)]
pub struct Told {
    title: String,
    paragraphs: Vec<(String, Role)>,
    sheet: Sheet,
}

impl Told {
    /// Of a title and paragraphs.
    #[must_use]
    pub fn new(title: String, paragraphs: Vec<(String, Role)>) -> Self {
        Self {
            title,
            paragraphs,
            sheet: Sheet::default(),
        }
    }

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.paragraphs.iter();
        lines.map(|(text, _)| format!("{text}\n")).collect()
    }

    fn lines(&self, cells: usize) -> Vec<(String, Role)> {
        let wrapped = |(text, role): &(String, Role)| {
            let role = *role;
            text::wrap(text, cells)
                .into_iter()
                .map(move |line| (line, role))
        };
        self.paragraphs.iter().flat_map(wrapped).collect()
    }

    /// Scrolls it on a screen of that size.
    pub fn step(&mut self, by: Move, screen: (u16, u16)) {
        let lines = self.lines(sheet::cells(screen.0)).len();
        self.sheet.step(by, lines, screen.1);
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let lines = self.lines(sheet::cells(frame.area().width));
        self.sheet.draw(frame, &self.title, &lines);
    }
}
