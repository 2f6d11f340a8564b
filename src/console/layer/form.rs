//! How a field being edited looks: its line or its list, what is said of it, what it inherits.

use ratatui::layout::Rect;

use super::{bottom, draw_input, draw_keys};
use crate::api::Mirror;
use crate::console::form::{Form, Known, Names, Row, Stand, Told};
use crate::console::frame::Frame;
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::widgets::{Input, window};
use crate::kit::text;

/// Most rows of a list, or of the values of several entries, that are shown at once.
const ROWS: usize = 8;

/// Draws a form at the bottom of `body`; its line in the `spot` where the value stands, if that is on the screen, with the rest
/// above it when it would be covered.
pub fn draw_form(
    frame: &mut Frame<'_>,
    body: Rect,
    form: &Form,
    known: &Known,
    mirror: &Mirror,
    spot: Option<Rect>,
) {
    let spot = spot.filter(|_| !form.is_list());
    let listed = match spot {
        Some(_) => 0,
        None if form.is_list() => form.items.rows().len().min(ROWS),
        None => 1,
    };
    let width = body.width.saturating_sub(4).min(116);
    let cells = usize::from(width.saturating_sub(4));
    let lines = told_above(form, cells);
    let height = lines.len() + listed + 4;
    let title = format!("{} of {}", form.key, form.subject.text());
    let mut area = bottom(body, width, u16::try_from(height).unwrap_or(u16::MAX));
    if let Some(spot) = spot.filter(|spot| spot.y >= area.y) {
        area.y = spot.y.saturating_sub(area.height).max(body.y);
    }
    let inner = frame.window(area, &text::clip(&title, cells));
    let mut y = inner.y;
    for (line, role) in &lines {
        frame.put(inner.x, y, inner.width, line, *role);
        y += 1;
    }
    let rows = Rect::new(inner.x, y, inner.width, u16::try_from(listed).unwrap_or(1));
    match spot {
        Some(spot) => draw_in_place(frame, spot, body.right(), form),
        None if form.is_list() => draw_items(frame, rows, form),
        None => {
            let x = frame.put(rows.x, rows.y, 2, "▸ ", Role::Key);
            let room = rows.right().saturating_sub(x);
            draw_line(frame, Rect::new(x, rows.y, room, 1), form);
        }
    }
    foot(frame, inner, form, known, mirror);
}

/// What stands there now, where the line does not show it.
fn above(form: &Form) -> Vec<(String, Role)> {
    match &form.stand {
        Stand::Many { groups, .. } => {
            let count = form.subject.names.len();
            let values = form.stand.values(count);
            if values <= 1 {
                return Vec::new();
            }
            let mut lines: Vec<(String, Role)> = groups
                .iter()
                .take(ROWS / 2)
                .map(|group| {
                    (
                        format!("{:>5} {} ({})", group.count, group.value, group.names),
                        Role::Dim,
                    )
                })
                .collect();
            if groups.len() > ROWS / 2 {
                lines.push((
                    format!("      ⋮ {} more", groups.len() - ROWS / 2),
                    Role::Dim,
                ));
            }
            let saying: usize = groups.iter().map(|group| group.count as usize).sum();
            if saying < count {
                lines.push((
                    format!("{:>5} inherit, or have none", count - saying),
                    Role::Dim,
                ));
            }
            lines
        }
        Stand::One(Some(_)) if !form.is_list() && !form.below.is_empty() => form
            .below
            .iter()
            .take(2)
            .map(|(layer, value)| (format!("{layer}: {value}"), Role::Dim))
            .collect(),
        _ => Vec::new(),
    }
}

/// What is told above the line: what the field is for, what stands there now, what somebody else did.
fn told_above(form: &Form, cells: usize) -> Vec<(String, Role)> {
    let label = match form.field.label {
        label if label == &*form.key => String::new(),
        label => format!("{label}: "),
    };
    let about = format!(
        "{label}{} · takes effect: {}",
        form.field.doc,
        form.field.effect.word()
    );
    let note = form
        .note
        .iter()
        .flat_map(|note| text::wrap(&format!("! {note}"), cells));
    let notes = note.map(|line| (line, Role::Stalled));
    let mut lines: Vec<(String, Role)> = text::wrap(&about, cells)
        .into_iter()
        .map(|line| (line, Role::Dim))
        .collect();
    lines.extend(above(form));
    lines.extend(notes);
    lines
}

/// The line where the value stands: as wide as it needs, over what is to the right of it.
fn draw_in_place(frame: &mut Frame<'_>, spot: Rect, right: u16, form: &Form) {
    let wanted = text::width(form.input.text()) + 14;
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX).max(spot.width);
    // A long one begins further to the left.
    let room = right.saturating_sub(spot.x + 1);
    let x = spot.x.saturating_sub(wanted.saturating_sub(room)).max(2);
    let cells = wanted.min(right.saturating_sub(x + 1));
    let area = Rect::new(x.saturating_sub(1), spot.y, cells + 1, 1);
    frame.buf.set_style(area, ratatui::style::Style::reset());
    frame.put(
        area.x,
        area.y,
        area.width,
        &" ".repeat(usize::from(area.width)),
        Role::Text,
    );
    frame.put(area.x, area.y, 1, "▸", Role::Key);
    draw_line(frame, Rect::new(x, spot.y, cells, 1), form);
}

