//! What is built on what, and who uses it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::api::Mirror;
use crate::console::form::Known;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{natural, text, units};

/// From this width on a column says how many nodes list a profile themselves.
const DIRECT: u16 = 56;
/// Cells of a column of counts.
const COUNT: u16 = 8;
/// Least cells of the tree.
const LEAST: u16 = 32;

/// How many nodes a profile reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// By itself or through others.
    pub all: u32,
    /// By itself.
    pub direct: u32,
    /// Those of all that need a boot to be as the registry says.
    pub reboot: u32,
}

/// One profile in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name.
    pub name: Arc<str>,
    /// What stands before its name: the lines of the tree.
    lines: String,
    /// Profiles below it besides the one that it hangs from.
    also: Vec<Arc<str>>,
    /// Names that it lists and that no profile has.
    pub missing: Vec<Arc<str>>,
    /// Whether it includes itself by way of others.
    pub circle: bool,
    /// On how many keys it disagrees with others, or those that it lists do.
    pub conflicts: usize,
    /// Who uses it.
    pub used: Use,
}

impl Branch {
    /// Its lines, its name, and what is to be known of it besides.
    fn pieces(&self) -> Vec<(String, Role)> {
        let mut pieces = vec![
            (self.lines.clone(), Role::Line),
            (self.name.to_string(), Role::Text),
        ];
        if self.circle {
            pieces.push(("  ! includes itself".into(), Role::Stalled));
        }
        if !self.missing.is_empty() {
            let missing = format!("  ! no profile {}", self.missing.join(", "));
            pieces.push((missing, Role::Stalled));
        }
        if self.conflicts > 0 {
            let all = if self.conflicts == 1 { "" } else { "s" };
            pieces.push((
                format!("  ! {} conflict{all}", self.conflicts),
                Role::Stalled,
            ));
        }
        if !self.also.is_empty() {
            pieces.push((format!("  + {}", self.also.join(", ")), Role::Dim));
        }
        pieces
    }
}

/// The branches as rows, with how many nodes each reaches and on how many keys it disagrees: under each profile those whose first profile it is. What hangs in a circle stands at the root.
pub fn branches(
    known: &Known,
    used: &HashMap<Arc<str>, Use>,
    conflicts: &HashMap<&Arc<str>, usize>,
) -> Vec<Branch> {
    let entries = known.profiles.iter().flatten();
    let mut names: Vec<Arc<str>> = entries.map(|entry| entry.name.clone()).collect();
    names.sort_by(|a, b| natural::compare(a, b));
    let there: HashSet<&str> = names.iter().map(AsRef::as_ref).collect();
    let lists: HashMap<&str, Vec<Arc<str>>> = names
        .iter()
        .map(|name| (&**name, known.items(name, "profiles")))
        .collect();
    let parents = |name: &str| {
        let list = lists.get(name).into_iter().flatten();
        list.filter(|below| there.contains(&***below))
    };
    let mut children: HashMap<&str, Vec<&Arc<str>>> = HashMap::new();
    let mut roots: Vec<&Arc<str>> = Vec::new();
    for name in &names {
        match parents(name).next() {
            Some(first) => children.entry(first).or_default().push(name),
            None => roots.push(name),
        }
    }
    let mut out = Vec::new();
    let mut shown: HashSet<&str> = HashSet::new();
    for root in roots.into_iter().chain(&names) {
        // Name, lines before it, lines before what hangs from it.
        let mut open = vec![(root, String::new(), String::new())];
        while let Some((name, lines, before)) = open.pop() {
            if !shown.insert(name) {
                continue;
            }
            let list = lists.get(&**name).map(Vec::as_slice).unwrap_or_default();
            out.push(Branch {
                name: name.clone(),
                lines,
                also: parents(name).skip(1).cloned().collect(),
                missing: missing(list, &there),
                circle: known.reaches(name, name),
                conflicts: conflicts.get(name).copied().unwrap_or_default(),
                used: used.get(name).copied().unwrap_or_default(),
            });
            let hanging = children.get(&**name).map(Vec::as_slice).unwrap_or_default();
            for (at, child) in hanging.iter().enumerate().rev() {
                let last = at + 1 == hanging.len();
                let (line, after) = if last {
                    ("└─ ", "   ")
                } else {
                    ("├─ ", "│  ")
                };
                open.push((child, format!("{before}{line}"), format!("{before}{after}")));
            }
        }
    }
    out
}

/// The items of a list that name no profile.
fn missing(list: &[Arc<str>], there: &HashSet<&str>) -> Vec<Arc<str>> {
    let strange = |item: &&Arc<str>| {
        let plain: &str = item.strip_prefix('~').unwrap_or(item);
        !there.contains(plain)
    };
    list.iter().filter(strange).cloned().collect()
}

