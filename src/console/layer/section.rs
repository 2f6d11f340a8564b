//! How a section of an entry looks while it is edited: its name and its fields, one under the other.

use ratatui::layout::Rect;

use super::{bottom, draw_input, draw_keys};
use crate::console::form::Section;
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::widgets::window;
use crate::kit::text;

/// Draws it at the bottom of `body`.
pub fn draw_section(frame: &mut Frame<'_>, body: Rect, section: &Section) {
    let width = body.width.saturating_sub(4).min(116);
    let rows = u16::try_from(section.slots.len() + 1).unwrap_or(u16::MAX);
    let area = bottom(body, width, rows.saturating_add(5));
    let inner = frame.window(
        area,
        &text::clip(&section.title(), usize::from(width.saturating_sub(6))),
    );
    let list = Rect::new(
        inner.x,
        inner.y,
        inner.width,
        inner.height.saturating_sub(3),
    );
    draw_rows(frame, list, section);
    let y = inner.bottom().saturating_sub(3);
    let doc = match section.slot() {
        Some(slot) => format!(
            "{} · takes effect: {}",
            slot.field.doc,
            slot.field.effect.word()
        ),
        None => format!(
            "the name of the {}; another one renames it",
            section.branch.word()
        ),
    };
    frame.put(inner.x, y, inner.width, &doc, Role::Dim);
    let kind = section.slot().map(|slot| slot.field.kind.word());
    let (told, role) = match section.check(false) {
        Err(why) => (format!("✗ {why}"), Role::Failed),
        Ok(()) => match section.slot() {
            Some(slot) if !slot.field.acted_on => {
                ("! kept, but not acted on yet".to_owned(), Role::Stalled)
            }
            _ => (kind.unwrap_or_default(), Role::Dim),
        },
    };
    let x = frame.put(inner.x, y + 1, inner.width, &told, role);
    if role != Role::Failed && !section.offers.is_empty() {
        let offers = format!("Tab: {}", section.offers.join(" "));
        frame.put(
            x + 3,
            y + 1,
            inner.right().saturating_sub(x + 3),
            &offers,
            Role::Bar,
        );
    }
    let keys = [
        ("⏎", "what it does", Act::Accept),
        ("↑↓", "fields", Act::Down),
        ("Tab", "complete", Act::Complete),
        ("Esc", "cancel", Act::Cancel),
    ];
    draw_keys(frame, (inner.x, y + 2), inner.right(), &keys);
}

fn draw_rows(frame: &mut Frame<'_>, list: Rect, section: &Section) {
    let words: Vec<String> = section
        .slots
        .iter()
        .map(super::super::form::Slot::word)
        .collect();
    let longest = words.iter().map(|word| text::width(word)).max();
    let cells = longest.unwrap_or(0).clamp(6, 28);
    let len = section.slots.len() + 1;
    let first = window(0, section.at, len, usize::from(list.height));
    for (y, at) in (list.y..list.bottom()).zip(first..len) {
        let here = at == section.at;
        let slot = at.checked_sub(1).and_then(|at| section.slots.get(at));
        let word = at.checked_sub(1).and_then(|at| words.get(at));
        let word = text::pad(word.map_or("name", String::as_str), cells);
        let bad = slot.is_some_and(|slot| slot.check().is_err());
        let sign = match (here, bad) {
            (_, true) => "✗ ",
            (true, _) => "▸ ",
            _ => "  ",
        };
        let role = if bad { Role::Failed } else { Role::Key };
        let x = frame.pieces(
            list.x,
            y,
            list.width,
            &[(sign, role), (&word, Role::Text), ("  ", Role::Text)],
        );
        let room = list.right().saturating_sub(x);
        let input = slot.map_or(&section.name, |slot| &slot.input);
        let after = if here {
            draw_input(frame, (x, y), room, input)
        } else {
            frame.put(x, y, room, input.text(), Role::Title)
        };
        if let Some((layer, value)) = slot.and_then(|slot| slot.below.as_ref()) {
            let hint = if input.text().trim().is_empty() {
                format!("{value}  from {layer}")
            } else {
                format!("hides {value} from {layer}")
            };
            frame.put(
                after + 2,
                y,
                list.right().saturating_sub(after + 2),
                &hint,
                Role::Dim,
            );
        }
        let row = Rect::new(list.x, y, list.width, 1);
        frame.hit(row, Hit::Row { pane: 0, row: at });
    }
}
