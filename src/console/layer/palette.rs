//! The palette: actions, screens, nodes, overlays, settings and themes by fuzzy name.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{draw_search, middle};
use crate::api::{Mirror, OverlayItem, SettingRow};
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::{ACTIONS, Act, Action, Context, Keymap};
use crate::console::look::{Role, mark, shipped, state_word};
use crate::console::widgets::{Input, List};
use crate::fleet::Status;
use crate::kit::{fuzzy, text};

/// One thing that the palette offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An action.
    Act(Act),
    /// A node to open.
    Node(Arc<str>),
    /// A theme to use.
    Theme(&'static str),
    /// A setting to look at.
    Setting(Arc<str>),
    /// An overlay to look at.
    Overlay(Arc<str>),
}

/// Everything that is offered besides actions and themes.
#[derive(Debug, Clone, Copy)]
pub struct Stock<'a> {
    /// Nodes, and how they are.
    pub mirror: &'a Mirror,
    /// Settings.
    pub settings: &'a [SettingRow],
    /// Overlays.
    pub overlays: &'a [OverlayItem],
}

/// One thing found, and what is to be said of it.
#[derive(Debug)]
struct Found {
    entry: Entry,
    doc: String,
}

/// The palette being used.
#[derive(Debug)]
pub struct Palette {
    /// The line.
    pub input: Input,
    /// The cursor.
    pub list: List,
    /// Where it was opened: its actions are offered.
    pub about: Context,
    found: Vec<Found>,
}

/// Most of each kind and most entries in all that are offered.
const NODES: usize = 8;
const SETTINGS: usize = 8;
const OVERLAYS: usize = 8;
const ALL: usize = 60;

impl Palette {
    /// Opened over a screen.
    #[must_use]
    pub fn new(about: Context, stock: Stock<'_>) -> Self {
        let mut palette = Self {
            input: Input::default(),
            list: List::default(),
            about,
            found: Vec::new(),
        };
        palette.search(stock);
        palette
    }

    /// Ranks everything anew by what is typed.
    pub fn search(&mut self, stock: Stock<'_>) {
        self.list = List::default();
        let typed = self.input.text().trim();
        let mut ranked: Vec<(Entry, u32)> = Vec::new();
        let acts: Vec<(Act, String)> = ACTIONS
            .iter()
            .filter(|row| row.heard_in(self.about))
            .map(|row| (row.id, format!("{} {}", row.name, row.doc)))
            .collect();
        for (at, score) in fuzzy::rank(typed, acts.iter().map(|(_, text)| text.as_str()), ALL) {
            // An action whose very name is typed comes before nodes that happen to contain it.
            let name = Action::of(acts[at].0).name;
            let bonus = if !typed.is_empty() && name.starts_with(typed) {
                200
            } else {
                0
            };
            ranked.push((Entry::Act(acts[at].0), score + bonus));
        }
        if !typed.is_empty() {
            let themes: Vec<(&str, String)> = shipped()
                .map(|name| (name, format!("theme {name}")))
                .collect();
            for (at, score) in fuzzy::rank(typed, themes.iter().map(|(_, text)| text.as_str()), ALL)
            {
                ranked.push((Entry::Theme(themes[at].0), score));
            }
            let nodes = &stock.mirror.head.nodes;
            for (at, score) in fuzzy::rank(typed, nodes.iter().map(|row| &*row.name), NODES) {
                ranked.push((Entry::Node(nodes[at].name.clone()), score + 40));
            }
            let overlays = stock.overlays;
            for (at, score) in fuzzy::rank(typed, overlays.iter().map(|item| &*item.name), OVERLAYS)
            {
                ranked.push((Entry::Overlay(overlays[at].name.clone()), score + 20));
            }
            let settings = stock.settings;
            for (at, score) in fuzzy::rank(typed, settings.iter().map(|row| &*row.key), SETTINGS) {
                ranked.push((Entry::Setting(settings[at].key.clone()), score));
            }
            ranked.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
        }
        let found = ranked.into_iter().map(|(entry, _)| {
            let doc = doc(&entry, stock);
            Found { entry, doc }
        });
        self.found = found.collect();
    }

    /// How many entries fit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// What Enter does.
    #[must_use]
    pub fn chosen(&self) -> Option<&Entry> {
        let found = self.found.get(self.list.within(self.found.len()));
        found.map(|found| &found.entry)
    }