/// How many nodes each profile reaches, and how many of them a reboot would change.
pub fn users(known: &Known, mirror: &Mirror) -> HashMap<Arc<str>, Use> {
    let mut lists: HashMap<&[Arc<str>], (u32, u32)> = HashMap::new();
    for row in &mirror.head.nodes {
        let (all, reboot) = lists.entry(row.profiles.as_slice()).or_default();
        *all += 1;
        let status = mirror.status_of(row.id);
        let drifts = status.is_some_and(|status| status.drift.differs().is_some());
        *reboot += u32::from(drifts);
    }
    let mut used: HashMap<Arc<str>, Use> = HashMap::new();
    // Many lists hold the same profiles.
    let mut below: HashMap<&Arc<str>, Vec<Arc<str>>> = HashMap::new();
    for (list, (count, reboot)) in lists {
        let mut reached: BTreeSet<Arc<str>> = BTreeSet::new();
        for name in list.iter().filter(|name| !name.starts_with('~')) {
            let below = below.entry(name).or_insert_with(|| known.below(name));
            reached.extend(below.iter().chain([name]).cloned());
        }
        reached.retain(|name| !list.iter().any(|out| out.strip_prefix('~') == Some(name)));
        for name in reached {
            let direct = list.contains(&name);
            let used = used.entry(name).or_default();
            used.all += count;
            used.reboot += reboot;
            used.direct += if direct { count } else { 0 };
        }
    }
    used
}

/// A column: its heading, and what it counts.
type Counted = (&'static str, fn(&Use) -> u32);

/// What of the tree is marked and where its cursor is.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The cursor.
    pub list: &'a List,
    /// Whether keys move here.
    pub focus: bool,
    /// The profile that is to be compared.
    pub mark: Option<&'a Arc<str>>,
}

/// The columns that there is room for.
fn columns(tree: &[Branch], width: u16) -> Vec<Counted> {
    let mut columns: Vec<Counted> = vec![("USED", |used| used.all)];
    if width >= DIRECT {
        columns.push(("DIRECT", |used| used.direct));
    }
    // A column of zeros tells nothing where cells are dear.
    if width >= DIRECT || tree.iter().any(|branch| branch.used.reboot > 0) {
        columns.push(("REBOOT", |used| used.reboot));
    }
    columns
}

/// Cells of columns of counts, with what stands around the names.
fn around(columns: &[Counted]) -> u16 {
    COUNT * u16::try_from(columns.len()).unwrap_or(1) + 3
}

/// How wide the tree is drawn where it may have so many cells: no wider than its names need.
pub fn width(tree: &[Branch], most: u16) -> u16 {
    let cells = |branch: &Branch| {
        let pieces = branch.pieces();
        pieces
            .iter()
            .map(|(piece, _)| text::width(piece))
            .sum::<usize>()
    };
    let longest = tree.iter().map(cells).max().unwrap_or(0);
    let columns = columns(tree, most);
    let wanted = u16::try_from(longest)
        .unwrap_or(most)
        .saturating_add(around(&columns) + 1);
    let least = if columns.len() > 2 { DIRECT } else { LEAST };
    wanted.clamp(least.min(most), most)
}

/// Draws the tree.
pub fn draw(frame: &mut Frame<'_>, area: Rect, tree: &[Branch], shown: Shown<'_>) {
    let columns = columns(tree, area.width);
    let room = area.width.saturating_sub(around(&columns));
    let end = |at: usize| area.x + 2 + room + COUNT * (u16::try_from(at).unwrap_or(0) + 1);
    frame.put(area.x + 2, area.y, room, "PROFILE", Role::Title);
    for (at, (word, _)) in columns.iter().enumerate() {
        frame.put_right(end(at) - COUNT, end(at), area.y, word, Role::Dim);
    }
    let rows = usize::from(area.height.saturating_sub(1));
    let cursor = shown.list.within(tree.len());
    let first = shown.list.first(cursor, tree.len(), rows);
    for (y, (at, branch)) in (area.y + 1..).zip(tree.iter().enumerate().skip(first).take(rows)) {
        let pieces = branch.pieces();
        let pieces: Vec<(&str, Role)> =
            pieces.iter().map(|(text, role)| (&**text, *role)).collect();
        frame.pieces(area.x + 2, y, room, &pieces);
        for (column, (word, count)) in columns.iter().enumerate() {
            let count = count(&branch.used);
            let role = if *word == "REBOOT" && count > 0 {
                Role::Stalled
            } else {
                Role::Dim
            };
            let text = match count {
                // Where there is nothing to do nothing is to catch the eye.
                0 if *word == "REBOOT" => "·".to_owned(),
                count => units::count(count as usize),
            };
            frame.put_right(end(column) - COUNT, end(column), y, &text, role);
        }
        if at == cursor {
            frame.put(area.x, y, 1, "▌", Role::Text);
            if shown.focus {
                let row = Rect::new(area.x + 1, y, area.width.saturating_sub(2), 1);
                frame.tint(row, Role::Cursor);
            }
        }
        if shown.mark == Some(&branch.name) {
            frame.put(area.x + 1, y, 1, "•", Role::Mark);
        }
        let row = Rect::new(area.x, y, area.width, 1);
        frame.hit(row, Hit::Row { pane: 0, row: at });
    }
}
