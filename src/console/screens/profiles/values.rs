//! What a profile comes to: each value, where it comes from, what it hides, who disagrees, and what one node makes of it.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::guest::Guest;
use crate::api::ConflictRow;
use crate::console::form::Effective;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{text, units};

/// Everything that the pane shows.
#[derive(Debug, Clone, Copy)]
pub struct Pane<'a> {
    /// Whose values these are.
    pub name: &'a Arc<str>,
    /// The values.
    pub values: &'a [Effective],
    /// The conflicts that the profile has a part in.
    pub conflicts: &'a [ConflictRow],
    /// The node through whose eyes they are looked at.
    pub guest: Option<&'a Guest>,
    /// The cursor.
    pub list: &'a List,
    /// Whether keys move here.
    pub focus: bool,
}

/// Where a column begins, and how wide it is.
type Column = (u16, u16);

impl Pane<'_> {
    /// Draws the rows under their headings, and one line about the one under the cursor.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        let words: &[&str] = match self.guest {
            None => &["FIELD", "EFFECTIVE", "FROM", "SHADOWED / CONFLICT"],
            Some(_) => &["FIELD", "EFFECTIVE", "FROM", "AS", "BY"],
        };
        let columns = self.columns(area);
        for ((x, cells), word) in columns.iter().zip(words) {
            let word = match self.guest {
                Some(guest) if *word == "AS" => format!("AS {}", guest.name),
                _ => (*word).to_owned(),
            };
            frame.put(*x, area.y, cells.saturating_sub(1), &word, Role::Dim);
        }
        if self.values.is_empty() {
            let text = "it says nothing yet: e sets a field";
            frame.put(
                area.x + 3,
                area.y + 1,
                area.width.saturating_sub(3),
                text,
                Role::Dim,
            );
            return;
        }
        let rows = usize::from(area.height.saturating_sub(2));
        let cursor = self.list.within(self.values.len());
        let first = self.list.first(cursor, self.values.len(), rows);
        let shown = self.values.iter().enumerate().skip(first).take(rows);
        for (y, (at, value)) in (area.y + 1..).zip(shown) {
            self.row(frame, (area.x, y), &columns, value);
            let row = Rect::new(area.x, y, area.width, 1);
            if at == cursor && self.focus {
                let inner = Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1);
                frame.tint(inner, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 1, row: at });
        }
        let left = self.values.len().saturating_sub(first + rows);
        let foot = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, 1);
        self.foot(frame, foot, self.values.get(cursor), left);
    }

    /// Widths: the last column gets what is left; a narrow pane that shows a node leaves out where the profile has a value from.
    fn columns(&self, area: Rect) -> Vec<Column> {
        let width = area.width.saturating_sub(3);
        let longest = |text: &dyn Fn(&Effective) -> usize| {
            let cells = self.values.iter().map(text).max().unwrap_or(0);
            u16::try_from(cells + 2).unwrap_or(u16::MAX)
        };
        let key = longest(&|value| text::width(&value.key)).clamp(8, width * 3 / 10);
        let rest = width - key;
        let value = longest(&|value| text::width(&value.value)).clamp(12, rest * 2 / 5);
        let from = longest(&|value| text::width(&value.from.join(", "))).clamp(8, rest / 4);
        let shares: Vec<u16> = match self.guest {
            None => vec![value, from],
            Some(_) if width < 90 => vec![value, 0, rest * 2 / 5],
            Some(_) => vec![value, from, rest / 3],
        };
        let mut columns = vec![(area.x + 3, key)];
        let mut x = area.x + 3 + key;
        for share in shares {
            columns.push((x, share));
            x += share;
        }
        columns.push((x, area.right().saturating_sub(x)));
        columns
    }

    fn row(
        &self,
        frame: &mut Frame<'_>,
        (x, y): (u16, u16),
        columns: &[Column],
        value: &Effective,
    ) {
        let own = value.from.last() == Some(self.name);
        let clash = self.clash(&value.key);
        if !clash.is_empty() {
            frame.put(x + 1, y, 1, "!", Role::Stalled);
        }
        let from = value.from.join(", ");
        let mut cells = vec![
            (value.key.to_string(), Role::Text),
            (
                text::sanitise(&value.value),
                if own { Role::Title } else { Role::Text },
            ),
            (from, Role::Key),
        ];
        if let Some(guest) = self.guest {
            let (shown, by) = guest.shown(&value.key);
            let role = if shown == value.value {
                Role::Dim
            } else {
                Role::Title
            };
            cells.extend([(text::sanitise(&shown), role), (by, Role::Key)]);
        } else if clash.is_empty() {
            cells.push((text::sanitise(&shadowed(value)), Role::Dim));
        } else {
            cells.push((text::sanitise(&clash), Role::Stalled));
        }
        for ((x, room), (text, role)) in columns.iter().zip(cells) {
            frame.put(*x, y, room.saturating_sub(1), &text, role);
        }
    }

    /// Who disagrees with a value, and how many nodes feel it; empty where nobody does.
    fn clash(&self, key: &str) -> String {
        let mine = self.conflicts.iter().filter(|one| *one.key == *key);
        let told = mine.map(|one| {
            let feel = match one.count {
                0 => "no node yet".to_owned(),
                1 => "1 node".to_owned(),
                many => format!("{} nodes", units::count(many as usize)),
            };
            if one.loses == *self.name {
                format!("{}: {} wins · {feel}", one.wins, one.value)
            } else {
                format!("{}: {} (peer) · {feel}", one.loses, one.lost)
            }
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// One line about the value under the cursor.
    fn foot(&self, frame: &mut Frame<'_>, row: Rect, value: Option<&Effective>, left: usize) {
        let mut end = row.right().saturating_sub(1);
        if left > 0 {
            end = frame.put_right(row.x, end, row.y, &format!("⋮ {left}"), Role::Dim);
        }
        let room = end.saturating_sub(row.x + 4);
        let Some(value) = value else { return };
        let (text, role) = match (self.guest, self.focus) {
            (Some(guest), _) => (self.as_guest(guest, value), Role::Key),
            (None, true) => (self.about(value), Role::Dim),
            (None, false) => match self.conflicts.first() {
                Some(one) => (format!("! {}: {}", one.key, verdict(one)), Role::Stalled),
                None => return,
            },
        };
        frame.put(row.x + 3, row.y, room, &text::sanitise(&text), role);
    }

    /// Of a conflict all of it, else what the field is for.
    fn about(&self, value: &Effective) -> String {
        let clash = self.conflicts.iter().find(|one| one.key == value.key);
        if let Some(one) = clash {
            return verdict(one);
        }
        let field = value.field;
        format!(
            "{}: {} · takes effect: {}",
            field.label,
            field.doc,
            field.effect.word()
        )
    }

    /// What the node makes of it, and why.
    fn as_guest(&self, guest: &Guest, value: &Effective) -> String {
        let who = &guest.name;
        let Some(row) = guest.value(&value.key) else {
            return if guest.is_known() {
                format!("as {who}: it does not get {}", value.key)
            } else {
                format!("as {who}: {}", guest.shown(&value.key).0)
            };
        };
        let plain = |layer: &str| layer.strip_prefix("profile ").unwrap_or(layer).to_owned();
        let more = match guest.others(self.values.iter().map(|value| &value.key)) {
            0 => String::new(),
            more => format!(" · {more} fields from elsewhere"),
        };
        let says = match &*row.source {
            "node" => "its own entry wins".to_owned(),
            source if source.contains(", ") => format!("appended in this order: {source}"),
            source => match row.hides.first() {
                Some((below, hidden)) => {
                    format!("{} wins over {}: {hidden}", plain(source), plain(below))
                }
                None => format!("{} gives it", plain(source)),
            },
        };
        format!("as {who}: {says}{more}")
    }
}

/// What a value hides; of a list whose items it is made of.
fn shadowed(value: &Effective) -> String {
    let told = |all: &[(Arc<str>, String)], between: &str| {
        let told = all.iter().map(|(layer, value)| format!("{layer}: {value}"));
        told.collect::<Vec<_>>().join(between)
    };
    match (value.shadows.as_slice(), value.parts.as_slice()) {
        ([], [] | [_]) => "—".into(),
        ([], parts) => format!("appended: {}", told(parts, " + ")),
        (shadows, _) => told(shadows, " · "),
    }
}

/// Who wins where, and why.
fn verdict(one: &ConflictRow) -> String {
    let whom = match one.count {
        0 => String::new(),
        _ => format!(" on {}", one.nodes),
    };
    format!(
        "{} wins over {}{whom}: it is listed later, and neither inherits from the other",
        one.wins, one.loses
    )
}
