//! One node in full: every field with its value, where that comes from and what it hides; its boots; its events.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Move, Wish, World, events};
use crate::api::{BootRow, FieldRow, NodeDetail};
use crate::console::ages::lasted;
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::look::{Role, bar_role, mark, state_word};
use crate::console::widgets::{List, trail};
use crate::fleet::{BootId, Ended, STAGES, Stage, Status};
use crate::kit::{Stamp, text};

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
            Page::Fields => self.fields(frame, rows, detail),
            Page::Boots => self.boots(frame, rows, detail, status),
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

    fn fields(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail) {
        let wide = area.width;
        let Widths { key, value, source } = widths(detail, wide);
        let at_value = area.x + 2 + key;
        let at_source = at_value + value;
        let at_shadow = at_source + source;
        for (x, word) in [
            (area.x + 2, "FIELD"),
            (at_value, "VALUE"),
            (at_source, "FROM"),
            (at_shadow, "SHADOWED BY THIS"),
        ] {
            frame.put(x, area.y, area.right().saturating_sub(x), word, Role::Dim);
        }
        // One row below explains the field under the cursor.
        let body = Rect::new(area.x, area.y + 1, wide, area.height.saturating_sub(2));
        self.rows(frame, body, |frame, row, at| {
            if let Some(fault) = detail.faults.get(at) {
                frame.put(
                    row.x + 2,
                    row.y,
                    wide.saturating_sub(3),
                    &fault.to_string(),
                    Role::Failed,
                );
                return;
            }
            let Some(field) = detail.fields.get(at - detail.faults.len()) else {
                return;
            };
            frame.put(row.x + 2, row.y, key - 2, &field.key, Role::Text);
            frame.put(at_value, row.y, value - 2, &field.value, Role::Title);
            frame.put(at_source, row.y, source - 2, &field.source, Role::Key);
            frame.put(
                at_shadow,
                row.y,
                row.right().saturating_sub(at_shadow + 1),
                &shadowed(field),
                Role::Dim,
            );
        });
        let here = self
            .list
            .within(self.len())
            .checked_sub(detail.faults.len());
        if let Some(field) = here.and_then(|at| detail.fields.get(at)) {
            let doc = format!(
                "{}: {} · takes effect: {}",
                field.label, field.doc, field.effect
            );
            frame.put(
                area.x + 2,
                area.bottom().saturating_sub(1),
                wide.saturating_sub(3),
                &doc,
                Role::Dim,
            );
        }
    }

    fn boots(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail, status: &Status) {
        let heading = format!(
            "{}  {}  {}  STAGES",
            text::pad("BEGAN", 12),
            text::pad_left("AGO", 4),
            text::pad("HOW IT ENDED", 22)
        );
        frame.put(area.x + 2, area.y, area.width, &heading, Role::Dim);
        let body = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(2),
        );
        self.rows(frame, body, |frame, row, at| {
            if let Some(boot) = detail.boots.get(at) {
                // Of the boot under way the status knows more than the record, which is kept at its turns.
                let now = (status.boot == Some(boot.id)).then_some(&status.trail);
                boot_row(frame, row, boot, now.unwrap_or(&boot.trail));
            }
        });
        if !detail.boots.is_empty() {
            frame.pieces(
                area.x + 2,
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(3),
                &[
                    ("⏎", Role::Key),
                    (" replays this boot, moment by moment", Role::Dim),
                ],
            );
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

/// One boot: when, how it ended, how long it was at each stage.
fn boot_row(
    frame: &mut Frame<'_>,
    row: Rect,
    boot: &BootRow,
    passed: &[Option<Stamp>; STAGES.len()],
) {
    let (how, role) = match &boot.ended {
        None => ("goes on".to_owned(), Role::Image),
        Some((end, how)) => {
            let role = match how {
                Ended::Up => Role::Up,
                Ended::Failed | Ended::TimedOut => Role::Failed,
                Ended::Superseded => Role::Stalled,
            };
            let took = lasted(end.since(boot.began));
            (format!("{how} after {took}"), role)
        }
    };
    let ages = frame.ages;
    let began = text::pad(&ages.zone.near_precise(boot.began, ages.now), 12);
    let ago = text::pad_left(&ages.since(boot.began), 4);
    let note = boot.note.as_deref().unwrap_or_default();
    frame.pieces(
        row.x + 2,
        row.y,
        row.width.saturating_sub(3),
        &[
            (&began, Role::Text),
            ("  ", Role::Text),
            (&ago, Role::Dim),
            ("  ", Role::Text),
            (&text::pad(&how, 22), role),
            ("  ", Role::Text),
            (&trail::words(boot.began, passed), Role::Dim),
            ("  ", Role::Text),
            (note, role),
        ],
    );
}

/// Cells of the columns of fields, each with two of air; what they leave shows what is shadowed.
struct Widths {
    key: u16,
    value: u16,
    source: u16,
}

/// As many cells as the longest needs, within reason; values get most of what is left.
fn widths(detail: &NodeDetail, wide: u16) -> Widths {
    let longest = |of: fn(&FieldRow) -> usize, most: u16| {
        let cells = detail.fields.iter().map(of).max().unwrap_or(0);
        u16::try_from(cells).unwrap_or(most).clamp(5, most) + 2
    };
    let key = longest(|field| text::width(&field.key), wide / 4);
    let source = longest(|field| text::width(&field.source), wide / 4);
    let shadow = longest(|field| text::width(&shadowed(field)), wide / 4).max(18);
    let left = wide.saturating_sub(key + source + shadow + 2);
    let value = longest(|field| text::width(&field.value), left.max(12));
    // A short value leaves the columns together, not spread over the screen.
    Widths {
        key,
        value: value.max((wide / 3).min(left)),
        source,
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

/// What lower layers say, nearest first.
fn shadowed(field: &FieldRow) -> String {
    if field.shadows.is_empty() {
        return "—".to_owned();
    }
    let layers = field.shadows.iter();
    let told: Vec<String> = layers
        .map(|(layer, value)| format!("{layer}: {value}"))
        .collect();
    told.join(" · ")
}
