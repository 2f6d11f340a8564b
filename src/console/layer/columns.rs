//! The choice of columns, and of the one to sort by.

use ratatui::layout::Rect;

use super::middle;
use crate::console::column::Column;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::widgets::List;

/// Draws the choice of columns: `all` of them, of which the first `shown` are in the list.
pub fn draw_columns(frame: &mut Frame<'_>, list: &List, all: &[Column], shown: usize) {
    let sign = |at: usize, _| {
        if at < shown { "[x] " } else { "[ ] " }
    };
    let keys = [
        ("␣", " show or hide  ", Act::Toggle),
        ("K", " up ", Act::ColumnUp),
        ("J", " down  ", Act::ColumnDown),
        ("⏎", " done", Act::Accept),
    ];
    draw(frame, "columns", list, all, sign, &keys);
}

/// Draws the choice of a column to sort by.
pub fn draw_sort(frame: &mut Frame<'_>, list: &List, sorted: Column, reverse: bool) {
    let sign = |_, column| match (column == sorted, reverse) {
        (true, false) => "▲ ",
        (true, true) => "▼ ",
        _ => "  ",
    };
    let keys = [
        ("⏎", " sort by it  ", Act::Accept),
        ("O", " reverse  ", Act::Reverse),
        ("Esc", " as it is", Act::Close),
    ];
    draw(frame, "sort by", list, &Column::ALL, sign, &keys);
}

fn draw(
    frame: &mut Frame<'_>,
    title: &str,
    list: &List,
    all: &[Column],
    sign: impl Fn(usize, Column) -> &'static str,
    keys: &[(&str, &str, Act)],
) {
    let height = u16::try_from(all.len()).unwrap_or(0) + 4;
    let inner = frame.window(middle(frame.area(), 48, height), title);
    let cursor = list.within(all.len());
    let rows = usize::from(inner.height.saturating_sub(2));
    let first = list.first(cursor, all.len(), rows);
    let shown = all.iter().enumerate().skip(first).take(rows);
    for (y, (at, column)) in (inner.y..).zip(shown) {
        let pieces = [(sign(at, *column), Role::Key), (column.word(), Role::Text)];
        frame.pieces(inner.x, y, inner.width, &pieces);
        let row = Rect::new(inner.x, y, inner.width, 1);
        frame.hit(row, Hit::Row { pane: 0, row: at });
        if at == cursor {
            frame.tint(row, Role::Cursor);
        }
    }
    let mut x = inner.x;
    let y = inner.bottom().saturating_sub(1);
    for (key, word, act) in keys {
        let from = x;
        let room = inner.right().saturating_sub(x);
        x = frame.pieces(x, y, room, &[(key, Role::Key), (word, Role::Dim)]);
        frame.hit(Rect::new(from, y, x - from, 1), Hit::Act(*act));
    }
}
