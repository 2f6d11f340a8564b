//! The Board: is the fleet coming up, and who needs me?

mod empty;
mod funnel;
mod groups;
mod line;
mod median;
mod needs;
mod news;
mod noderow;
mod pane;
mod side;
mod tiles;
mod zoom;

pub use median::Median;
pub use pane::Pane;
pub use zoom::Zoom;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Move, Wish, World};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::model::NodeId;
use line::{Line, On, lines};

/// Whose trail the Board shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trail {
    /// Nobody has booted.
    None,
    /// One node's.
    Node(NodeId),
    /// The middle of a group of that name.
    Median(Arc<str>, Median),
}

/// The Board's own state.
#[derive(Debug, Default)]
pub struct Board {
    /// The pane that keys act on.
    pub pane: Pane,
    zoom: Option<Zoom>,
    on: Option<On>,
    open: BTreeSet<Arc<str>>,
    fleet: List,
    needs: List,
    new: List,
}

impl Board {
    /// The zoom in force: the one chosen, else the densest that fits.
    #[must_use]
    pub fn zoom(&self, world: &World<'_>, height: u16) -> Zoom {
        self.zoom.unwrap_or({
            let nodes = world.index.shown.len();
            if nodes <= usize::from(height).saturating_sub(8) {
                Zoom::Rows
            } else {
                Zoom::Groups
            }
        })
    }

    /// The zoom that somebody chose.
    #[must_use]
    pub const fn chosen_zoom(&self) -> Option<Zoom> {
        self.zoom
    }

    /// Chooses a zoom.
    pub const fn choose_zoom(&mut self, zoom: Zoom) {
        self.zoom = Some(zoom);
    }

    /// One zoom step in (`1`) or out (`-1`); whether there was one.
    pub fn zoom_by(&mut self, world: &World<'_>, height: u16, by: i8) -> bool {
        let old = self.zoom(world, height);
        let new = old.step(by > 0);
        self.zoom = Some(new);
        new != old
    }

    /// To the next pane (`1`) or the previous one (`-1`).
    pub fn pane_by(&mut self, by: isize) {
        let at = Pane::ALL.iter().position(|pane| *pane == self.pane);
        let next = at.unwrap_or(0) as isize + by;
        self.pane = Pane::ALL[next.rem_euclid(3) as usize];
    }

    /// The line that the cursor is on; where its thing has gone, the nearest line to its last place.
    fn line_at(&self, world: &World<'_>, lines: &[Line]) -> usize {
        let is = |line: &Line| match (&self.on, line) {
            (Some(On::Group(name)), Line::Group(at) | Line::Tiles { group: at, .. }) => world
                .index
                .groups
                .get(*at)
                .is_some_and(|group| group.name == *name),
            (Some(On::Node(id)), Line::Node(at)) => {
                world.at(*at).is_some_and(|(row, _)| row.id == *id)
            }
            _ => false,
        };
        // Several lines may belong to one group; the cursor stays on the one it is on.
        let last = self.fleet.within(lines.len());
        if lines.get(last).is_some_and(is) {
            return last;
        }
        lines.iter().position(is).unwrap_or(last)
    }

    fn put_on(&mut self, world: &World<'_>, lines: &[Line], at: usize) {
        self.fleet.at = at;
        self.on = match lines.get(at) {
            Some(Line::Group(at) | Line::Tiles { group: at, .. }) => world
                .index
                .groups
                .get(*at)
                .map(|group| On::Group(group.name.clone())),
            Some(Line::Node(at)) => world.at(*at).map(|(row, _)| On::Node(row.id)),
            Some(Line::Going(_)) | None => None,
        };
    }

    /// Moves the cursor of the pane in use.
    pub fn step(&mut self, world: &World<'_>, body: Rect, by: Move) {
        match self.pane {
            Pane::Fleet => {
                let lines = self.fleet_lines(world, body);
                let at = by.from(self.line_at(world, &lines), lines.len());
                self.put_on(world, &lines, at);
            }
            Pane::Needs => {
                let len = needs::len(world);
                self.needs.at = by.from(self.needs.within(len), len);
            }
            Pane::New => {
                let len = world.mirror.head.strangers.len();
                self.new.at = by.from(self.new.within(len), len);
            }
        }
    }

    fn fleet_lines(&self, world: &World<'_>, body: Rect) -> Vec<Line> {
        let cells = tiles::cells(world, fleet_width(body));
        let height = usize::from(body.height).saturating_sub(4);
        let zoom = self.zoom(world, body.height);
        lines(world, zoom, &self.open, cells, height)
    }

    /// Puts the cursor on a row of a pane; whether it was there already.
    pub fn click(&mut self, world: &World<'_>, body: Rect, pane: u8, row: usize) -> bool {
        let pane = Pane::ALL[usize::from(pane) % 3];
        let same_pane = self.pane == pane;
        self.pane = pane;
        match pane {
            Pane::Fleet => {
                let lines = self.fleet_lines(world, body);
                let same = self.line_at(world, &lines) == row && self.on.is_some();
                self.put_on(world, &lines, row);
                same && same_pane
            }
            Pane::Needs => std::mem::replace(&mut self.needs.at, row) == row && same_pane,
            Pane::New => std::mem::replace(&mut self.new.at, row) == row && same_pane,
        }
    }

