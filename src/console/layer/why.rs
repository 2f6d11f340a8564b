//! The explanation of one node's state.

use std::sync::Arc;

use super::middle;
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_role};
use crate::console::widgets::List;
use crate::fleet::Verdict;
use crate::kit::{Stamp, Zone, text};

/// The pane.
#[derive(Debug)]
pub struct WhyPane {
    /// The node.
    pub name: Arc<str>,
    /// The explanation, once it has come.
    pub verdict: Option<Box<Verdict>>,
    /// Why none came.
    pub refused: Option<Arc<str>>,
    /// How far it is scrolled.
    pub list: List,
    zone: Zone,
    asked: Stamp,
}

impl WhyPane {
    /// For a node whose explanation is on its way: asked `now`, read in `zone`.
    #[must_use]
    pub fn new(name: Arc<str>, zone: Zone, now: Stamp) -> Self {
        Self {
            name,
            zone,
            asked: now,
            verdict: None,
            refused: None,
            list: List::default(),
        }
    }

    /// The explanation as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.verdict.as_ref()?;
        let lines = self.lines(100);
        Some(lines.into_iter().map(|(line, _)| line + "\n").collect())
    }

    /// How many lines there are at a width.
    #[must_use]
    pub fn len(&self, cells: usize) -> usize {
        self.lines(cells).len()
    }

    fn lines(&self, cells: usize) -> Vec<(String, Role)> {
        let Some(verdict) = &self.verdict else {
            let text = self.refused.as_deref().unwrap_or("asking …");
            return vec![(text.to_owned(), Role::Dim)];
        };
        let mut lines = Vec::new();
        let mut add = |first: &str, rest: &str, body: &str, role: Role| {
            let room = cells.saturating_sub(text::width(first));
            for (at, part) in text::wrap(body, room).into_iter().enumerate() {
                let front = if at == 0 { first } else { rest };
                lines.push((format!("{front}{part}"), role));
            }
        };
        let state = bar_role(verdict.stage, verdict.condition);
        add("", "", &verdict.headline, state);
        add("", "", " ", Role::Text);
        if let Some(expected) = &verdict.expected {
            add("expected  ", "          ", expected, Role::Text);
        }
        if let Some(missing) = &verdict.missing {
            add("missing   ", "          ", missing, Role::Text);
        }
        for (at, meaning) in verdict.meaning.iter().enumerate() {
            let first = if at == 0 { "means     " } else { "      or  " };
            add(first, "          ", meaning, Role::Text);
        }
        for (at, try_) in verdict.tries.iter().enumerate() {
            let first = format!(
                "{} {}. ",
                if at == 0 { "try    " } else { "       " },
                at + 1
            );
            add(&first, "            ", try_, Role::Title);
        }
        if !verdict.evidence.is_empty() {
            add("", "", " ", Role::Text);
            add("", "", "this rests on", Role::Dim);
        }
        for (at, what) in &verdict.evidence {
            add(
                &format!("  {}  ", text::pad(&self.zone.near(*at, self.asked), 8)),
                "            ",
                what,
                Role::Dim,
            );
        }
        lines
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let width = area.width.saturating_sub(4).min(100);
        let lines = self.lines(usize::from(width.saturating_sub(4)));
        let height = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(4);
        let title = format!("why is {} where it is", self.name);
        let inner = frame.window(middle(area, width, height), &title);
        let visible = usize::from(inner.height.saturating_sub(2));
        let first = self.list.at.min(lines.len().saturating_sub(visible));
        for (y, (line, role)) in (inner.y..).zip(lines.iter().skip(first).take(visible)) {
            frame.put(inner.x, y, inner.width, line, *role);
        }
        let foot = "y copy   Esc close";
        frame.put(
            inner.x,
            inner.bottom().saturating_sub(1),
            inner.width,
            foot,
            Role::Dim,
        );
    }
}
