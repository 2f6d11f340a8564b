//! The server's settings: section by section, with value, default, who set it and when it takes effect; what waits for a
//! restart, and how the servers are that they are about.

mod draw;
mod health;

use std::cell::Cell;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Move, Wish, World};
use crate::api::SettingRow;
use crate::console::look::Role;
use crate::console::widgets::List;

/// From this width on the sections stand beside the keys.
const BESIDE: u16 = 100;

/// The state of that screen.
#[derive(Debug, Default)]
pub struct Settings {
    /// What the engine said; none while it has not.
    pub rows: Option<Vec<SettingRow>>,
    /// The section shown, by its title.
    on: Option<Arc<str>>,
    sections: List,
    list: List,
    /// Whether keys move among the sections.
    outside: bool,
    /// Where the value under the cursor was drawn last.
    spot: Cell<Option<Rect>>,
}

/// A section and what is to be told of it beside its title.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    title: Arc<str>,
    /// Settings that the file sets.
    set: usize,
    /// Settings whose value is not in force yet, or wrong.
    odd: usize,
}

/// Whether there is something to be told of a setting before others.
fn odd(row: &SettingRow) -> bool {
    row.running.is_some() || !row.faults.is_empty()
}

impl Settings {
    /// The words of the filter that is in force.
    fn words(world: &World<'_>) -> String {
        world.order.filter.to_string().to_lowercase()
    }

    /// Whether all words are in its key, its value, its section or what it is about.
    fn fits(row: &SettingRow, words: &str) -> bool {
        words.split_whitespace().all(|word| {
            [&row.key, &row.value, &row.doc, &row.section]
                .iter()
                .any(|text| text.to_lowercase().contains(word))
        })
    }

    fn sections(&self, world: &World<'_>) -> Vec<Section> {
        let words = Self::words(world);
        let mut out: Vec<Section> = Vec::new();
        for row in self.rows.iter().flatten() {
            if !Self::fits(row, &words) {
                continue;
            }
            let at = out.iter().position(|section| section.title == row.section);
            let at = at.unwrap_or_else(|| {
                out.push(Section {
                    title: row.section.clone(),
                    set: 0,
                    odd: 0,
                });
                out.len() - 1
            });
            out[at].set += usize::from(row.set);
            out[at].odd += usize::from(odd(row));
        }
        out
    }

    /// The place of the section shown.
    fn section(&self, sections: &[Section]) -> usize {
        let on = self.on.as_ref();
        let at = on.and_then(|on| sections.iter().position(|section| section.title == *on));
        at.unwrap_or(0)
    }

    /// The settings shown: those of the section; while a filter is in force all that it shows.
    fn shown<'a>(&'a self, world: &World<'_>) -> Vec<&'a SettingRow> {
        let words = Self::words(world);
        let sections = self.sections(world);
        let title = sections
            .get(self.section(&sections))
            .map(|section| &section.title);
        let rows = self.rows.iter().flatten();
        let wanted = |row: &&SettingRow| {
            if words.is_empty() {
                Some(&row.section) == title
            } else {
                Self::fits(row, &words)
            }
        };
        rows.filter(wanted).collect()
    }

    /// The setting under the cursor.
    #[must_use]
    pub fn here<'a>(&'a self, world: &World<'_>) -> Option<&'a SettingRow> {
        let rows = self.shown(world);
        rows.get(self.list.within(rows.len())).copied()
    }

    /// The network whose settings are shown.
    #[must_use]
    pub fn network(&self, world: &World<'_>) -> Option<Arc<str>> {
        let key = &self.here(world)?.key;
        super::super::form::named(key).map(|(_, name)| name)
    }

    /// Moves the cursor.
    pub fn step(&mut self, world: &World<'_>, by: Move) {
        if self.outside {
            let sections = self.sections(world);
            let at = by.from(self.section(&sections), sections.len());
            self.turn_to(sections.get(at).map(|section| section.title.clone()));
            return;
        }
        let len = self.shown(world).len();
        self.list.at = by.from(self.list.within(len), len);
    }

    fn turn_to(&mut self, section: Option<Arc<str>>) {
        if section.is_some() && self.on != section {
            self.on = section;
            self.list = List::default();
        }
    }

    /// To the sections, or to the settings of the one under the cursor.
    pub fn pane_by(&mut self) {
        self.outside = !self.outside;
    }

    /// Puts the cursor on a key.
    pub fn seek(&mut self, key: &str) {
        let rows = self.rows.iter().flatten();
        let Some(row) = rows.clone().find(|row| *row.key == *key) else {
            return;
        };
        let before = rows.clone().take_while(|other| *other.key != *key);
        let at = before.filter(|other| other.section == row.section).count();
        self.on = Some(row.section.clone());
        self.outside = false;
        self.list.at = at;
    }

    /// Puts the cursor on a section (pane 0) or a setting (pane 1); whether it was there.
    pub fn click(&mut self, world: &World<'_>, pane: u8, row: usize) -> bool {
        self.outside = pane == 0;
        if self.outside {
            let sections = self.sections(world);
            self.turn_to(sections.get(row).map(|section| section.title.clone()));
            return false;
        }
        std::mem::replace(&mut self.list.at, row) == row
    }

    /// Where the value under the cursor was drawn last.
    #[must_use]
    pub fn spot(&self) -> Option<Rect> {
        self.spot.get()
    }

    /// The setting under the cursor as a line of text.
    #[must_use]
    pub fn line(&self, world: &World<'_>) -> Option<String> {
        self.here(world)
            .map(|row| format!("{}: {}", row.key, row.value))
    }

    /// Enter: into the section; of a setting everything that is known of it.
    pub fn open(&mut self, world: &World<'_>) -> Wish {
        if std::mem::take(&mut self.outside) {
            return Wish::None;
        }
        let Some(row) = self.here(world) else {
            return Wish::None;
        };
        let or_none = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => text.to_owned(),
        };
        let mut lines = vec![
            (row.doc.to_string(), Role::Title),
            (format!("value: {}", or_none(&row.value)), Role::Text),
            (format!("default: {}", or_none(&row.default)), Role::Text),
            (format!("looks like: {}", row.kind), Role::Dim),
            (format!("takes effect: {}", draw::effect(row)), Role::Dim),
        ];
        if let Some(line) = row.line {
            lines.push((format!("muster.conf, line {line}"), Role::Dim));
        }
        if let Some(last) = &row.last {
            let at = world.zone.moment(last.at);
            let text = format!(
                "last changed in r{} by {} at {at}: d shows it",
                last.revision, last.by
            );
            lines.push((text, Role::Dim));
        }
        if let Some(running) = &row.running {
            lines.push((
                format!("the servers run with {}", or_none(running)),
                Role::Stalled,
            ));
        }
        let faults = row.faults.iter();
        lines.extend(faults.map(|fault| (fault.to_string(), Role::Failed)));
        Wish::Tell {
            title: row.key.to_string(),
            lines,
        }
    }
}
