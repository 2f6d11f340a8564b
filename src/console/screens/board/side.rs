//! The right side of the Board: what needs somebody, unknown machines, the boot trail of the selection, the last events.

use ratatui::layout::Rect;

use super::{Board, On, Pane, narrow};
use crate::api::{ServiceRow, ServiceState};
use crate::console::ages::clock;
use crate::console::column::stage_text;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::{Role, bar_role, mark};
use crate::console::screens::{Wish, World, events, trail};
use crate::fleet::{Arch, Status};
use crate::kit::text;
use crate::model::{Fault, Level, NodeId};

/// One thing that needs somebody.
enum Need<'a> {
    Service(&'a ServiceRow),
    Node(u32),
    Fault(&'a Fault),
}

fn down<'a>(world: &World<'a>) -> impl Iterator<Item = &'a ServiceRow> {
    let bad =
        |service: &&ServiceRow| matches!(service.state, ServiceState::Down | ServiceState::Warned);
    world.mirror.head.services.iter().filter(bad)
}

/// How many things need somebody.
pub fn needs_len(world: &World<'_>) -> usize {
    down(world).count() + world.index.problems.len() + world.mirror.head.faults.len()
}

fn need<'a>(world: &World<'a>, at: usize) -> Option<Need<'a>> {
    let services = down(world).count();
    if at < services {
        return down(world).nth(at).map(Need::Service);
    }
    let at = at - services;
    let nodes = world.index.problems.len();
    if at < nodes {
        return Some(Need::Node(world.index.problems[at]));
    }
    world.mirror.head.faults.get(at - nodes).map(Need::Fault)
}

/// The node that needs somebody there.
pub fn need_node(world: &World<'_>, at: usize) -> Option<NodeId> {
    match need(world, at)? {
        Need::Node(at) => world.at(at).map(|(row, _)| row.id),
        Need::Service(_) | Need::Fault(_) => None,
    }
}

/// Enter on one of them.
pub fn open_need(world: &World<'_>, at: usize) -> Wish {
    match need(world, at) {
        Some(Need::Node(at)) => match world.at(at) {
            Some((row, _)) => Wish::Open(row.name.clone()),
            None => Wish::None,
        },
        Some(Need::Fault(fault)) => Wish::Say(fault.to_string()),
        Some(Need::Service(service)) => Wish::Say(format!("{}: {}", service.name, service.text)),
        None => Wish::None,
    }
}

/// The role of a service's state.
pub const fn service_role(state: ServiceState) -> Role {
    match state {
        ServiceState::Up => Role::Up,
        ServiceState::Warned => Role::Stalled,
        ServiceState::Down => Role::Failed,
        ServiceState::Disabled => Role::Dim,
    }
}

/// Draws all of it; on a narrow screen the page of the pane in use.
pub fn draw(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    let strangers = world.mirror.head.strangers.len();
    let needs = needs_len(world);
    let height = usize::from(area.height);
    if narrow(area) && area.x == 0 {
        let inner = Rect::new(
            area.x + 1,
            area.y,
            area.width.saturating_sub(2),
            area.height,
        );
        match board.pane {
            Pane::New => draw_new(board, world, frame, inner),
            _ => draw_needs(board, world, frame, inner),
        }
        return;
    }
    let mut y = area.y;
    let mut block = |rows: usize| {
        let free = area.bottom().saturating_sub(y);
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(free);
        let rect = Rect::new(area.x, y, area.width, rows);
        y += rows;
        rect
    };
    let needs_rows = 1 + needs.clamp(1, (height / 3).max(3));
    let needs_area = block(needs_rows);
    let rule_1 = block(1);
    let new_area = block(1 + strangers.clamp(1, (height / 6).max(2)));
    let rule_2 = block(1);
    let trail_area = block(3);
    let rule_3 = block(1);
    let events_area = block(height);
    draw_needs(board, world, frame, needs_area);
    draw_new(board, world, frame, new_area);
    draw_trail(board, world, frame, trail_area);
    draw_events(world, frame, events_area);
    for rule in [rule_1, rule_2, rule_3] {
        if rule.height > 0 {
            frame.rule(rule.x - 1, rule.y, rule.width + 1);
        }
    }
}

fn heading(frame: &mut Frame<'_>, area: Rect, title: &str, count: usize, right: &str) {
    let number = if count == 0 {
        String::new()
    } else {
        format!(" {count}")
    };
    frame.pieces(
        area.x,
        area.y,
        area.width,
        &[(title, Role::Title), (&number, Role::Title)],
    );
    frame.put_right(
        area.x,
        area.right().saturating_sub(1),
        area.y,
        right,
        Role::Dim,
    );
}

fn draw_needs(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let len = needs_len(world);
    heading(frame, area, "needs you", len, "what · since");
    if len == 0 {
        frame.put(area.x, area.y + 1, area.width, "nobody", Role::Dim);
        return;
    }
    let height = usize::from(area.height) - 1;
    let cursor = board.needs.within(len);
    let first = board.needs.first(cursor, len, height);
    for (y, at) in (area.y + 1..area.bottom()).zip(first..len) {
        let row = Rect::new(area.x, y, area.width, 1);
        match need(world, at) {
            Some(Need::Node(at)) => {
                if let Some((node, status)) = world.at(at) {
                    need_row(frame, row, &node.name, status);
                }
            }
            Some(Need::Fault(fault)) => fault_row(frame, row, fault),
            Some(Need::Service(service)) => {
                let role = service_role(service.state);
                let name = format!("✗ {:<6} ", service.name);
                frame.pieces(
                    row.x,
                    y,
                    row.width,
                    &[(&name, role), (&service.text, Role::Text)],
                );
            }
            None => {}
        }
        if board.pane == Pane::Needs && at == cursor {
            frame.tint(row, Role::Cursor);
        }
        frame.hit(row, Hit::Row { pane: 1, row: at });
    }
}

