//! One node in full: every field with its value, where that comes from and what it hides; its boots; its events.

mod boots;
mod fields;

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Move, Wish, World, events};
use crate::api::NodeDetail;
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_role, mark, state_word};
use crate::console::widgets::{List, trail};
use crate::fleet::{BootId, Stage, Status};

/// Pages of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// Fields.
    #[default]
    Fields,
    /// Boots.
    Boots,
    /// Events.
    Events,
}

const PAGES: [(Page, &str); 3] = [
    (Page::Fields, "Fields"),
    (Page::Boots, "Boots"),
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

    fn len(&self) -> usize {
        let Some(detail) = &self.detail else { return 0 };
        match self.page {
            Page::Fields => detail.fields.len() + detail.faults.len(),
            Page::Boots => detail.boots.len(),
            Page::Events => detail.events.len(),
        }
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        self.list.at = by.from(self.list.within(self.len()), self.len());
    }

    /// To the next page (`1`) or the previous one (`-1`).
    pub fn page_by(&mut self, by: isize) {
        let at = PAGES
            .iter()
            .position(|(page, _)| *page == self.page)
            .unwrap_or(0) as isize;
        self.page = PAGES[(at + by).rem_euclid(3) as usize].0;
        self.list = List::default();
    }

    /// Puts the cursor on a row.
    pub fn click(&mut self, row: usize) {
        self.list.at = row;
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

    /// The profile that the value under the cursor comes from.
    fn profile(&self) -> Option<Arc<str>> {
        let key = self.key()?;
        let fields = &self.detail.as_ref()?.fields;
        let row = fields.iter().find(|row| row.key == key)?;
        row.source.strip_prefix("profile ").map(Into::into)
    }

    /// The recorded boot under the cursor, where boots are listed.
    #[must_use]
    pub fn boot(&self) -> Option<BootId> {
        let boots = &self.detail.as_ref()?.boots;
        let at = self.list.within(boots.len());
        (self.page == Page::Boots).then(|| boots.get(at).map(|boot| boot.id))?
    }

    /// Enter: a boot is replayed, everything else told in full.
    #[must_use]
    pub fn open(&self) -> Wish {
        match self.boot() {
            Some(boot) => Wish::Replay(self.name.clone(), boot),
            None => match self.profile() {
                Some(profile) => Wish::Profile(profile),
                None => self.line().map_or(Wish::None, Wish::Say),
            },
        }
    }

    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        let Some(detail) = &self.detail else {
            let text = match &self.refused {
                Some(why) => why.to_string(),
                None => format!("asking for {} …", self.name),
            };
            frame.put(
                body.x + 2,
                body.y + 1,
                body.width.saturating_sub(2),
                &text,
                Role::Dim,
            );
            return;
        };
        // The status in the list is newer than the one in the detail.
        let status = world
            .node(detail.row.id)
            .map_or(&detail.status, |(_, status)| status);
        summary(frame, body, detail, status);
        let trail_area = Rect::new(body.x + 1, body.y + 1, body.width.saturating_sub(2), 2);
        trail::draw(frame, trail_area, status.began, &status.trail);
        self.tabs(frame, Rect::new(body.x, body.y + 3, body.width, 1), detail);
        let rows = Rect::new(
            body.x,
            body.y + 4,
            body.width,
            body.height.saturating_sub(4),
        );
        match self.page {
            Page::Fields => self.draw_fields(frame, rows, detail),
            Page::Boots => self.draw_boots(frame, rows, detail, status),
            Page::Events => self.events(frame, rows, detail),
        }
    }

    fn tabs(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail) {
        frame.rule(area.x, area.y, area.width);
        let mut x = area.x + 1;
        for (page, word) in PAGES {
            let count = match page {
                Page::Fields => detail.fields.len(),
                Page::Boots => detail.boots.len(),
                Page::Events => detail.events.len(),
            };
            let role = if page == self.page {
                Role::Tab
            } else {
                Role::Dim
            };
            let text = format!("{word} {count}");
            let room = area.right().saturating_sub(x);
            x = frame.pieces(
                x,
                area.y,
                room,
                &[(" ", Role::Text), (&text, role), (" ", Role::Text)],
            ) + 1;
        }
    }

    fn rows(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        mut draw: impl FnMut(&mut Frame<'_>, Rect, usize),
    ) {
        let len = self.len();
        let cursor = self.list.within(len);
        let first = self.list.first(cursor, len, usize::from(area.height));
        for (y, at) in (area.y..area.bottom()).zip(first..len) {
            let row = Rect::new(area.x, y, area.width, 1);
            draw(frame, row, at);
            if at == cursor {
                frame.tint(
                    Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        if len == 0 {
            frame.put(area.x + 2, area.y, area.width, "nothing yet", Role::Dim);
        }
    }

    fn events(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail) {
        self.rows(frame, area, |frame, row, at| {
            if let Some(event) = detail.events.get(at) {
                events::line(frame, row, event);
            }
        });
    }
}

/// Name, state and addresses in one row.
fn summary(frame: &mut Frame<'_>, body: Rect, detail: &NodeDetail, status: &Status) {
    let role = bar_role(status.stage, status.condition);
    let sign = format!(
        "{} {}",
        mark(status.stage, status.condition),
        state_word(status)
    );
    let since = frame.ages.since(status.since);
    let about = match status.stage {
        Stage::Off if status.heard.is_none() => String::new(),
        Stage::Off | Stage::Up if status.note.is_none() => format!("  {since}"),
        _ => format!("  {}  {since}", stage_text(status)),
    };
    let ip = detail
        .row
        .ip
        .or(status.ip)
        .map_or_else(|| "no address".into(), |ip| ip.to_string());
    let mac = detail
        .row
        .mac
        .map_or_else(|| "no hardware address".into(), |mac| mac.to_string());
    let place = format!("   {ip} · {mac} · rack {}", detail.row.rack);
    frame.pieces(
        body.x + 1,
        body.y,
        body.width.saturating_sub(2),
        &[
            (&detail.row.name, Role::Title),
            ("  ", Role::Text),
            (&sign, role),
            (&about, role),
            (&place, Role::Dim),
        ],
    );
}
