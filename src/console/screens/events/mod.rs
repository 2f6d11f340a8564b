//! The timeline: packets, requests, beacons, changes. It follows the newest until somebody looks back.

mod least;
mod line;

pub use line::{level_role, line, short};

use least::Least;
use line::heading;
use ratatui::layout::Rect;

use super::{Move, Wish, World};
use crate::api::{Command, EventRow};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::text;
use crate::model::NodeId;

/// The timeline's own state.
#[derive(Debug)]
pub struct Events {
    /// The event that the cursor is on; none = follow the newest.
    on: Option<u64>,
    list: List,
    least: Least,
    kind: Option<&'static str>,
    older: Older,
}

/// Events from before those that the mirror holds, as far as somebody has looked back.
#[derive(Debug, Default)]
struct Older {
    /// Newest first; all of them older than what the mirror held when they were asked for.
    rows: Vec<EventRow>,
    /// The oldest that the mirror held then.
    before: Option<u64>,
    /// An answer is on its way.
    asked: bool,
    /// There are no more.
    end: bool,
}

/// Events asked for at once.
const PAGE: u32 = 500;
/// Rows below the cursor under which more are asked for.
const AHEAD: usize = 100;

/// The kinds that the timeline can be narrowed to.
const KINDS: [&str; 7] = ["dhcp", "tftp", "http", "beacon", "edit", "fault", "service"];

impl Default for Events {
    fn default() -> Self {
        Self {
            on: None,
            list: List::default(),
            least: Least::All,
            kind: None,
            older: Older::default(),
        }
    }
}

impl Events {
    /// Whether it follows the newest.
    #[must_use]
    pub const fn follows(&self) -> bool {
        self.on.is_none()
    }

    /// Follows the newest, or stops at it.
    pub fn freeze(&mut self, world: &World<'_>) {
        self.on = match self.on {
            Some(_) => None,
            None => self.shown(world).next().map(|event| event.seq),
        };
    }

    /// More of the timeline (`1`) or only what is graver (`-1`).
    pub fn level_by(&mut self, by: i8) {
        self.least = match (self.least, by > 0) {
            (Least::All, false) | (Least::Warnings, true) => Least::News,
            (Least::News, false) | (Least::Errors, true) => Least::Warnings,
            (Least::News, true) | (Least::Packets, false) => Least::All,
            (Least::All, true) => Least::Packets,
            (Least::Warnings, false) => Least::Errors,
            (same, _) => same,
        };
        self.older = Older::default();
    }

    /// What to ask for, when the cursor comes near the end of what is known.
    pub fn look_back(&mut self, world: &World<'_>) -> Option<Command> {
        let oldest = world.mirror.events.iter().next().map(|event| event.seq)?;
        // What has fallen out of the mirror meanwhile would be missing between the two.
        if self.older.before.is_some_and(|before| before < oldest) {
            self.older = Older::default();
        }
        let wanted = self.cursor(world) + AHEAD;
        if self.older.asked
            || self.older.end
            || self.on.is_none()
            || self.shown(world).take(wanted).count() == wanted
        {
            return None;
        }
        self.older.asked = true;
        self.older.before.get_or_insert(oldest);
        let last = self.older.rows.last().map(|event| event.seq);
        Some(Command::Events {
            name: None,
            boot: None,
            before: last.or(Some(oldest)),
            level: Some(self.least.level()),
            limit: PAGE,
        })
    }

    /// Older events have come.
    pub fn older_came(&mut self, rows: Vec<EventRow>) {
        if self.older.asked {
            self.older.asked = false;
            self.older.end = rows.len() < PAGE as usize;
            self.older.rows.extend(rows);
        }
    }

    /// No answer will come, or the engine begins anew.
    pub fn forget_older(&mut self) {
        self.older = Older::default();
    }

    /// Only the next kind; after the last one, all kinds.
    pub fn next_kind(&mut self) {
        let at = KINDS.iter().position(|kind| self.kind == Some(*kind));
        self.kind = KINDS.get(at.map_or(0, |at| at + 1)).copied();
    }

