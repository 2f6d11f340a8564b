//! Something told in full: a fault with its place and advice, a service that does not answer.

use super::middle;
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::text;

/// The box.
#[derive(Debug)]
pub struct Told {
    title: String,
    paragraphs: Vec<(String, Role)>,
    /// How far it is scrolled.
    pub list: List,
}

impl Told {
    /// Of a title and paragraphs.
    #[must_use]
    pub fn new(title: String, paragraphs: Vec<(String, Role)>) -> Self {
        Self {
            title,
            paragraphs,
            list: List::default(),
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

    /// How many lines there are at a width.
    #[must_use]
    pub fn len(&self, cells: usize) -> usize {
        self.lines(cells).len()
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let width = area.width.saturating_sub(4).min(100);
        let lines = self.lines(usize::from(width.saturating_sub(4)));
        let height = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(4);
        let inner = frame.window(middle(area, width, height), &self.title);
        let visible = usize::from(inner.height.saturating_sub(2));
        let first = self.list.at.min(lines.len().saturating_sub(visible));
        for (y, (line, role)) in (inner.y..).zip(lines.iter().skip(first).take(visible)) {
            frame.put(inner.x, y, inner.width, line, *role);
        }
        let y = inner.bottom().saturating_sub(1);
        frame.put(inner.x, y, inner.width, "y copy   Esc close", Role::Dim);
    }
}
