//! How a file being written looks: over the pane of the template, and over the tree too where little would be left of it.

use ratatui::layout::Rect;

use super::{draw_input, draw_keys};
use crate::console::frame::Frame;
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::overlays::Parts;
use crate::console::widgets::editor::{Editor, End, Sight};
use crate::console::writing::{Body, Offers, Stand, Writing};
use crate::kit::{text, units};
use crate::model::{Fault, Level};

/// From this width on the tree stays beside what is written.
const ROOMY: u16 = 160;
/// Most rows of what can stand at the cursor.
const OFFERED: u16 = 8;

/// Where it is drawn, among the panes of the screen.
#[must_use]
pub fn place(body: Rect, parts: &Parts) -> Rect {
    match (parts.template, parts.made) {
        (Some(template), Some(_)) if body.width >= ROOMY => template,
        // What it makes stays beside it.
        (Some(_), Some(made)) => Rect {
            width: made.x.saturating_sub(body.x + 1),
            ..body
        },
        (Some(template), None) => template,
        (None, _) => body,
    }
}

/// Draws it into `area`, with the faults of the file.
pub fn draw_writing(frame: &mut Frame<'_>, area: Rect, writing: &Writing, faults: &[&Fault]) {
    let blank = " ".repeat(usize::from(area.width));
    for y in area.top()..area.bottom() {
        frame.put(area.x, y, area.width, &blank, Role::Text);
    }
    head(frame, Rect { height: 1, ..area }, writing);
    let rows = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(2),
        ..area
    };
    let foot = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    };
    match (&writing.stand, &writing.body) {
        (Stand::Asked, _) => frame.remark(rows, "asking for it …"),
        (_, Body::Bytes(bytes, why)) => {
            let size = units::size(bytes.len() as u64);
            let text = format!("{size}: {why}. It is not edited here: ctrl-e takes it to $EDITOR");
            frame.remark(rows, &text);
        }
        (_, Body::Text(editor)) => {
            let marks: Vec<(usize, Level)> = faults
                .iter()
                .filter_map(|fault| Some((fault.spot.as_ref()?.line as usize, fault.level)))
                .collect();
            let sought = match &writing.seek {
                Some(seek) => seek.input.text(),
                None => "",
            };
            let sight = Sight {
                typing: writing.seek.is_none(),
                marks: &marks,
                sought,
                pane: 1,
            };
            let cursor = editor.draw(frame, rows, sight);
            foot_line(frame, foot, (writing, editor), faults);
            if let (Some(offers), Some(at)) = (&writing.offers, cursor) {
                draw_offers(frame, rows, at, offers);
            }
        }
    }
}

/// What is written, and whether that is saved.
fn head(frame: &mut Frame<'_>, row: Rect, writing: &Writing) {
    let (word, role) = match writing.stand {
        Stand::New => ("NEW", Role::Good),
        _ if writing.unsaved() => ("● WRITING", Role::Stalled),
        _ => ("WRITING", Role::Title),
    };
    let from = frame.put(row.x + 1, row.y, row.width, word, role) + 1;
    let about = match &writing.stand {
        Stand::There if writing.copies => "saving makes the site's copy ",
        Stand::There if writing.unsaved() => "not saved ",
        _ => "",
    };
    let room = row.right().saturating_sub(from);
    let about = if usize::from(room) > text::width(about) + 24 {
        about
    } else {
        ""
    };
    let until = frame.put_right(from, row.right(), row.y, about, Role::Key);
    let path = format!("{}/{}", writing.name, writing.path);
    let room = usize::from(until.saturating_sub(from + 1));
    // Of a long path its end tells most.
    let wide = text::width(&path);
    let path = if wide > room {
        let mut tail = path.as_str();
        while text::width(tail) + 1 > room && !tail.is_empty() {
            tail = tail
                .get(tail.chars().next().map_or(0, char::len_utf8)..)
                .unwrap_or_default();
        }
        format!("…{tail}")
    } else {
        path
    };
    frame.put(from, row.y, until.saturating_sub(from), &path, Role::Text);
}

