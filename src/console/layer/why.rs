//! The explanation of one node's state.

use std::sync::Arc;

use super::sheet::{self, Sheet};
use crate::console::frame::Frame;
use crate::console::look::{Role, bar_role};
use crate::console::screens::Move;
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
    sheet: Sheet,
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
            sheet: Sheet::default(),
        }
    }

    /// The explanation as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.verdict.as_ref()?;
        let lines = self.lines(100);
        Some(lines.into_iter().map(|(line, _)| line + "\n").collect())
    }

    /// Scrolls it on a screen of that size.
    pub fn step(&mut self, by: Move, screen: (u16, u16)) {
        let lines = self.lines(sheet::cells(screen.0)).len();
        self.sheet.step(by, lines, screen.1);
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
        let lines = self.lines(sheet::cells(frame.area().width));
        let title = format!("why is {} where it is", self.name);
        self.sheet.draw(frame, &title, &lines);
    }
}
