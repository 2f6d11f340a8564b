//! How a node is drawn: summary, trail, the names of the pages, the page shown.

use ratatui::layout::Rect;

use super::{NodeScreen, PAGES, Page, Pane, World, events};
use crate::api::NodeDetail;
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::{Role, bar_role, mark, state_word};
use crate::console::widgets::trail;
use crate::fleet::{Drift, Stage, Status};
use crate::kit::text;

impl NodeScreen {
    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        self.spot.set(None);
        let Some(detail) = &self.detail else {
            return self.unknown(frame, body);
        };
        // The status in the list is newer than the one in the detail.
        let status = world
            .node(detail.row.id)
            .map_or(&detail.status, |(_, status)| status);
        summary(frame, body, detail, status);
        let trail_area = Rect::new(body.x + 1, body.y + 1, body.width.saturating_sub(2), 2);
        trail::draw(frame, trail_area, status.began, &status.trail);
        let tabs = Rect::new(body.x, body.y + 3, body.width, 1);
        self.tabs(frame, tabs, body.x + 1, detail);
        let height = body.height.saturating_sub(4);
        let rows = Rect::new(body.x, body.y + 4, body.width, height);
        let pane = Pane {
            number: 0,
            keys: true,
        };
        self.page(frame, rows, detail, status, pane);
    }

    /// Draws it below the list of nodes; `keys` says whether keys go there.
    pub fn draw_below(&self, world: &World<'_>, frame: &mut Frame<'_>, area: Rect, keys: bool) {
        self.spot.set(None);
        let top = Rect::new(area.x, area.y, area.width, 1);
        frame.rule(top.x, top.y, top.width);
        let height = area.height.saturating_sub(1);
        let rows = Rect::new(area.x, area.y + 1, area.width, height);
        let Some(detail) = &self.detail else {
            return self.unknown(frame, rows);
        };
        let status = world
            .node(detail.row.id)
            .map_or(&detail.status, |(_, status)| status);
        let role = if keys { Role::Title } else { Role::Text };
        let name = format!(" {} ", detail.row.name);
        let x = frame.put(area.x + 1, area.y, area.width / 3, &name, role);
        let x = self.tabs(frame, top, x + 1, detail);
        let more = [
            (" Tab", Role::Key),
            (if keys { " next page  " } else { " into it  " }, Role::Dim),
            ("+", Role::Key),
            (" full screen ", Role::Dim),
        ];
        let wide: usize = more.iter().map(|(word, _)| text::width(word)).sum();
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        let from = area.right().saturating_sub(wide + 1);
        if from > x {
            frame.pieces(from, area.y, wide, &more);
            let area = Rect::new(from, area.y, wide, 1);
            frame.hit(area, Hit::Act(Act::ZoomIn));
        }
        let pane = Pane { number: 1, keys };
        self.page(frame, rows, detail, status, pane);
    }

    /// Nothing is known of it, or not yet.
    fn unknown(&self, frame: &mut Frame<'_>, body: Rect) {
        let text = match &self.refused {
            Some(why) => why.to_string(),
            None => format!("asking for {} …", self.name),
        };
        let room = body.width.saturating_sub(2);
        frame.put(body.x + 2, body.y + 1, room, &text, Role::Dim);
    }

    fn page(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        detail: &NodeDetail,
        status: &Status,
        pane: Pane,
    ) {
        match self.page {
            Page::Fields => self.draw_fields(frame, area, detail, pane),
            Page::Boots => self.draw_boots(frame, area, detail, status, pane),
            Page::Overlays => self.draw_overlays(frame, area, pane),
            Page::Events => self.events(frame, area, detail, pane),
        }
    }

    /// The names of the pages from `x` on; gives the column after them.
    fn tabs(&self, frame: &mut Frame<'_>, area: Rect, x: u16, detail: &NodeDetail) -> u16 {
        if x <= area.x + 1 {
            frame.rule(area.x, area.y, area.width);
        }
        let mut x = x;
        for (at, (page, word)) in PAGES.into_iter().enumerate() {
            let count = match page {
                Page::Fields => detail.fields.len(),
                Page::Boots => detail.boots.len(),
                Page::Overlays => self.overlays.len(),
                Page::Events => detail.events.len(),
            };
            let role = if page == self.page {
                Role::Tab
            } else {
                Role::Dim
            };
            let text = format!("{word} {count}");
            let (from, room) = (x, area.right().saturating_sub(x));
            let pieces = [(" ", Role::Text), (&*text, role), (" ", Role::Text)];
            x = frame.pieces(x, area.y, room, &pieces);
            frame.hit(Rect::new(from, area.y, x - from, 1), Hit::Page(at));
            x += 1;
        }
        x
    }

    pub(super) fn rows(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        pane: Pane,
        mut draw: impl FnMut(&mut Frame<'_>, Rect, usize),
    ) {
        let len = self.len();
        let cursor = self.list.within(len);
        let first = self.list.first(cursor, len, usize::from(area.height));
        for (y, at) in (area.y..area.bottom()).zip(first..len) {
            let row = Rect::new(area.x, y, area.width, 1);
            draw(frame, row, at);
            if at == cursor && pane.keys {
                frame.tint(
                    Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            let pane = pane.number;
            frame.hit(row, Hit::Row { pane, row: at });
        }
        if len == 0 {
            frame.put(area.x + 2, area.y, area.width, "nothing yet", Role::Dim);
        }
    }

    fn events(&self, frame: &mut Frame<'_>, area: Rect, detail: &NodeDetail, pane: Pane) {
        self.rows(frame, area, pane, |frame, row, at| {
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
    let drift = match status.drift {
        Drift::Idle => String::new(),
        Drift::Yes(differs) => format!("   a reboot changes {differs}"),
        Drift::No => "   a reboot changes nothing".into(),
        Drift::Unknown => "   drift unknown".into(),
        Drift::Looking => "   drift …".into(),
    };
    let doubt = match status.drift {
        Drift::Yes(_) => Role::Stalled,
        _ => Role::Dim,
    };
    let agent = detail.agent.as_ref().map(|agent| {
        let age = frame.ages.since(agent.since);
        format!(" · {} {age}", agent.refresh.brief())
    });
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
            (&drift, doubt),
            (agent.as_deref().unwrap_or_default(), Role::Dim),
        ],
    );
}
