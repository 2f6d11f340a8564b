//! How a value of several lines looks while it is edited: its lines with their numbers, and what is said of them.

use ratatui::layout::Rect;

use super::{draw_input, draw_keys};
use crate::console::form::{Prose, Told};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::widgets::window;
use crate::kit::text;

/// Cells of a line's number and the air after it.
const NUMBER: u16 = 5;

/// Draws it over most of `body`.
pub fn draw_prose(frame: &mut Frame<'_>, body: Rect, prose: &Prose) {
    let width = body.width.saturating_sub(4).min(116);
    let lines = u16::try_from(prose.area.lines().len()).unwrap_or(u16::MAX);
    // A short one leaves in sight what it is about.
    let height = lines.saturating_add(9).clamp(14, body.height.max(14));
    let area = super::bottom(body, width, height);
    let title = format!("{} of {}", prose.key, prose.subject.text());
    let inner = frame.window(
        area,
        &text::clip(&title, usize::from(width.saturating_sub(6))),
    );
    let field = prose.field;
    let about = format!("{} · takes effect: {}", field.doc, field.effect.word());
    frame.put(inner.x, inner.y, inner.width, &about, Role::Dim);
    let rows = Rect::new(
        inner.x,
        inner.y + 1,
        inner.width,
        inner.height.saturating_sub(3),
    );
    draw_lines(frame, rows, prose);
    let y = inner.bottom().saturating_sub(2);
    let (told, role) = match prose.told() {
        Told::Wrong(text) => (format!("✗ {text}"), Role::Failed),
        Told::Doubt(text) => (format!("! {text}"), Role::Stalled),
        Told::Plain(text) => (text, Role::Dim),
    };
    let place = format!("{}:{}", prose.area.row() + 1, prose.area.column());
    let end = inner.right();
    let from = frame.put_right(inner.x, end, y, &place, Role::Dim);
    frame.put(inner.x, y, from.saturating_sub(inner.x + 1), &told, role);
    let keys = [
        ("ctrl-o", "what it does", Act::Done),
        ("ctrl-e", "in $EDITOR", Act::Outside),
        ("ctrl-x", "inherit", Act::TakeOut),
        ("Esc", "cancel", Act::Cancel),
    ];
    draw_keys(frame, (inner.x, y + 1), inner.right(), &keys);
}

fn draw_lines(frame: &mut Frame<'_>, rows: Rect, prose: &Prose) {
    let lines = prose.area.lines();
    let here = prose.area.row();
    let bad = prose.value().err().and_then(|wrong| wrong.at);
    let first = window(
        here.saturating_sub(usize::from(rows.height / 2)),
        here,
        lines.len(),
        usize::from(rows.height),
    );
    let room = rows.width.saturating_sub(NUMBER);
    for (y, (at, line)) in (rows.y..rows.bottom()).zip(lines.iter().enumerate().skip(first)) {
        let wrong = bad.is_some_and(|(row, _)| row == at + 1);
        let sign = if wrong { "✗" } else { " " };
        let number = format!("{:>3}{sign}", at + 1);
        let role = if wrong { Role::Failed } else { Role::Line };
        frame.put(rows.x, y, NUMBER, &number, role);
        let x = rows.x + NUMBER;
        if at == here {
            draw_input(frame, (x, y), room, line);
        } else {
            frame.put(x, y, room, line.text(), Role::Text);
        }
        let area = Rect::new(rows.x, y, rows.width, 1);
        frame.hit(area, Hit::Row { pane: 0, row: at });
    }
}