fn draw_line(frame: &mut Frame<'_>, row: Rect, form: &Form) {
    let (x, room) = (row.x, row.width);
    let count = form.subject.names.len();
    let values = form.stand.values(count);
    let hidden = matches!(&form.stand, Stand::One(Some(_))) && form.field.secret;
    let shown = if form.field.secret {
        masked(&form.input)
    } else {
        form.input.clone()
    };
    let after = draw_input(frame, (x, row.y), room, &shown);
    let hint = match form.input.text() {
        _ if form.inherit => "inherits",
        "" if hidden => "•••• set; type another one",
        "" if values > 1 => return put_values(frame, row, after, values),
        _ => return,
    };
    frame.put(
        after + 1,
        row.y,
        row.right().saturating_sub(after + 1),
        hint,
        Role::Dim,
    );
}

fn put_values(frame: &mut Frame<'_>, row: Rect, x: u16, values: usize) {
    let hint = format!("‹{values} values›");
    frame.put(
        x + 1,
        row.y,
        row.right().saturating_sub(x + 1),
        &hint,
        Role::Dim,
    );
}

/// A line of which only the length shows.
fn masked(input: &Input) -> Input {
    let dots = |text: &str| "•".repeat(text.chars().count());
    let (before, after) = input.halves();
    let mut masked = Input::new(dots(before));
    let tail = dots(after);
    masked.append(&tail);
    masked
}

fn draw_items(frame: &mut Frame<'_>, area: Rect, form: &Form) {
    let rows = form.items.rows();
    let cursor = rows
        .iter()
        .position(|row| *row == form.row)
        .unwrap_or(rows.len() - 1);
    let first = window(rows.len(), cursor, rows.len(), usize::from(area.height));
    for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(first)) {
        let here = *row == form.row;
        let sign = if here { "▸ " } else { "  " };
        let x = frame.put(area.x, y, 2, sign, Role::Key);
        let room = area.right().saturating_sub(x);
        match *row {
            Row::Locked(at) => {
                let Some((layer, item)) = form.items.locked.get(at) else {
                    continue;
                };
                let out = form.items.is_out(item);
                let (sign, role) = if out {
                    ("~ ", Role::Failed)
                } else {
                    ("· ", Role::Dim)
                };
                let from = if out {
                    format!("  left out here, {layer} gives it")
                } else {
                    format!("  from {layer}")
                };
                frame.pieces(
                    x,
                    y,
                    room,
                    &[(sign, role), (item, role), (&from, Role::Line)],
                );
                if here {
                    frame.tint(Rect::new(x, y, room, 1), Role::Cursor);
                }
            }
            _ if here => {
                let x = frame.put(
                    x,
                    y,
                    2,
                    if *row == Row::New { "+ " } else { "" },
                    Role::Good,
                );
                draw_input(frame, (x, y), area.right().saturating_sub(x), &form.input);
            }
            Row::Own(at) => {
                let item = form.items.own.get(at).map_or("", AsRef::as_ref);
                frame.put(x, y, room, item, Role::Text);
            }
            Row::New => {
                frame.put(x, y, room, "+ …", Role::Dim);
            }
        }
    }
}

fn foot(frame: &mut Frame<'_>, inner: Rect, form: &Form, known: &Known, mirror: &Mirror) {
    let y = inner.bottom().saturating_sub(2);
    let (told, role) = match form.told(known, mirror) {
        Told::Wrong(text) => (format!("✗ {text}"), Role::Failed),
        Told::Doubt(text) => (format!("! {text}"), Role::Stalled),
        Told::Plain(text) => (text, Role::Dim),
    };
    let x = frame.put(inner.x, y, inner.width, &told, role);
    if role != Role::Failed && !form.offers.is_empty() {
        let offers = format!("Tab: {}", form.offers.join(" "));
        frame.put(
            x + 3,
            y,
            inner.right().saturating_sub(x + 3),
            &offers,
            Role::Bar,
        );
    }
    let out = match form.row {
        Row::Locked(_) => "leave out, or not",
        Row::Own(_) => "take out",
        Row::New if form.is_list() => "take all own out",
        Row::New => "inherit",
    };
    let mut keys = vec![
        ("⏎", "what it does", Act::Accept),
        ("Tab", "complete", Act::Complete),
    ];
    keys.push(("ctrl-x", out, Act::TakeOut));
    if form.is_list() {
        keys.push(("↑↓", "items", Act::Up));
    }
    keys.push(("Esc", "cancel", Act::Cancel));
    draw_keys(frame, (inner.x, y + 1), inner.right(), &keys);
}

/// Draws names being typed; `taken` tells which exist.
pub fn draw_names(frame: &mut Frame<'_>, body: Rect, names: &Names, taken: impl Fn(&str) -> bool) {
    let inner = frame.window(
        bottom(body, body.width.saturating_sub(4).min(100), 6),
        &names.title(),
    );
    let x = frame.put(inner.x, inner.y, 2, "▸ ", Role::Key);
    draw_input(
        frame,
        (x, inner.y),
        inner.right().saturating_sub(x),
        &names.input,
    );
    let (told, role) = match names.names(taken) {
        Ok(found) => (names.meaning(&found), Role::Dim),
        Err(wrong) if names.input.text().trim().is_empty() => (wrong, Role::Dim),
        Err(wrong) => (format!("✗ {wrong}"), Role::Failed),
    };
    frame.put(inner.x, inner.y + 1, inner.width, &told, role);
    let keys = [
        ("⏎", Role::Key),
        (" what it does   ", Role::Text),
        ("Esc", Role::Key),
        (" cancel", Role::Text),
    ];
    frame.pieces(
        inner.x,
        inner.bottom().saturating_sub(1),
        inner.width,
        &keys,
    );
}
