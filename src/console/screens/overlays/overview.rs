//! An overlay as a whole: what it is for, where it comes from, who uses it, what is wrong with it.

use ratatui::layout::Rect;

use super::{Overlays, Pane};
use crate::api::{Origin, OverlayDetail, User};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::kit::{text, units};
use crate::model::{Fault, Level};

/// One row that the cursor can be on.
#[derive(Debug, Clone, Copy)]
pub enum Line<'a> {
    /// Somebody who lists it.
    User(&'a User),
    /// Something wrong with it.
    Fault(&'a Fault),
}

impl Overlays {
    pub(super) fn overview_len(&self) -> usize {
        let detail = self.detail();
        detail.map_or(0, |detail| detail.faults.len() + detail.users.len())
    }

    /// What is wrong comes first.
    pub(super) fn overview_at(&self, at: usize) -> Option<Line<'_>> {
        let detail = self.detail()?;
        match at.checked_sub(detail.faults.len()) {
            None => detail.faults.get(at).map(Line::Fault),
            Some(at) => detail.users.get(at).map(Line::User),
        }
    }

    pub(super) fn draw_overview(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some(name) = &self.overlay else { return };
        let room = area.width.saturating_sub(3);
        let x = area.x + 2;
        let title = if self.pane == Pane::Template {
            Role::Title
        } else {
            Role::Text
        };
        frame.put(x, area.y, room, name, title);
        let Some(detail) = self.detail() else {
            let refused = self.looked.refused(name).or(self.opened.refused(name));
            let (text, role) = match refused {
                Some(why) => (format!("✗ {why}"), Role::Failed),
                None => ("asking …".to_owned(), Role::Dim),
            };
            frame.put(x, area.y + 1, room, &text, role);
            return;
        };
        let mut y = area.y + 1;
        for (line, role) in about(detail, usize::from(room)) {
            if y + 4 >= area.bottom() {
                break;
            }
            frame.put(x, y, room, &line, role);
            y += 1;
        }
        let below = Rect::new(
            area.x,
            y + 1,
            area.width,
            area.bottom().saturating_sub(y + 1),
        );
        self.draw_lines(frame, below, detail);
    }

    /// Faults and users, each with a heading.
    fn draw_lines(&self, frame: &mut Frame<'_>, area: Rect, detail: &OverlayDetail) {
        let room = area.width.saturating_sub(3);
        let rows = self.overview_rows(detail, usize::from(room));
        let len = self.overview_len();
        let cursor = self.overview.within(len);
        let height = usize::from(area.height);
        let of = |row: &Told| row.of == Some(cursor);
        let last = rows.iter().rposition(of).unwrap_or(0);
        let _with_all_of_it = self.overview.first(last, rows.len(), height);
        // The heading of the first one is seen with it.
        let begins = rows.iter().position(of).filter(|_| cursor > 0).unwrap_or(0);
        let first = self.overview.first(begins, rows.len(), height);
        for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(first)) {
            let pieces: Vec<(&str, Role)> = row
                .pieces
                .iter()
                .map(|(text, role)| (&**text, *role))
                .collect();
            frame.pieces(area.x + 2, y, room, &pieces);
            let Some(at) = row.of else { continue };
            let line = Rect::new(area.x, y, area.width, 1);
            if at == cursor && self.pane == Pane::Template {
                frame.tint(
                    Rect::new(line.x + 1, y, line.width.saturating_sub(2), 1),
                    Role::Cursor,
                );
            }
            frame.hit(line, Hit::Row { pane: 1, row: at });
        }
    }

    /// The rows, headings and gaps among them.
    fn overview_rows(&self, detail: &OverlayDetail, cells: usize) -> Vec<Told> {
        let heading = |text: &str| Told {
            of: None,
            pieces: vec![(text.to_owned(), Role::Dim)],
        };
        let mut rows = Vec::new();
        for at in 0..self.overview_len() {
            let Some(line) = self.overview_at(at) else {
                continue;
            };
            if at == 0 && !detail.faults.is_empty() {
                rows.push(heading("WHAT IS WRONG"));
            }
            if at == detail.faults.len() {
                if at > 0 {
                    rows.push(heading(""));
                }
                rows.push(heading("WHO LISTS IT"));
            }
            match line {
                Line::Fault(fault) => {
                    let (sign, role) = match fault.level {
                        Level::Error => ("✗ ", Role::Failed),
                        _ => ("! ", Role::Stalled),
                    };
                    let told = told(fault);
                    let hint = fault
                        .hint
                        .as_ref()
                        .map_or_else(String::new, |hint| format!(": {hint}"));
                    let wrapped = text::wrap(&format!("{told}{hint}"), cells.saturating_sub(2));
                    rows.extend(wrapped.into_iter().enumerate().map(|(piece, line)| {
                        let sign = if piece == 0 { sign } else { "  " };
                        Told {
                            of: Some(at),
                            pieces: vec![(sign.to_owned(), role), (line, role)],
                        }
                    }));
                }
                Line::User(user) => rows.push(Told {
                    of: Some(at),
                    pieces: user_pieces(user, cells),
                }),
            }
        }
        if detail.users.is_empty() {
            if !rows.is_empty() {
                rows.push(heading(""));
            }
            rows.push(heading("NOBODY LISTS IT"));
        }
        rows
    }
}