    /// Enter.
    pub fn open(&mut self, world: &World<'_>, body: Rect) -> Wish {
        match self.pane {
            Pane::Fleet => {
                let lines = self.fleet_lines(world, body);
                match lines.get(self.line_at(world, &lines)) {
                    Some(Line::Node(at)) => match world.at(*at) {
                        Some((row, _)) => Wish::Open(row.name.clone()),
                        None => Wish::None,
                    },
                    Some(Line::Group(at) | Line::Tiles { group: at, .. }) => {
                        self.unfold(world, *at);
                        Wish::None
                    }
                    Some(Line::Going(_)) | None => Wish::None,
                }
            }
            Pane::Needs => needs::open(world, self.needs.within(needs::len(world))),
            Pane::New => {
                let strangers = &world.mirror.head.strangers;
                match strangers.get(self.new.within(strangers.len())) {
                    Some(stranger) => Wish::Adopt(Box::new(stranger.clone())),
                    None => Wish::None,
                }
            }
        }
    }

    fn unfold(&mut self, world: &World<'_>, group: usize) {
        if let Some(group) = world.index.groups.get(group) {
            self.zoom = Some(Zoom::Groups);
            self.on = Some(On::Group(group.name.clone()));
            if !self.open.remove(&group.name) {
                self.open.insert(group.name.clone());
            }
        }
    }

    /// The node that keys act on.
    #[must_use]
    pub fn node(&self, world: &World<'_>) -> Option<NodeId> {
        match self.pane {
            Pane::Fleet => match &self.on {
                Some(On::Node(id)) => world.node(*id).map(|(row, _)| row.id),
                Some(On::Group(_)) => None,
                None => None,
            },
            Pane::Needs => {
                let at = self.needs.within(needs::len(world));
                needs::node(world, at)
            }
            Pane::New => None,
        }
    }

    /// Whose trail is shown, and replayed: that of the node under the cursor, else of the group.
    #[must_use]
    pub fn trail(&self, world: &World<'_>) -> Trail {
        if let Some(id) = self.node(world) {
            return Trail::Node(id);
        }
        let group = match &self.on {
            Some(On::Group(name)) => world.index.groups.iter().find(|group| group.name == *name),
            _ => world.index.groups.first(),
        };
        let Some(group) = group else {
            return Trail::None;
        };
        if let Some(median) = median::median(world, group) {
            return Trail::Median(group.name.clone(), median);
        }
        let nodes = group.nodes.iter().filter_map(|at| world.at(*at));
        nodes
            .filter(|(_, status)| status.began.is_some())
            .max_by_key(|(_, status)| (status.stage, status.since))
            .map_or(Trail::None, |(row, _)| Trail::Node(row.id))
    }

    /// Goes to the next problem (`1`) or the previous one (`-1`).
    pub fn problem_by(&mut self, world: &World<'_>, by: isize) {
        let len = needs::len(world);
        if self.pane == Pane::Needs && len > 0 {
            let at = self.needs.within(len) as isize + by;
            self.needs.at = at.rem_euclid(len as isize) as usize;
        }
        self.pane = Pane::Needs;
    }

    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        if !empty::draw(world, frame, body) {
            return;
        }
        let narrow = narrow(body);
        let funnel_rows = funnel::draw(world, frame, body, narrow);
        let rule_y = body.y + funnel_rows;
        frame.rule(body.x, rule_y, body.width);
        let below = Rect::new(
            body.x,
            rule_y + 1,
            body.width,
            body.height.saturating_sub(funnel_rows + 1),
        );
        if narrow {
            match self.pane {
                Pane::Fleet => self.draw_fleet(world, frame, below, body),
                Pane::Needs | Pane::New => side::draw(self, world, frame, below),
            }
            return;
        }
        let left = fleet_width(body);
        self.draw_fleet(
            world,
            frame,
            Rect {
                width: left,
                ..below
            },
            body,
        );
        let style = frame.style(Role::Line);
        frame.buf.set_stringn(left, rule_y, "┬", 1, style);
        for y in below.top()..below.bottom() {
            frame.buf.set_stringn(left, y, "│", 1, style);
        }
        let right = Rect::new(
            left + 2,
            below.y,
            below.width.saturating_sub(left + 2),
            below.height,
        );
        side::draw(self, world, frame, right);
    }

    fn draw_fleet(&self, world: &World<'_>, frame: &mut Frame<'_>, area: Rect, body: Rect) {
        let zoom = self.zoom(world, body.height);
        let lines = self.fleet_lines(world, body);
        groups::heading(world, frame, area, zoom);
        let rows = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        let height = usize::from(rows.height);
        let cursor = self.line_at(world, &lines);
        // The last row tells how many lines do not fit.
        let visible = if lines.len() > height {
            height.saturating_sub(1)
        } else {
            height
        };
        let first = self.fleet.first(cursor, lines.len(), visible);
        let focused = self.pane == Pane::Fleet;
        for (y, (at, line)) in (rows.y..).zip(lines.iter().enumerate().skip(first).take(visible)) {
            let row = Rect::new(rows.x, y, rows.width, 1);
            let here = focused && at == cursor;
            match line {
                Line::Group(group) => {
                    let open = world
                        .index
                        .groups
                        .get(*group)
                        .is_some_and(|group| self.open.contains(&group.name));
                    groups::group(world, frame, row, *group, open, here);
                }
                Line::Tiles { group, from } => {
                    tiles::draw(world, frame, row, (*group, *from), here)
                }
                Line::Going(count) => groups::going(frame, row, *count),
                Line::Node(node) => {
                    noderow::draw(world, frame, row, *node, zoom == Zoom::Groups, here)
                }
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
        if visible < lines.len() {
            groups::rest(frame, rows, lines.len() - visible - first, first);
        }
    }
}

/// Whether the side pane has no room and becomes pages.
#[must_use]
pub const fn narrow(body: Rect) -> bool {
    body.width < 100
}

fn fleet_width(body: Rect) -> u16 {
    if narrow(body) {
        body.width
    } else {
        body.width * 11 / 20
    }
}
