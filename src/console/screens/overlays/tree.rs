//! The list at the left: overlays, and below the open one its folders and files.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::api::{FileKind, FileRow, Origin, OverlayItem, Standing};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{text, units};

/// Cells that the name of an overlay has at least before what is told beside it.
const NAME: u16 = 10;
/// Cells of the column that counts nodes.
const NODES: u16 = 6;
/// From this width on it is said beside the nodes when they get it.
const WHEN: u16 = 40;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An overlay, by its place among all.
    Overlay(usize),
    /// A path of the open one, by its place among its files.
    Path {
        /// Which.
        at: usize,
        /// How deep it lies.
        depth: usize,
        /// What it is called there: folders that hold nothing but one folder are told with it.
        label: String,
    },
}

/// What there is to be listed.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Every overlay.
    pub items: &'a [OverlayItem],
    /// The one whose files are shown.
    pub open: Option<&'a Arc<str>>,
    /// Its files.
    pub files: &'a [FileRow],
    /// Folders of it whose content is not shown.
    pub folded: &'a HashSet<Arc<str>>,
    /// Words that all have to be in a name or a path.
    pub words: &'a str,
}

impl Source<'_> {
    fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.words
            .split_whitespace()
            .all(|word| text.contains(word))
    }

    /// The rows. Of a search overlays whose names fit come first, then those of which only what is said of them does.
    pub fn rows(&self) -> Vec<Row> {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (at, item) in self.items.iter().enumerate() {
            let named = self.fits(&item.name);
            let open = self.open == Some(&item.name);
            let below = match open {
                true if named => self.branches(),
                true => self.found(),
                false => Vec::new(),
            };
            let rows = if named { &mut first } else { &mut second };
            if named || !below.is_empty() || self.fits(&item.about) {
                rows.push(Row::Overlay(at));
                rows.extend(below);
            }
        }
        first.append(&mut second);
        first
    }

    /// Files of the open overlay that fit, wherever they are.
    fn found(&self) -> Vec<Row> {
        let of = |(at, row): (usize, &FileRow)| Row::Path {
            at,
            depth: 0,
            label: row.path.to_string(),
        };
        let files = self.files.iter().enumerate();
        let found = files.filter(|(_, row)| row.kind != FileKind::Folder && self.fits(&row.path));
        found.map(of).collect()
    }

    fn branches(&self) -> Vec<Row> {
        let known: HashSet<&str> = self.files.iter().map(|row| &*row.path).collect();
        // What lies in a folder that is not listed hangs from the one above that is.
        let above = |path: &str| -> usize {
            let mut above = parent(path);
            while let Some(folder) = above.filter(|folder| !known.contains(folder)) {
                above = parent(folder);
            }
            above.map_or(0, str::len)
        };
        let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, row) in self.files.iter().enumerate() {
            children
                .entry(&row.path[..above(&row.path)])
                .or_default()
                .push(at);
        }
        let mut rows = Vec::new();
        let mut waiting: Vec<(usize, usize, String)> = Vec::new();
        let push = |waiting: &mut Vec<(usize, usize, String)>, of: &str, depth: usize| {
            for at in children.get(of).into_iter().flatten().rev() {
                waiting.push((*at, depth, String::new()));
            }
        };
        push(&mut waiting, "", 0);
        while let Some((at, depth, before)) = waiting.pop() {
            let row = &self.files[at];
            let name = row.path[above(&row.path)..].trim_start_matches('/');
            let label = format!("{before}{name}");
            let inside = children.get(&*row.path).map_or(&[][..], Vec::as_slice);
            let folder = |at: &usize| self.files[*at].kind == FileKind::Folder;
            match inside {
                // A folder with nothing but one folder in it is not worth a row.
                [only] if row.kind == FileKind::Folder && folder(only) => {
                    waiting.push((*only, depth, format!("{label}/")));
                    continue;
                }
                _ => {}
            }
            rows.push(Row::Path { at, depth, label });
            if !self.folded.contains(&row.path) {
                push(&mut waiting, &row.path, depth + 1);
            }
        }
        rows
    }
}

