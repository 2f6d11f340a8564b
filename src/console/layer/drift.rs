//! Whether a reboot would change nodes: by what, which files, and the lines in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{draw_keys, middle};
use crate::api::{DriftFile, DriftPart, DriftReport, DriftRow, FileDrift};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::{hostlist, text, units};

/// What is known of the lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// They were asked for.
    Asked,
    /// These.
    Known(Box<FileDrift>),
    /// They cannot be had; why.
    Refused(Arc<str>),
}

/// A file of a node.
pub type Spot = (Arc<str>, Arc<str>);

/// The pane.
#[derive(Debug)]
pub struct DriftPane {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    /// The nodes, as a hostlist.
    pub names: Arc<str>,
    report: Option<Box<DriftReport>>,
    refused: Option<Arc<str>>,
    /// Files whose lines are shown.
    open: BTreeMap<Spot, Lines>,
    list: List,
}

/// A line: what it says, its role, and the file that it is about.
type Line = (String, Role, Option<Spot>);

impl DriftPane {
    /// For nodes of which an answer is on its way.
    #[must_use]
    pub fn new(serial: u64, names: Arc<str>) -> Self {
        Self {
            serial,
            names,
            report: None,
            refused: None,
            open: BTreeMap::new(),
            list: List::default(),
        }
    }

    /// The answer.
    pub fn came(&mut self, report: DriftReport) {
        self.report = Some(Box::new(report));
    }

    /// There will be none; why.
    pub fn lost(&mut self, why: &str) {
        if self.report.is_none() {
            self.refused.get_or_insert_with(|| why.into());
        }
        for lines in self.open.values_mut() {
            if *lines == Lines::Asked {
                *lines = Lines::Refused(why.into());
            }
        }
    }

    /// What became of the question for the lines of a file.
    pub fn lines_came(&mut self, spot: &Spot, lines: Lines) {
        if let Some(known) = self.open.get_mut(spot) {
            *known = lines;
        }
    }

    /// Enter: shows the lines of the file under the cursor, or no more. The file, if its lines have to be asked for.
    pub fn toggle(&mut self) -> Option<Spot> {
        let lines = self.shown();
        let at = self.list.within(lines.len());
        let spot = lines.into_iter().nth(at)?.2?;
        if self.open.remove(&spot).is_some() {
            // The cursor goes to the file that the lines were of.
            let lines = self.shown();
            let of = lines.iter().position(|line| line.2.as_ref() == Some(&spot));
            self.list.at = of.unwrap_or(at);
            return None;
        }
        self.open.insert(spot.clone(), Lines::Asked);
        Some(spot)
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: Move) {
        let len = self.shown().len();
        self.list.at = by.from(self.list.within(len), len);
    }

