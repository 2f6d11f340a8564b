//! The choice of a profile or a node by its name.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{draw_search, middle};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::{Input, List};
use crate::kit::{fuzzy, text};
use crate::model::Table;

/// Most names that are offered at once.
const OFFERED: usize = 500;

/// What the choice is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// What this profile is to be built on.
    Parent(Arc<str>),
    /// What this one is compared with.
    Compare(Table, Arc<str>),
    /// The node through whose eyes profiles are looked at.
    Guest,
    /// The node that an overlay is rendered for.
    Cast,
    /// What a file of an overlay, or what it makes, is compared with; the number tells it from others.
    Against(u64),
}

/// One that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name; none for what has none: no profile at all.
    pub name: Option<Arc<str>>,
    /// What is to be known of it.
    pub about: String,
    /// Why it cannot be chosen.
    pub off: Option<String>,
}

/// The choice.
#[derive(Debug)]
pub struct Pick {
    /// What for.
    pub task: Task,
    /// The line.
    pub input: Input,
    /// The cursor.
    pub list: List,
    offers: Vec<Offer>,
    found: Vec<usize>,
}

/// What stands for no name.
const NONE: &str = "(nothing)";

impl Pick {
    /// Among these, the likeliest first.
    #[must_use]
    pub fn new(task: Task, offers: Vec<Offer>) -> Self {
        let mut pick = Self {
            task,
            input: Input::default(),
            list: List::default(),
            offers,
            found: Vec::new(),
        };
        pick.search();
        pick
    }

    /// Further ones, before those that come after so many; the cursor stays.
    pub fn insert(&mut self, at: usize, more: Vec<Offer>) {
        let at = at.min(self.offers.len());
        self.offers.splice(at..at, more);
        let list = self.list.clone();
        self.search();
        self.list = list;
    }

    /// Ranks them anew by what is typed.
    pub fn search(&mut self) {
        self.list = List::default();
        let names = self
            .offers
            .iter()
            .map(|one| one.name.as_deref().unwrap_or(NONE));
        let typed = self.input.text().trim();
        self.found = if typed.is_empty() {
            (0..self.offers.len().min(OFFERED)).collect()
        } else {
            let ranked = fuzzy::rank(typed, names, OFFERED);
            ranked.into_iter().map(|(at, _)| at).collect()
        };
    }

    /// How many are offered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// The one under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Offer> {
        let at = self.found.get(self.list.within(self.found.len()))?;
        self.offers.get(*at)
    }

    fn title(&self) -> String {
        match &self.task {
            Task::Parent(profile) => format!("what is {profile} to be built on?"),
            Task::Compare(table, name) => format!("compare {name} with which {}?", table.one()),
            Task::Guest => "as which node?".into(),
            Task::Cast => "render it for which node?".into(),
            Task::Against(_) => "what differs from what?".into(),
        }
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let height = (area.height * 2 / 3).clamp(8, 24);
        let inner = frame.window(middle(area, 84, height), &text::clip(&self.title(), 76));
        let rows = draw_search(frame, inner, "▸ ", &self.input, (1, 1));
        if self.found.is_empty() {
            let text = "nothing of that name";
            frame.put(rows.x, rows.y, rows.width, text, Role::Dim);
        }
        let (len, cursor) = (self.len(), self.list.within(self.len()));
        let first = self.list.first(cursor, len, usize::from(rows.height));
        let shown = self.found.iter().enumerate().skip(first);
        for (y, (at, offer)) in (rows.y..rows.bottom()).zip(shown) {
            let Some(offer) = self.offers.get(*offer) else {
                continue;
            };
            let name = text::pad(offer.name.as_deref().unwrap_or(NONE), 24);
            let (role, about) = match &offer.off {
                Some(why) => (Role::Dim, format!("off: {why}")),
                None => (Role::Text, offer.about.clone()),
            };
            let pieces = [
                (name.as_str(), role),
                ("  ", Role::Text),
                (&about, Role::Dim),
            ];
            frame.pieces(rows.x, y, rows.width, &pieces);
            let row = Rect::new(rows.x, y, rows.width, 1);
            if at == cursor {
                frame.tint(row, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        let keys = match self.task {
            Task::Parent(_) => "⏎ what that does   ↑↓ choose   Esc cancel",
            Task::Against(_) | Task::Compare(..) => "⏎ compare   ↑↓ choose   Esc cancel",
            Task::Cast => "⏎ render for it   ↑↓ choose   Esc cancel",
            Task::Guest => "⏎ look as it   ↑↓ choose   Esc cancel",
        };
        let foot = inner.bottom().saturating_sub(1);
        frame.put(inner.x, foot, inner.width, keys, Role::Dim);
    }
}
