//! How the settings are drawn: sections at the left, their settings beside them, the one under the cursor explained below.

use ratatui::layout::Rect;

use super::super::World;
use super::{BESIDE, Section, Settings, odd};
use crate::api::SettingRow;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::kit::text;

/// Cells of the sections.
const LEFT: u16 = 20;
/// From this width on a setting takes one row.
const TABLE: u16 = 90;
/// Rows that explain the setting under the cursor.
const BELOW: u16 = 4;

/// When a change takes effect, or that nothing is done with it.
pub fn effect(row: &SettingRow) -> &str {
    if row.acted_on {
        &row.effect
    } else {
        "not acted on yet"
    }
}

/// Who set it, in short.
fn who(row: &SettingRow) -> String {
    match (&row.last, row.set) {
        (Some(last), true) => format!("r{} {}", last.revision, last.by),
        (Some(last), false) => format!("unset r{} {}", last.revision, last.by),
        (None, true) => "the file".into(),
        (None, false) => "—".into(),
    }
}

/// A text, or a dash for none.
fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

impl Settings {
    /// Draws it.
    pub fn draw(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        self.spot.set(None);
        if self.rows.is_none() {
            frame.put(
                body.x + 2,
                body.y + 1,
                body.width,
                "asking the server …",
                Role::Dim,
            );
            return;
        }
        let sections = self.sections(world);
        let height = body.height.saturating_sub(1);
        self.drift(world, frame, body);
        let body = Rect::new(body.x, body.y + 1, body.width, height);
        if body.width < BESIDE {
            if self.outside {
                self.draw_sections(frame, body, &sections);
            } else {
                self.draw_settings(world, frame, body, &sections);
            }
            return;
        }
        self.draw_sections(
            frame,
            Rect::new(body.x, body.y, LEFT, body.height),
            &sections,
        );
        for y in body.top()..body.bottom() {
            frame.put(body.x + LEFT, y, 1, "│", Role::Line);
        }
        let width = body.width - LEFT - 1;
        let right = Rect::new(body.x + LEFT + 1, body.y, width, body.height);
        self.draw_settings(world, frame, right, &sections);
    }

    /// The first row: what the file says and the servers do not do, faults of the file, changes made outside of muster.
    fn drift(&self, world: &World<'_>, frame: &mut Frame<'_>, body: Rect) {
        let rows: Vec<&SettingRow> = self.rows.iter().flatten().collect();
        let mut pieces: Vec<(String, Role)> = Vec::new();
        let faults = &world.mirror.head.faults;
        let ours = |file: &str| file.ends_with("muster.conf");
        let mut bad = faults
            .iter()
            .filter(|fault| fault.spot.as_ref().is_some_and(|spot| ours(&spot.file)));
        if let Some(fault) = bad.next() {
            pieces.push((format!("✗ {fault}"), Role::Failed));
        }
        let waits: Vec<&&SettingRow> = rows.iter().filter(|row| row.running.is_some()).collect();
        match waits.as_slice() {
            [] => {}
            [row] => {
                let runs = row.running.as_deref().unwrap_or_default();
                let text = format!(
                    "! not in force: {} {} → {}",
                    row.key,
                    or_dash(runs),
                    or_dash(&row.value)
                );
                pieces.push((text, Role::Stalled));
            }
            rows => pieces.push((
                format!("! {} settings are not in force", rows.len()),
                Role::Stalled,
            )),
        }
        let newest = rows
            .iter()
            .filter_map(|row| row.last.as_ref())
            .max_by_key(|last| last.revision);
        if let Some(last) = newest.filter(|last| last.by.starts_with("by hand")) {
            let same = |row: &&&SettingRow| {
                row.last
                    .as_ref()
                    .is_some_and(|other| other.revision == last.revision)
            };
            let keys = match rows.iter().filter(same).count() {
                1 => "1 key".to_owned(),
                keys => format!("{keys} keys"),
            };
            let text = format!(
                "the file changed outside muster in r{}: {keys}, in force now",
                last.revision
            );
            pieces.push((text, Role::Text));
        }
        if pieces.is_empty() {
            pieces.push(("all of muster.conf is in force".into(), Role::Dim));
        }
        let mut x = body.x + 1;
        for (at, (text, role)) in pieces.iter().enumerate() {
            let room = body.right().saturating_sub(x + 1);
            let dot = if at > 0 { "  ·  " } else { "" };
            x = frame.pieces(x, body.y, room, &[(dot, Role::Line), (text, *role)]);
        }
    }