    /// Draws it; `off` tells why an action cannot be done now.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        keymap: &Keymap,
        off: impl Fn(Act) -> Option<String>,
    ) {
        let area = frame.area();
        let inner = frame.window(
            middle(area, 100, (area.height * 2 / 3).clamp(8, 24)),
            "do or find anything",
        );
        let rows = draw_search(frame, inner, ": ", &self.input, (2, 2));
        let cursor = self.list.within(self.found.len());
        let first = self
            .list
            .first(cursor, self.found.len(), usize::from(rows.height));
        if self.found.is_empty() {
            frame.put(
                rows.x,
                rows.y,
                rows.width,
                "nothing of that name",
                Role::Dim,
            );
        }
        for (y, (at, found)) in
            (rows.y..rows.bottom()).zip(self.found.iter().enumerate().skip(first))
        {
            draw_entry(
                frame,
                Rect::new(rows.x, y, rows.width, 1),
                found,
                keymap,
                &off,
            );
            let row = Rect::new(rows.x, y, rows.width, 1);
            if at == cursor {
                frame.tint(row, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        self.in_full(frame, inner, off);
    }

    /// What the action under the cursor does, where its row cuts it.
    fn in_full(&self, frame: &mut Frame<'_>, inner: Rect, off: impl Fn(Act) -> Option<String>) {
        let Some(Entry::Act(act)) = self.chosen() else {
            return;
        };
        let (text, role) = match off(*act) {
            Some(why) => (format!("off: {why}"), Role::Stalled),
            None => (Action::of(*act).doc.to_owned(), Role::Title),
        };
        let lines = text::wrap(&text, usize::from(inner.width));
        let top = inner.bottom().saturating_sub(2);
        for (y, line) in (top..inner.bottom()).zip(lines) {
            frame.put(inner.x, y, inner.width, &line, role);
        }
    }
}

/// What an entry does; of a node how it is, of a setting its value.
fn doc(entry: &Entry, stock: Stock<'_>) -> String {
    let Stock {
        mirror,
        settings,
        overlays,
    } = stock;
    match entry {
        Entry::Act(act) => Action::of(*act).doc.to_owned(),
        Entry::Theme(_) => "use this theme".to_owned(),
        Entry::Setting(key) => {
            let row = settings.iter().find(|row| row.key == *key);
            let value = row.map_or("", |row| &*row.value);
            format!("setting · {value}")
        }
        Entry::Overlay(name) => {
            let item = overlays.iter().find(|item| item.name == *name);
            format!("overlay · {}", item.map_or("", |item| &*item.about))
        }
        Entry::Node(name) => {
            let row = mirror.head.nodes.iter().find(|row| row.name == *name);
            let off = Status::default();
            let status = row.and_then(|row| mirror.status_of(row.id)).unwrap_or(&off);
            let stage = match stage_text(status) {
                stage if stage == "—" => String::new(),
                stage => format!(": {stage}"),
            };
            format!(
                "node · {} {}{stage}",
                mark(status.stage, status.condition),
                state_word(status)
            )
        }
    }
}

/// One entry: its name, its key, what it does or why it cannot be done now.
fn draw_entry(
    frame: &mut Frame<'_>,
    row: Rect,
    found: &Found,
    keymap: &Keymap,
    off: &impl Fn(Act) -> Option<String>,
) {
    let plain = |name| (name, String::new(), found.doc.clone(), Role::Text);
    let (name, keys, doc, role) = match &found.entry {
        Entry::Act(act) => {
            let keys = keymap
                .keys(*act)
                .first()
                .map(|key| frame.plain(&key.to_string()).into_owned())
                .unwrap_or_default();
            let name = Action::of(*act).name;
            match off(*act) {
                Some(why) => (name, keys, format!("off: {why}"), Role::Dim),
                None => (name, keys, found.doc.clone(), Role::Text),
            }
        }
        Entry::Node(name) | Entry::Overlay(name) => plain(&**name),
        Entry::Setting(key) => plain(&**key),
        Entry::Theme(name) => plain(*name),
    };
    let (name, keys) = (text::pad(name, 22), text::pad(&keys, 8));
    let doc_role = if role == Role::Dim {
        Role::Dim
    } else {
        Role::Bar
    };
    frame.pieces(
        row.x,
        row.y,
        row.width,
        &[(&name, role), (&keys, Role::Key), (&doc, doc_role)],
    );
}
