//! The profiles that an entry lists, being put in another order. What is listed later wins.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::bottom;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::text;
use crate::model::Place;

/// Most rows that are shown at once.
const ROWS: usize = 12;

/// The list.
#[derive(Debug, Clone)]
pub struct Lineup {
    /// Whose list it is.
    pub place: Place,
    /// The revision that was looked at.
    pub base: u64,
    /// As it was.
    before: Vec<Arc<str>>,
    /// As it is to be.
    pub items: Vec<Arc<str>>,
    list: List,
}

impl Lineup {
    /// Of an entry that lists these; the cursor is on `on`, if that is among them.
    #[must_use]
    pub fn new(place: Place, base: u64, items: Vec<Arc<str>>, on: Option<&str>) -> Self {
        let at = items.iter().position(|item| Some(&**item) == on);
        let mut list = List::default();
        list.at = at.unwrap_or(0);
        Self {
            place,
            base,
            before: items.clone(),
            items,
            list,
        }
    }

    /// Whether anything stands elsewhere than it did.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.items != self.before
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        let len = self.items.len();
        self.list.at = by.from(self.list.within(len), len);
    }

    /// Puts the cursor on a row.
    pub fn click(&mut self, row: usize) {
        self.list.at = row;
    }

    /// Moves the profile under the cursor, which goes with it.
    pub fn shift(&mut self, by: isize) {
        let from = self.list.within(self.items.len());
        let to = Move::Rows(by).from(from, self.items.len());
        if from < self.items.len() {
            self.items.swap(from, to);
        }
        self.list.at = to;
    }

    /// Draws it at the bottom of `body`, so that what it is about stays in sight.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let shown = self.items.len().min(ROWS);
        let height = u16::try_from(shown).unwrap_or(1) + 4;
        let title = format!("the profiles that {} lists", self.place);
        let area = bottom(body, body.width.saturating_sub(4).min(84), height);
        let inner = frame.window(area, &text::clip(&title, 76));
        let cursor = self.list.within(self.items.len());
        let first = self.list.first(cursor, self.items.len(), shown);
        let last = self.items.len().saturating_sub(1);
        let widest = self.items.iter().map(|item| text::width(item)).max();
        let rows = self.items.iter().enumerate().skip(first).take(shown);
        for (y, (at, item)) in (inner.y..).zip(rows) {
            let number = format!("{:>2}  ", at + 1);
            let moved = self.before.get(at) != Some(item);
            let role = if moved { Role::Title } else { Role::Text };
            let word = match at {
                _ if item.starts_with('~') => "  is left out",
                0 if last > 0 => "  everything below wins over it",
                at if at == last && last > 0 => "  wins over everything above",
                _ => "",
            };
            let item = text::pad(item, widest.unwrap_or(0).min(40));
            let pieces = [
                (number.as_str(), Role::Dim),
                (&item, role),
                (word, Role::Dim),
            ];
            frame.pieces(inner.x, y, inner.width, &pieces);
            let row = Rect::new(inner.x, y, inner.width, 1);
            if at == cursor {
                frame.tint(row, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        let keys = [
            ("J", "later", Act::ListLater),
            ("K", "earlier", Act::ListEarlier),
            ("⏎", "what that does", Act::Accept),
            ("Esc", "cancel", Act::Close),
        ];
        let y = inner.bottom().saturating_sub(1);
        let mut x = inner.x;
        for (key, word, act) in keys {
            let from = x;
            let pieces = [(key, Role::Key), (" ", Role::Text), (word, Role::Text)];
            x = frame.pieces(x, y, inner.right().saturating_sub(x), &pieces);
            frame.hit(Rect::new(from, y, x.saturating_sub(from), 1), Hit::Act(act));
            x += 3;
        }
    }
}