    fn draw_sections(&self, frame: &mut Frame<'_>, area: Rect, sections: &[Section]) {
        let cursor = self.section(sections);
        let rows = usize::from(area.height);
        let first = self.sections.first(cursor, sections.len(), rows);
        for (y, (at, section)) in
            (area.y..area.bottom()).zip(sections.iter().enumerate().skip(first))
        {
            let here = at == cursor;
            let sign = if here { "▾ " } else { "▸ " };
            let role = if here { Role::Title } else { Role::Text };
            let room = area.width.saturating_sub(2);
            frame.pieces(
                area.x + 1,
                y,
                room,
                &[(sign, Role::Line), (&section.title, role)],
            );
            let (told, role) = match (section.odd, section.set) {
                (0, 0) => (String::new(), Role::Dim),
                (0, set) => (format!(" {set}"), Role::Dim),
                (odd, _) => (format!(" !{odd}"), Role::Stalled),
            };
            let end = area.right().saturating_sub(1);
            frame.put_right(area.x + 3, end, y, &told, role);
            let row = Rect::new(area.x, y, area.width, 1);
            if here && self.outside {
                frame.tint(Rect::new(area.x + 1, y, room, 1), Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
    }

    fn draw_settings(
        &self,
        world: &World<'_>,
        frame: &mut Frame<'_>,
        area: Rect,
        sections: &[Section],
    ) {
        let section = sections.get(self.section(sections));
        let title = match section {
            _ if !Self::words(world).is_empty() => "all sections",
            Some(section) => &section.title,
            None => "",
        };
        let mut pieces = vec![
            (title.to_owned(), Role::Title),
            ("  ".to_owned(), Role::Text),
        ];
        pieces.extend(Self::health(world, frame, title));
        let shown: Vec<(&str, Role)> = pieces
            .iter()
            .map(|(text, role)| (text.as_str(), *role))
            .collect();
        frame.pieces(area.x + 1, area.y, area.width.saturating_sub(2), &shown);
        let rows = self.shown(world);
        if rows.is_empty() {
            let text = "no setting has these words: Esc drops the filter";
            frame.put(area.x + 2, area.y + 1, area.width, text, Role::Dim);
            return;
        }
        let body = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(BELOW + 1),
        );
        if area.width < TABLE {
            self.draw_pairs(frame, body, &rows);
        } else {
            self.draw_table(frame, body, &rows);
        }
        let below = Rect::new(
            area.x,
            area.bottom().saturating_sub(BELOW),
            area.width,
            BELOW,
        );
        if let Some(row) = rows.get(self.list.within(rows.len())) {
            explain(frame, below, row);
        }
    }

    /// One row each, with headings.
    fn draw_table(&self, frame: &mut Frame<'_>, area: Rect, rows: &[&SettingRow]) {
        let longest = rows
            .iter()
            .map(|row| text::width(&row.key))
            .max()
            .unwrap_or(0);
        let key = u16::try_from(longest)
            .unwrap_or(u16::MAX)
            .clamp(8, area.width / 3)
            + 2;
        let widest = |of: fn(&SettingRow) -> usize| {
            let cells = rows.iter().map(|row| of(row)).max().unwrap_or(0);
            u16::try_from(cells).unwrap_or(u16::MAX).clamp(8, 25) + 1
        };
        let by = widest(|row| text::width(&who(row)));
        let when = widest(|row| text::width(effect(row)));
        let left = area.width.saturating_sub(key + by + when + 3);
        let value = left * 3 / 5;
        let cells = [key, value, left - value, by, when];
        let words = ["KEY", "VALUE", "DEFAULT", "SET BY", "EFFECT"];
        let mut x = area.x + 2;
        for (cells, word) in cells.into_iter().zip(words) {
            frame.put(x, area.y, cells, word, Role::Dim);
            x += cells;
        }
        let body = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        self.each(frame, body, rows, 1, |frame, at, row| {
            let set = if row.set { Role::Title } else { Role::Dim };
            let texts = [
                (&*row.key, Role::Text),
                (or_dash(&row.value), set),
                (or_dash(&row.default), Role::Dim),
                (&*who(row), Role::Dim),
                (
                    effect(row),
                    if row.acted_on { Role::Dim } else { Role::Line },
                ),
            ];
            let mut x = at.x + 2;
            for (cells, (text, role)) in cells.into_iter().zip(texts) {
                frame.put(x, at.y, cells.saturating_sub(1), text, role);
                x += cells;
            }
            Rect::new(at.x + 2 + key, at.y, value.saturating_sub(1), 1)
        });
    }

    /// Two rows each, where the screen is narrow: key and value; default, who, effect.
    fn draw_pairs(&self, frame: &mut Frame<'_>, area: Rect, rows: &[&SettingRow]) {
        self.each(frame, area, rows, 2, |frame, at, row| {
            let key = at.width / 3;
            let set = if row.set { Role::Title } else { Role::Dim };
            frame.put(at.x + 2, at.y, key, &row.key, Role::Text);
            let x = at.x + 3 + key;
            let room = at.right().saturating_sub(x + 1);
            frame.put(x, at.y, room, or_dash(&row.value), set);
            let more = format!(
                "default {} · {} · {}",
                or_dash(&row.default),
                who(row),
                effect(row)
            );
            frame.put(
                at.x + 4,
                at.y + 1,
                at.width.saturating_sub(6),
                &more,
                Role::Dim,
            );
            Rect::new(x, at.y, room, 1)
        });
    }

    /// Draws each setting in view over `tall` rows; `draw` gives where the value is.
    fn each(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        rows: &[&SettingRow],
        tall: u16,
        draw: impl Fn(&mut Frame<'_>, Rect, &SettingRow) -> Rect,
    ) {
        let cursor = self.list.within(rows.len());
        let room = usize::from(area.height / tall);
        let first = self.list.first(cursor, rows.len(), room);
        for (line, (at, row)) in rows.iter().enumerate().skip(first).take(room).enumerate() {
            let y = area.y + u16::try_from(line).unwrap_or(0) * tall;
            let place = Rect::new(area.x, y, area.width, tall);
            let spot = draw(frame, place, row);
            if odd(row) {
                let role = if row.faults.is_empty() {
                    Role::Stalled
                } else {
                    Role::Failed
                };
                frame.put(
                    place.x,
                    y,
                    1,
                    if row.faults.is_empty() { "!" } else { "✗" },
                    role,
                );
            }
            frame.hit(place, Hit::Row { pane: 1, row: at });
            if at == cursor {
                self.spot.set(Some(spot));
                if !self.outside {
                    let width = place.width.saturating_sub(2);
                    frame.tint(Rect::new(place.x + 1, y, width, 1), Role::Cursor);
                }
            }
        }
    }
}

/// The setting under the cursor in words: what it is for, what a value looks like, what is odd about it.
fn explain(frame: &mut Frame<'_>, area: Rect, row: &SettingRow) {
    frame.rule(area.x, area.y, area.width);
    let title = format!(" {} ", row.key);
    frame.put(
        area.x + 2,
        area.y,
        area.width.saturating_sub(4),
        &title,
        Role::Text,
    );
    let room = area.width.saturating_sub(3);
    frame.put(area.x + 2, area.y + 1, room, &row.doc, Role::Text);
    let choices = if row.choices.is_empty() {
        row.kind.to_string()
    } else {
        row.choices.join(" · ")
    };
    let line = row
        .line
        .map(|line| format!(" · line {line}"))
        .unwrap_or_default();
    let looks = format!("{choices} · takes effect {}{line}", effect(row));
    frame.put(area.x + 2, area.y + 2, room, &looks, Role::Dim);
    let (told, role) = match (&row.faults.first(), &row.running) {
        (Some(fault), _) => (format!("✗ {fault}"), Role::Failed),
        (None, Some(running)) => {
            let text = format!("! the servers still run with {}", or_dash(running));
            (text, Role::Stalled)
        }
        _ => return,
    };
    frame.put(area.x + 2, area.y + 3, room, &told, role);
}