    /// Puts the cursor on a row; whether it was there.
    pub fn click(&mut self, row: usize) -> bool {
        std::mem::replace(&mut self.list.at, row) == row
    }

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.shown().into_iter();
        lines.map(|(line, ..)| line + "\n").collect()
    }

    fn shown(&self) -> Vec<Line> {
        let Some(report) = &self.report else {
            let text = self.refused.as_deref().unwrap_or("looking …");
            return vec![(text.to_owned(), Role::Dim, None)];
        };
        let mut lines = Vec::new();
        for row in &report.rows {
            if !lines.is_empty() {
                lines.push((String::new(), Role::Text, None));
            }
            self.group(row, &mut lines);
        }
        if report.idle > 0 {
            let (count, verb) = match report.idle {
                1 => ("1 node".to_owned(), "is"),
                many => (format!("{} nodes", units::count(many as usize)), "are"),
            };
            let line = format!("{count} {verb} not up: nothing runs there that could be compared");
            lines.push((line, Role::Dim, None));
        }
        lines
    }

    fn group(&self, row: &DriftRow, lines: &mut Vec<Line>) {
        let mut say = |text: String, role| lines.push((text, role, None));
        let (said, role) = verdict(row);
        say(format!("{}  {said}", row.nodes), role);
        if let Some(why) = &row.why {
            for line in text::wrap(why, 90) {
                say(format!("  {line}"), Role::Text);
            }
        }
        for part in &row.parts {
            for (line, role) in piece(part) {
                say(line, role);
            }
        }
        let first = hostlist::expand(&row.nodes).unwrap_or_default();
        let first: Arc<str> = first.first().map_or("", String::as_str).into();
        for file in &row.files {
            self.file(&first, file, lines);
        }
        if !row.settings.is_empty() {
            lines.push((
                "  settings that changed since they booted".into(),
                Role::Dim,
                None,
            ));
        }
        for setting in &row.settings {
            let value = |value: &Option<Arc<str>>| value.as_deref().unwrap_or("—").to_owned();
            let (runs, next) = (value(&setting.runs), value(&setting.next));
            let line = format!("    {}  {runs} → {next}", setting.key);
            lines.push((line, Role::Dim, None));
        }
    }

    fn file(&self, node: &Arc<str>, file: &DriftFile, lines: &mut Vec<Line>) {
        let spot = (node.clone(), file.path.clone());
        let open = self.open.get(&spot);
        let sign = if open.is_some() { "▾" } else { "▸" };
        let what = file.what.join(", ");
        let line = format!("  {sign} {}  {what}  overlay {}", file.path, file.overlay);
        lines.push((line, Role::Text, Some(spot.clone())));
        let mut say = |text: &str, role| {
            let line = format!("      {}", text::sanitise(text));
            lines.push((line, role, Some(spot.clone())));
        };
        match open {
            None => {}
            Some(Lines::Asked) => say("asking …", Role::Dim),
            Some(Lines::Refused(why)) => say(why, Role::Failed),
            Some(Lines::Known(found)) => {
                if let Some(hidden) = &found.hidden {
                    say(hidden, Role::Dim);
                }
                for line in found.diff.lines() {
                    say(line, role_of(line));
                }
                if found.diff.is_empty() && found.hidden.is_none() {
                    say("its content is the same", Role::Dim);
                }
            }
        }
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let lines = self.shown();
        let width = body.width.saturating_sub(2).min(120);
        let height = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(4);
        let title = format!("would a reboot change {}?", self.names);
        let inner = frame.window(
            middle(body, width, height.clamp(8, body.height.max(8))),
            &title,
        );
        let rows = inner.height.saturating_sub(2);
        let cursor = self.list.within(lines.len());
        let first = self.list.first(cursor, lines.len(), usize::from(rows));
        let visible = lines.iter().enumerate().skip(first);
        for (y, (at, (line, role, _))) in (inner.y..inner.y + rows).zip(visible) {
            frame.put(inner.x, y, inner.width, line, *role);
            let area = Rect::new(inner.x, y, inner.width, 1);
            frame.hit(area, Hit::Row { pane: 0, row: at });
            if at == cursor {
                frame.tint(area, Role::Cursor);
            }
        }
        let keys = [
            ("⏎", "lines of the file", Act::FileLines),
            ("y", "copy", Act::Copy),
            ("Esc", "close", Act::Close),
        ];
        let y = inner.bottom().saturating_sub(1);
        draw_keys(frame, (inner.x, y), inner.right(), &keys);
    }
}

fn verdict(row: &DriftRow) -> (String, Role) {
    let them = if row.count == 1 { "it" } else { "them" };
    match &*row.drift {
        "yes" => (format!("a reboot would change {them}"), Role::Stalled),
        "no" => (format!("a reboot would not change {them}"), Role::Good),
        "looking" => ("being looked at".into(), Role::Dim),
        _ => ("not known".into(), Role::Dim),
    }
}

/// A part that differs: what runs, what would boot.
fn piece(part: &DriftPart) -> Vec<(String, Role)> {
    let DriftPart { part, runs, next } = part;
    let arguments = &**part == "args";
    let side = |value: &Option<Arc<str>>| match value {
        Some(value) => Some(value.to_string()),
        None if arguments => None,
        None => Some("none".into()),
    };
    let word = text::pad(part, 10);
    let line = |sign: char, value: String| format!("  {word} {sign} {value}");
    let runs = side(runs).map(|value| (line('-', value), Role::Failed));
    let next = side(next).map(|value| (line('+', value), Role::Good));
    runs.into_iter().chain(next).collect()
}

/// The role of a line of a diff.
fn role_of(line: &str) -> Role {
    match line.as_bytes().first() {
        Some(b'-') => Role::Failed,
        Some(b'+') => Role::Good,
        Some(b'@' | b'\\') => Role::Dim,
        _ => Role::Text,
    }
}
