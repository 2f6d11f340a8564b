//! The right side of the Board: what needs somebody, unknown machines, the boot trail of the selection, the last events.

use ratatui::layout::Rect;

use super::{Board, Pane, Trail, narrow, needs, news};
use crate::api::ServiceState;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::World;
use crate::console::widgets::trail;
use crate::fleet::Arch;
use crate::kit::text;

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
            _ => needs::draw(board, world, frame, inner),
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
    let most = (height / 3).max(3);
    let needs_rows = 1 + needs::rows(world, frame, area.width, most).clamp(1, most);
    let needs_area = block(needs_rows);
    let rule_1 = block(1);
    let new_area = block(1 + strangers.clamp(1, (height / 6).max(2)));
    let rule_2 = block(1);
    let trail_area = block(3);
    let rule_3 = block(1);
    let events_area = block(height);
    needs::draw(board, world, frame, needs_area);
    draw_new(board, world, frame, new_area);
    draw_trail(board, world, frame, trail_area);
    news::draw(world, frame, events_area);
    for rule in [rule_1, rule_2, rule_3] {
        if rule.height > 0 {
            frame.rule(rule.x - 1, rule.y, rule.width + 1);
        }
    }
}

/// The first row of a block: its title, how many, and a remark at the right.
pub fn heading(frame: &mut Frame<'_>, area: Rect, title: &str, count: usize, right: &str) {
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
        let pieces = [
            ("? ", Role::Stranger),
            (&mac, Role::Text),
            (&text::pad(&arch, 9), Role::Dim),
        ];
        let x = frame.pieces(row.x, y, until.saturating_sub(row.x + 1), &pieces);
        // Where it asks is told where there is room for all of it.
        let via = format!(" {} · asked {}×", stranger.via, stranger.asks);
        if usize::from(until.saturating_sub(x + 1)) >= text::width(&via) {
            frame.put(x, y, until.saturating_sub(x + 1), &via, Role::Dim);
        }
        if board.pane == Pane::New && at == cursor {
            frame.tint(row, Role::Cursor);
        }
        frame.hit(row, Hit::Row { pane: 2, row: at });
    }
}

/// The trail of the node under the cursor; of a group the middle of its nodes' boots, or while none of them is up, that of the
/// node which came furthest last.
fn draw_trail(board: &Board, world: &World<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 2 {
        return;
    }
    let lines = Rect::new(
        area.x,
        area.y + 1,
        area.width.saturating_sub(1),
        area.height - 1,
    );
    let chosen = match board.trail(world) {
        Trail::Node(id) => world.node(id).filter(|(_, status)| status.began.is_some()),
        Trail::Median(group, median) => {
            let title = format!("boot trail of {group}, median of {}", median.of);
            trail_heading(frame, area, &title);
            trail::draw_spans(frame, lines, &median.spans, false);
            return;
        }
        Trail::None => None,
    };
    let Some((row, status)) = chosen else {
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
    trail_heading(frame, area, &format!("boot trail of {}", row.name));
    trail::draw(frame, lines, status.began, &status.trail);
}

/// Its title, and the keys that replay it.
fn trail_heading(frame: &mut Frame<'_>, area: Rect, title: &str) {
    let keys = "< > replay";
    let end = area.right().saturating_sub(1);
    let x = end.saturating_sub(u16::try_from(keys.len()).unwrap_or(0));
    let room = x.saturating_sub(area.x + 1);
    frame.put(area.x, area.y, room, title, Role::Title);
    frame.pieces(
        x,
        area.y,
        end.saturating_sub(x),
        &[("< >", Role::Key), (" replay", Role::Dim)],
    );
    frame.hit(Rect { height: 1, ..area }, Hit::Act(Act::Replay));
}