/// A row: which of those that the cursor can be on, and what it says.
struct Told {
    of: Option<usize>,
    pieces: Vec<(String, Role)>,
}

fn user_pieces(user: &User, cells: usize) -> Vec<(String, Role)> {
    let kind = if user.system { "system" } else { "runtime" };
    let nodes = match user.nodes {
        1 => "1 node".to_owned(),
        many => format!("{} nodes", units::count(many as usize)),
    };
    vec![
        (text::pad(&user.who, (cells / 2).clamp(12, 32)), Role::Key),
        (format!(" {}", text::pad(kind, 9)), Role::Dim),
        (nodes, Role::Text),
    ]
}

/// A fault of an overlay by its file and line.
pub fn told(fault: &Fault) -> String {
    match &fault.spot {
        Some(spot) => {
            let file = spot.file.rsplit('/').next().unwrap_or_default();
            format!("{file}:{}:{} {}", spot.line, spot.column, fault.what)
        }
        None => fault.what.clone(),
    }
}

/// What is to be said of it before the rows.
fn about(detail: &OverlayDetail, cells: usize) -> Vec<(String, Role)> {
    let item = &detail.item;
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |text: &str, role| {
        let wrapped = text::wrap(&text::sanitise(text), cells);
        lines.extend(wrapped.into_iter().map(|line| (line, role)));
    };
    if !item.about.is_empty() {
        say(&item.about, Role::Text);
    }
    let (origin, role) = origin(detail);
    say(&origin, role);
    let templates = match item.templates {
        0 => String::new(),
        1 => ", 1 of them a template".into(),
        many => format!(", {many} of them templates"),
    };
    let files = match item.files {
        1 => "1 file".to_owned(),
        many => format!("{} files", units::count(many as usize)),
    };
    let gets = |count: u32, when: &str| match count {
        0 => String::new(),
        1 => format!(" · 1 node gets it {when}"),
        many => format!(" · {} nodes get it {when}", units::count(many as usize)),
    };
    let system = gets(item.system, "at boot");
    let runtime = gets(item.runtime, "while it runs");
    let runtime = if item.runtime > 1 {
        runtime.replace("it runs", "they run")
    } else {
        runtime
    };
    say(&format!("{files}{templates}{system}{runtime}"), Role::Dim);
    lines
}

/// Where it comes from, and how it stands to what is shipped.
fn origin(detail: &OverlayDetail) -> (String, Role) {
    let folder = &detail.folder;
    match (detail.item.origin, detail.item.behind) {
        (Origin::Shipped, _) => {
            let text = format!("shipped with muster; the first edit makes a copy in {folder}");
            (text, Role::Dim)
        }
        (Origin::Site, _) => (format!("of this site, in {folder}"), Role::Dim),
        (Origin::Copy, None | Some((0, 0))) => {
            let text = format!("site copy of a shipped one, as shipped, in {folder}");
            (text, Role::Dim)
        }
        (Origin::Copy, Some((gone, come))) => {
            let all = gone + come;
            let lines = if all == 1 { "line" } else { "lines" };
            let by = format!("it differs by {all} {lines} (-{gone} +{come}), d shows them");
            (
                format!("site copy of a shipped one, in {folder}: {by}"),
                Role::Stalled,
            )
        }
    }
}
