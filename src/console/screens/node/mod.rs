//! One node in full: every field with its value, where that comes from and what it hides; its boots; its events.

mod boots;
mod draw;
mod fields;
mod overlays;

use std::cell::Cell;
use std::sync::Arc;

use ratatui::layout::Rect;

use overlays::Overlay;

use super::{Move, Wish, World, events};
use crate::api::{FieldRow, NodeDetail};
use crate::console::widgets::List;
use crate::fleet::BootId;

/// Pages of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// Fields.
    #[default]
    Fields,
    /// Boots.
    Boots,
    /// Overlays.
    Overlays,
    /// Events.
    Events,
}

const PAGES: [(Page, &str); 4] = [
    (Page::Fields, "Fields"),
    (Page::Boots, "Boots"),
    (Page::Overlays, "Overlays"),
    (Page::Events, "Events"),
];

/// The state of that screen.
#[derive(Debug, Default)]
pub struct NodeScreen {
    /// The node shown.
    pub name: Arc<str>,
    /// What the engine said of it, once it has.
    pub detail: Option<Box<NodeDetail>>,
    /// Why the engine said nothing.
    pub refused: Option<Arc<str>>,
    page: Page,
    list: List,
    /// Its overlays, with where each comes from.
    overlays: Vec<Overlay>,
    /// Where the value under the cursor was drawn last.
    spot: Cell<Option<Rect>>,
}

/// Where the pages are drawn: as which pane clicks there count, and whether keys go there.
#[derive(Debug, Clone, Copy)]
struct Pane {
    number: u8,
    keys: bool,
}

impl NodeScreen {
    /// For a node of which nothing is known yet.
    #[must_use]
    pub fn new(name: Arc<str>) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// The same page for another node.
    pub fn turn_to(&mut self, name: Arc<str>) {
        *self = Self {
            page: self.page,
            ..Self::new(name)
        };
    }

    /// To the page, and the row, that another one shows.
    pub fn same_page(&mut self, other: &Self) {
        self.page = other.page;
        self.list = other.list.clone();
    }

    fn len(&self) -> usize {
        let Some(detail) = &self.detail else { return 0 };
        match self.page {
            Page::Fields => detail.fields.len() + detail.faults.len(),
            Page::Boots => detail.boots.len(),
            Page::Overlays => self.overlays.len(),
            Page::Events => detail.events.len(),
        }
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        self.list.at = by.from(self.list.within(self.len()), self.len());
    }

    /// To the next page (`1`) or the previous one (`-1`); whether that went round.
    pub fn page_by(&mut self, by: isize) -> bool {
        let here = PAGES.iter().position(|(page, _)| *page == self.page);
        let next = here.unwrap_or(0).checked_add_signed(by);
        let round = next.is_none_or(|at| at >= PAGES.len());
        let last = if by < 0 { PAGES.len() - 1 } else { 0 };
        self.show_page(next.filter(|_| !round).unwrap_or(last));
        round
    }

    /// Shows a page by its number.
    pub fn show_page(&mut self, at: usize) {
        if let Some((page, _)) = PAGES.get(at) {
            self.page = *page;
            self.list = List::default();
        }
    }

    /// Shows the last page.
    pub fn show_last_page(&mut self) {
        self.show_page(PAGES.len() - 1);
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, row: usize) -> bool {
        std::mem::replace(&mut self.list.at, row) == row
    }

    /// The line under the cursor, for copying: the value of a field, the text of an event.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let detail = self.detail.as_ref()?;
        let at = self.list.within(self.len());
        match self.page {
            Page::Fields => {
                let field = at.checked_sub(detail.faults.len())?;
                detail
                    .fields
                    .get(field)
                    .map(|field| field.value.to_string())
            }
            Page::Boots => None,
            Page::Overlays => self.overlays.get(at).map(|row| row.name.to_string()),
            Page::Events => detail.events.get(at).map(|event| event.text.to_string()),
        }
    }

    /// The key of the field under the cursor, where fields are listed.
    #[must_use]
    pub fn key(&self) -> Option<Arc<str>> {
        let detail = self.detail.as_ref()?;
        let at = self.list.within(self.len());
        let field = at.checked_sub(detail.faults.len())?;
        (self.page == Page::Fields).then(|| detail.fields.get(field).map(|row| row.key.clone()))?
    }

    /// The field under the cursor, where fields are listed.
    #[must_use]
    pub fn field(&self) -> Option<&FieldRow> {
        let key = self.key()?;
        let fields = &self.detail.as_ref()?.fields;
        fields.iter().find(|row| row.key == key)
    }

    /// The profile that the value under the cursor comes from, and the key that it has there.
    fn layer(&self) -> Option<(Arc<str>, Arc<str>)> {
        let row = self.field()?;
        let profile = match row.source.strip_prefix("profile ") {
            Some(profile) => profile,
            // Of a list the layer that comes last, unless that is the node.
            None => {
                let mut layers = row.source.rsplit(", ").filter(|layer| *layer != "node");
                layers.next().filter(|_| row.source.contains(", "))?
            }
        };
        Some((profile.into(), row.key.clone()))
    }

    /// The recorded boot under the cursor, where boots are listed.
    #[must_use]
    pub fn boot(&self) -> Option<BootId> {
        let boots = &self.detail.as_ref()?.boots;
        let at = self.list.within(boots.len());
        (self.page == Page::Boots).then(|| boots.get(at).map(|boot| boot.id))?
    }

    /// Enter: a boot is replayed, an overlay shown as this node gets it, everything else told in full.
    #[must_use]
    pub fn open(&self) -> Wish {
        match self.boot() {
            Some(boot) => Wish::Replay(self.name.clone(), boot),
            None if self.page == Page::Overlays => {
                let row = self.overlays.get(self.list.within(self.len()));
                row.map_or(Wish::None, |row| {
                    Wish::Overlay(row.name.clone(), self.name.clone())
                })
            }
            None => match self.layer() {
                Some((profile, key)) => Wish::Layer(profile, key),
                None => self.line().map_or(Wish::None, Wish::Say),
            },
        }
    }

    /// Where the value under the cursor was drawn last.
    #[must_use]
    pub fn spot(&self) -> Option<Rect> {
        self.spot.get()
    }
}