fn need_row(frame: &mut Frame<'_>, row: Rect, name: &str, status: &Status) {
    let role = bar_role(status.stage, status.condition);
    let sign = mark(status.stage, status.condition);
    let age = frame.ages.since(status.since);
    let end = row.right().saturating_sub(1);
    let until = frame.put_right(row.x, end, row.y, &age, Role::Dim);
    let x = frame.pieces(
        row.x,
        row.y,
        row.width,
        &[
            (sign, role),
            (" ", role),
            (&text::pad(name, 8), Role::Text),
            (" ", role),
        ],
    );
    frame.put(
        x,
        row.y,
        until.saturating_sub(x + 1),
        &stage_text(status),
        role,
    );
}

fn fault_row(frame: &mut Frame<'_>, row: Rect, fault: &Fault) {
    let (sign, role) = match fault.level {
        Level::Error => ("✗ ", Role::Failed),
        Level::Warning => ("! ", Role::Stalled),
        Level::Debug | Level::Info => ("· ", Role::Dim),
    };
    let place = fault.spot.as_ref().map_or_else(
        || fault.about.clone().unwrap_or_default(),
        |spot| {
            let file = spot.file.rsplit('/').next().unwrap_or_default();
            format!("{file}:{}", spot.line)
        },
    );
    let what = format!(" {}", fault.what);
    frame.pieces(
        row.x,
        row.y,
        row.width,
        &[(sign, role), (&place, Role::Text), (&what, role)],
    );
}

fn draw_new(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let strangers = &world.mirror.head.strangers;
    heading(frame, area, "new", strangers.len(), "⏎ adopt");
    if strangers.is_empty() {
        frame.put(
            area.x,
            area.y + 1,
            area.width,
            "no unknown machine asks",
            Role::Dim,
        );
        return;
    }
    let cursor = board.new.within(strangers.len());
    let first = board
        .new
        .first(cursor, strangers.len(), usize::from(area.height) - 1);
    for (y, (at, stranger)) in
        (area.y + 1..area.bottom()).zip(strangers.iter().enumerate().skip(first))
    {
        let row = Rect::new(area.x, y, area.width, 1);
        let name = stranger
            .proposed
            .as_deref()
            .map_or_else(|| "→ ask".into(), |name| format!("→ {name}"));
        let until = frame.put_right(row.x, row.right().saturating_sub(1), y, &name, Role::Key);
        let arch = stranger.arch.map_or_else(|| "?".to_owned(), Arch::word);
        let mac = format!("{} ", stranger.mac);
        let about = format!("{} {}", text::pad(&arch, 9), stranger.via);
        frame.pieces(
            row.x,
            y,
            until.saturating_sub(row.x + 1),
            &[
                ("? ", Role::Stranger),
                (&mac, Role::Text),
                (&about, Role::Dim),
            ],
        );
        if board.pane == Pane::New && at == cursor {
            frame.tint(row, Role::Cursor);
        }
        frame.hit(row, Hit::Row { pane: 2, row: at });
    }
}

/// The trail of the node under the cursor; of a group, of that one of its nodes which came furthest last.
fn draw_trail(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let chosen = board.node(world).and_then(|id| world.node(id)).or_else(|| {
        let group = match &board.on {
            Some(On::Group(name)) => world.index.groups.iter().find(|group| group.name == *name),
            _ => world.index.groups.first(),
        }?;
        group
            .nodes
            .iter()
            .filter_map(|at| world.at(*at))
            .filter(|(_, status)| status.began.is_some())
            .max_by_key(|(_, status)| (status.stage, status.since))
    });
    let Some((row, status)) = chosen.filter(|(_, status)| status.began.is_some()) else {
        heading(frame, area, "boot trail", 0, "");
        frame.put(
            area.x,
            area.y + 1,
            area.width,
            "no boot seen yet",
            Role::Dim,
        );
        return;
    };
    heading(frame, area, &format!("boot trail of {}", row.name), 0, "");
    let lines = Rect::new(
        area.x,
        area.y + 1,
        area.width.saturating_sub(1),
        area.height - 1,
    );
    trail::draw(frame, lines, status.began, &status.trail);
}

fn draw_events(world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    heading(frame, area, "last events", 0, "7 Events");
    frame.hit(Rect { height: 1, ..area }, Hit::Act(Act::Events));
    let rows = area.y + 1..area.bottom();
    for (y, event) in rows.zip(world.mirror.events.iter().rev()) {
        let time = format!("{} ", clock(event.at));
        let who = format!("{} ", text::pad(&event.who, 7));
        let kind = format!("{} ", text::pad(&event.kind, 6));
        let role = events::level_role(event.level);
        frame.pieces(
            area.x,
            y,
            area.width.saturating_sub(1),
            &[
                (&time, Role::Dim),
                (&who, Role::Text),
                (&kind, Role::Dim),
                (&event.text, role),
            ],
        );
    }
}