/// The folder that a path lies in.
pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(folder, _)| folder)
}

/// Owner, and permission bits as four digits: `root 0644`, `munge`'s number else: `998:998 0400`.
pub fn rights(mode: u32, uid: u32, gid: u32) -> String {
    match (uid, gid) {
        (0, 0) => format!("root {mode:04o}"),
        _ => format!("{uid}:{gid} {mode:04o}"),
    }
}

/// How it is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The cursor.
    pub list: &'a List,
    /// Whether keys move here.
    pub focus: bool,
}

/// Draws the rows under their heading.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    source: &Source<'_>,
    rows: &[Row],
    shown: Shown<'_>,
) {
    let wide = from_cells(source.items, area.width);
    let end = area.right().saturating_sub(1);
    let title = if shown.focus { Role::Title } else { Role::Dim };
    frame.put(area.x + 2, area.y, area.width, "OVERLAY", title);
    let when = if area.width >= WHEN { 3 } else { 0 };
    frame.put_right(area.x, end - when, area.y, "NODES", Role::Dim);
    let nodes = end.saturating_sub(NODES + when);
    if wide > 0 {
        frame.put(nodes.saturating_sub(wide), area.y, wide, "FROM", Role::Dim);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let cursor = shown.list.within(rows.len());
    let first = shown.list.first(cursor, rows.len(), height);
    for (y, (at, row)) in (area.y + 1..).zip(rows.iter().enumerate().skip(first).take(height)) {
        let line = Rect::new(area.x, y, area.width, 1);
        match row {
            Row::Overlay(of) => {
                if let Some(item) = source.items.get(*of) {
                    let open = source.open == Some(&item.name);
                    overlay(frame, line, item, open, (nodes, wide));
                }
            }
            Row::Path { at, depth, label } => {
                if let Some(file) = source.files.get(*at) {
                    let folded = source.folded.contains(&file.path);
                    path(frame, line, file, (*depth, label), folded);
                }
            }
        }
        if at == cursor {
            frame.put(line.x, y, 1, "▌", Role::Text);
            if shown.focus {
                frame.tint(
                    Rect::new(line.x + 1, y, line.width.saturating_sub(1), 1),
                    Role::Cursor,
                );
            }
        }
        frame.hit(line, Hit::Row { pane: 0, row: at });
    }
    if rows.is_empty() {
        nothing(frame, area, source.words);
    }
    let left = rows.len().saturating_sub(first + height);
    if left > 0 {
        let more = format!(" ⋮ {left}");
        let y = area.bottom().saturating_sub(1);
        frame.put_right(area.x, end, y, &more, Role::Dim);
    }
}

fn nothing(frame: &mut Frame<'_>, area: Rect, words: &str) {
    let text = if words.is_empty() {
        "there is no overlay"
    } else {
        "nothing of that name: Esc drops the filter"
    };
    let room = area.width.saturating_sub(3);
    frame.put(area.x + 2, area.y + 1, room, text, Role::Dim);
}

/// Cells of the column that says where overlays come from; none where there is no room.
fn from_cells(items: &[OverlayItem], width: u16) -> u16 {
    let longest = items.iter().map(|item| text::width(&from(item).0)).max();
    let cells = u16::try_from(longest.unwrap_or(0))
        .unwrap_or(u16::MAX)
        .clamp(4, 12);
    if width > NAME + cells + NODES + 4 {
        cells
    } else {
        0
    }
}

/// Where an overlay comes from, in a word or two.
fn from(item: &OverlayItem) -> (String, Role) {
    match (item.origin, item.behind) {
        (Origin::Shipped, _) => ("shipped".into(), Role::Dim),
        (Origin::Site, _) => ("site".into(), Role::Text),
        (Origin::Copy, None | Some((0, 0))) => ("copy".into(), Role::Text),
        (Origin::Copy, Some((gone, come))) => (format!("copy ±{}", gone + come), Role::Stalled),
    }
}

fn overlay(
    frame: &mut Frame<'_>,
    line: Rect,
    item: &OverlayItem,
    open: bool,
    (nodes, wide): (u16, u16),
) {
    let sign = if open { "▾ " } else { "▸ " };
    let end = line.right().saturating_sub(1);
    let count = item.system.max(item.runtime) as usize;
    let (told, role) = match count {
        0 => ("·".to_owned(), Role::Dim),
        count => (units::count(count), Role::Text),
    };
    let when = if line.width >= WHEN { 3 } else { 0 };
    frame.put_right(nodes, end - when, line.y, &told, role);
    if when > 0 {
        let word = match (item.system, item.runtime) {
            (_, 0) => "",
            (0, _) => "r",
            (_, _) => "s+r",
        };
        frame.put(end - when, line.y, when, &format!("{word:>3}"), Role::Dim);
    }
    let mut until = nodes;
    if wide > 0 {
        let (word, role) = from(item);
        until = nodes.saturating_sub(wide);
        frame.put(until, line.y, wide, &word, role);
    }
    let fault = match item.faults {
        0 => String::new(),
        1 => " ✗".into(),
        many => format!(" ✗{many}"),
    };
    let room = until.saturating_sub(line.x + 2);
    let name = room.saturating_sub(u16::try_from(text::width(&fault)).unwrap_or(0) + 2);
    let role = if item.system + item.runtime > 0 {
        Role::Title
    } else {
        Role::Text
    };
    let x = frame.put(line.x + 1, line.y, 2, sign, Role::Line);
    let x = frame.put(x, line.y, name, &item.name, role);
    frame.put(x, line.y, until.saturating_sub(x + 1), &fault, Role::Failed);
}

fn path(frame: &mut Frame<'_>, line: Rect, file: &FileRow, label: (usize, &str), folded: bool) {
    let (depth, label) = label;
    let indent = u16::try_from(depth.min(12) * 2).unwrap_or(0) + 3;
    let (sign, role) = match (&file.kind, file.standing) {
        (_, Standing::Missing) => ("- ", Role::Dim),
        (FileKind::Folder, _) if folded => ("▸ ", Role::Text),
        (FileKind::Folder, _) => ("▾ ", Role::Text),
        (_, Standing::Changed) => ("≠ ", Role::Stalled),
        (_, Standing::Added) => ("+ ", Role::Good),
        (FileKind::Template(_), _) => ("◇ ", Role::Key),
        _ => ("  ", Role::Text),
    };
    let end = line.right().saturating_sub(1);
    let rights = rights(file.mode, file.uid, file.gid);
    let wide = u16::try_from(text::width(&rights)).unwrap_or(0);
    let name = text::sanitise(label);
    let needs = u16::try_from(text::width(&name)).unwrap_or(u16::MAX);
    // The name matters more than whose it is.
    let spare = line.width > needs.saturating_add(indent + 2 + wide + 2);
    let until = if spare {
        frame.put_right(line.x, end, line.y, &rights, Role::Dim)
    } else {
        end
    };
    let x = line.x + indent;
    let sign_role = if file.kind == FileKind::Folder {
        Role::Line
    } else {
        role
    };
    let x = frame.put(x, line.y, 2, sign, sign_role);
    let room = until.saturating_sub(x + 1);
    let role = match &file.kind {
        _ if file.standing == Standing::Missing => Role::Dim,
        FileKind::Symlink(_) | FileKind::Special(_) => Role::Dim,
        _ => Role::Text,
    };
    match &file.kind {
        FileKind::Symlink(target) => {
            let target = format!(" → {}", text::sanitise(target));
            frame.pieces(x, line.y, room, &[(&name, role), (&target, Role::Dim)]);
        }
        FileKind::Special(what) => {
            let what = format!(" ({})", text::sanitise(what));
            frame.pieces(x, line.y, room, &[(&name, role), (&what, Role::Dim)]);
        }
        _ => {
            frame.put(x, line.y, room, &name, role);
        }
    }
}