    /// What is shown, newest first: at least the level, of nodes that the filter shows or with its words.
    fn shown<'a>(&'a self, world: &World<'a>) -> impl Iterator<Item = &'a EventRow> + use<'a> {
        let (world, least, kind) = (*world, self.least, self.kind);
        let words = world.order.filter.to_string().to_ascii_lowercase();
        let all = world.mirror.events.iter().rev().chain(&self.older.rows);
        all.filter(move |event| {
            least.shows(event)
                && kind.is_none_or(|kind| *event.kind == *kind)
                && (words.is_empty() || fits(&world, event, &words))
        })
    }

    fn cursor(&self, world: &World<'_>) -> usize {
        match self.on {
            Some(seq) => self
                .shown(world)
                .position(|event| event.seq <= seq)
                .unwrap_or(0),
            None => 0,
        }
    }

    /// Moves the cursor; at the newest it follows again.
    pub fn step(&mut self, world: &World<'_>, by: Move) {
        let at = by.from(self.cursor(world), self.shown(world).count());
        self.put_on(world, at);
    }

    fn put_on(&mut self, world: &World<'_>, at: usize) {
        self.on = if at == 0 {
            None
        } else {
            self.shown(world).nth(at).map(|event| event.seq)
        };
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, world: &World<'_>, row: usize) -> bool {
        let same = self.cursor(world) == row;
        self.put_on(world, row);
        same
    }

    /// To the next older (`1`) or newer (`-1`) event of the same node; whether there is one.
    pub fn same_by(&mut self, world: &World<'_>, by: isize) -> bool {
        let at = self.cursor(world);
        let Some(here) = self.shown(world).nth(at) else {
            return false;
        };
        let found = {
            let mut same = self
                .shown(world)
                .enumerate()
                .filter(|(_, event)| event.who == here.who)
                .map(|(row, _)| row);
            if by > 0 {
                same.find(|row| *row > at)
            } else {
                same.take_while(|row| *row < at).last()
            }
        };
        if let Some(row) = found {
            self.put_on(world, row);
        }
        found.is_some()
    }

    /// The event under the cursor.
    #[must_use]
    pub fn event<'a>(&'a self, world: &World<'a>) -> Option<&'a EventRow> {
        self.shown(world).nth(self.cursor(world))
    }

    /// The node of the event under the cursor.
    #[must_use]
    pub fn node(&self, world: &World<'_>) -> Option<NodeId> {
        self.event(world)?.node
    }

    /// The event under the cursor as a line of text.
    #[must_use]
    pub fn line(&self, world: &World<'_>) -> Option<String> {
        let event = self.event(world)?;
        let time = world.zone.precise_moment(event.at);
        Some(format!(
            "{time} {} {} {}",
            event.who, event.kind, event.text
        ))
    }

    /// Enter.
    #[must_use]
    pub fn open(&self, world: &World<'_>) -> Wish {
        if let Some((revision, by)) = self.event(world).and_then(revision) {
            return Wish::Revision(revision, by.into());
        }
        match self.node(world).and_then(|id| world.node(id)) {
            Some((row, _)) => Wish::Open(row.name.clone()),
            None => self.line(world).map_or(Wish::None, Wish::Say),
        }
    }

    /// What is shown, and the keys that change it.
    fn draw_state(&self, frame: &mut Frame<'_>, body: Rect) {
        let (stands, freeze) = if self.follows() {
            ("following", "freeze")
        } else {
            ("standing still", "follow")
        };
        let kind = self.kind.unwrap_or("all kinds");
        let pieces = [
            ("-", Role::Key),
            ("/", Role::Dim),
            ("+", Role::Key),
            (" ", Role::Dim),
            (self.least.word(), Role::Title),
            ("  b ", Role::Key),
            (kind, Role::Title),
            ("  f ", Role::Key),
            (freeze, Role::Dim),
            (" · ", Role::Line),
            (stands, Role::Dim),
        ];
        let wide: usize = pieces.iter().map(|(text, _)| text::width(text)).sum();
        let x = body
            .right()
            .saturating_sub(u16::try_from(wide).unwrap_or(0) + 1);
        // On a narrow screen the headings give way.
        let x = x.max(body.x + 15);
        frame.pieces(x, body.y, body.right().saturating_sub(x), &pieces);
    }

    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        frame.put(body.x, body.y, body.width, &heading(body.width), Role::Dim);
        self.draw_state(frame, body);
        let height = usize::from(body.height.saturating_sub(1));
        let cursor = self.cursor(world);
        // One more than fits, so that the window knows whether there is more.
        let len = self.shown(world).take(cursor + height + 1).count();
        let first = self.list.first(cursor, len, height);
        let rows = self.shown(world).enumerate().skip(first).take(height);
        for (y, (at, event)) in (body.y + 1..).zip(rows) {
            let row = Rect::new(body.x, y, body.width, 1);
            line(frame, row, event);
            if at == cursor {
                frame.tint(
                    Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        if len == 0 {
            frame.put(
                body.x + 2,
                body.y + 1,
                body.width,
                "nothing has happened yet, or the filter hides it",
                Role::Dim,
            );
        }
    }
}

/// The revision that an event tells of, and who made it: `r412 by ana: …`.
fn revision(event: &EventRow) -> Option<(u64, &str)> {
    let (revision, rest) = event.text.strip_prefix('r')?.split_once(' ')?;
    let by = rest.strip_prefix("by ")?.split_once(':')?.0;
    (*event.kind == *"edit").then_some((revision.parse().ok()?, by))
}

/// Whether an event belongs to a node that the filter shows, or has all of its words.
fn fits(world: &World<'_>, event: &EventRow, words: &str) -> bool {
    let by_node = event
        .node
        .and_then(|id| world.node(id))
        .is_some_and(|(row, status)| world.order.filter.shows(row, status, world.mirror.head.now));
    by_node
        || words.split_whitespace().all(|word| {
            [&event.who, &event.kind, &event.text]
                .iter()
                .any(|text| text.to_ascii_lowercase().contains(word))
        })
}