/// Where the cursor is and what is wrong there; while one searches, what for.
fn foot_line(
    frame: &mut Frame<'_>,
    row: Rect,
    (writing, editor): (&Writing, &Editor),
    faults: &[&Fault],
) {
    if let Some(seek) = &writing.seek {
        let x = frame.put(row.x + 1, row.y, row.width, "search ", Role::Key);
        let keys = [
            ("⏎", "stay", Act::Save),
            ("ctrl-n", "next", Act::SeekNext),
            ("Esc", "back", Act::Cancel),
        ];
        let room = row.right().saturating_sub(x + 36).max(8);
        draw_input(frame, (x, row.y), room, &seek.input);
        // Enter is no action here: only what is written beside it is told.
        draw_keys(frame, (x + room + 1, row.y), row.right(), &keys[1..]);
        return;
    }
    let (line, column) = editor.spot();
    let ends = match (
        editor.lines().usual(),
        editor.lines().line(editor.lines().count() - 1),
    ) {
        (End::CrLf, _) => " CRLF",
        (_, last) if !last.is_empty() => " no line end at the end",
        _ => "",
    };
    let chosen = if editor.selects() { " selecting" } else { "" };
    let place = format!("{line}:{column}{ends}{chosen} ");
    let until = frame.put_right(row.x, row.right(), row.y, &place, Role::Dim);
    let room = until.saturating_sub(row.x + 2);
    let here = |fault: &&&Fault| {
        fault
            .spot
            .as_ref()
            .is_some_and(|spot| spot.line as usize == line)
    };
    let fault = faults
        .iter()
        .filter(here)
        .max_by_key(|fault| fault.level)
        .or_else(|| faults.iter().max_by_key(|fault| fault.level));
    let Some(fault) = fault else {
        return;
    };
    let (sign, role) = match fault.level {
        Level::Error => ("✗", Role::Failed),
        _ => ("!", Role::Stalled),
    };
    let spot = fault.spot.as_ref();
    let at = spot.map_or_else(String::new, |spot| {
        format!("{}:{} ", spot.line, spot.column)
    });
    let hint = fault
        .hint
        .as_ref()
        .map_or_else(String::new, |hint| format!(": {hint}"));
    let said = format!("{sign} {at}{}{hint}", fault.what);
    frame.put(row.x + 1, row.y, room, &said, role);
}

/// What can stand at the cursor, below it, or above where there is more room.
fn draw_offers(frame: &mut Frame<'_>, rows: Rect, (x, y): (u16, u16), offers: &Offers) {
    let len = offers.items.len();
    let height = u16::try_from(len).unwrap_or(OFFERED).min(OFFERED);
    let words = offers
        .items
        .iter()
        .map(|offer| text::width(&offer.word))
        .max()
        .unwrap_or(0)
        .min(32);
    let docs = offers
        .items
        .iter()
        .map(|offer| text::width(&offer.doc))
        .max()
        .unwrap_or(0);
    let screen = frame.area();
    let width = u16::try_from(words + docs + 4)
        .unwrap_or(u16::MAX)
        .clamp(16, screen.width.min(76));
    let typed = u16::try_from(offers.typed).unwrap_or(0);
    let x = x
        .saturating_sub(typed + 1)
        .min(screen.right().saturating_sub(width));
    let top = if y + 1 + height <= rows.bottom() || y < rows.y + height {
        y + 1
    } else {
        y - height
    };
    let cursor = offers.list.within(len);
    let first = offers.list.first(cursor, len, usize::from(height));
    for (y, (at, offer)) in
        (top..(top + height).min(screen.bottom())).zip(offers.items.iter().enumerate().skip(first))
    {
        let area = Rect::new(x, y, width, 1);
        let blank = " ".repeat(usize::from(width));
        frame.put(x, y, width, &blank, Role::Bar);
        let sign = if at == cursor { "▸" } else { " " };
        let word = text::pad(&offer.word, words + 1);
        let pieces = [
            (sign, Role::Key),
            (word.as_str(), Role::Title),
            (&*offer.doc, Role::Dim),
        ];
        frame.pieces(x, y, width.saturating_sub(1), &pieces);
        let role = if at == cursor {
            Role::Cursor
        } else {
            Role::Selected
        };
        frame.tint(area, role);
    }
}
