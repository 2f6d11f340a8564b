//! What is built on what, and who uses it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::api::Mirror;
use crate::console::form::Known;
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{natural, units};

/// From this width on a column says how many nodes list a profile themselves.
const DIRECT: u16 = 56;
/// Cells of a column of counts.
const COUNT: u16 = 8;

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
    /// Who uses it.
    pub used: Use,
}

/// The branches as rows: under each profile those whose first profile it is. What hangs in a circle stands at the root.
pub fn branches(known: &Known, used: &HashMap<Arc<str>, Use>) -> Vec<Branch> {
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
            let strange = |item: &&Arc<str>| {
                let plain: &str = item.strip_prefix('~').unwrap_or(item);
                !there.contains(plain)
            };
            let list = lists.get(&**name).into_iter().flatten();
            out.push(Branch {
                name: name.clone(),
                lines,
                also: parents(name).skip(1).cloned().collect(),
                missing: list.filter(strange).cloned().collect(),
                circle: known.reaches(name, name),
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

/// How many nodes each profile reaches; `outdated` are those that need a boot.
pub fn users(known: &Known, mirror: &Mirror, outdated: &HashSet<String>) -> HashMap<Arc<str>, Use> {
    let mut lists: HashMap<&[Arc<str>], (u32, u32)> = HashMap::new();
    for row in &mirror.head.nodes {
        let (all, reboot) = lists.entry(row.profiles.as_slice()).or_default();
        *all += 1;
        *reboot += u32::from(outdated.contains(&*row.name));
    }
    let mut used: HashMap<Arc<str>, Use> = HashMap::new();
    for (list, (count, reboot)) in lists {
        let plain = || list.iter().filter(|name| !name.starts_with('~'));
        let mut reached: BTreeSet<Arc<str>> = plain().flat_map(|name| known.below(name)).collect();
        reached.extend(plain().cloned());
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

/// Draws the tree.
pub fn draw(frame: &mut Frame<'_>, area: Rect, tree: &[Branch], shown: Shown<'_>) {
    let mut columns: Vec<Counted> = vec![("USED", |used| used.all)];
    if area.width >= DIRECT {
        columns.push(("DIRECT", |used| used.direct));
    }
    // A column of zeros tells nothing where cells are dear.
    if area.width >= DIRECT || tree.iter().any(|branch| branch.used.reboot > 0) {
        columns.push(("REBOOT", |used| used.reboot));
    }
    let counts = COUNT * u16::try_from(columns.len()).unwrap_or(1);
    let room = area.width.saturating_sub(counts + 3);
    let end = |at: usize| area.x + 2 + room + COUNT * (u16::try_from(at).unwrap_or(0) + 1);
    frame.put(area.x + 2, area.y, room, "PROFILE", Role::Title);
    for (at, (word, _)) in columns.iter().enumerate() {
        frame.put_right(end(at) - COUNT, end(at), area.y, word, Role::Dim);
    }
    let rows = usize::from(area.height.saturating_sub(1));
    let cursor = shown.list.within(tree.len());
    let first = shown.list.first(cursor, tree.len(), rows);
    for (y, (at, branch)) in (area.y + 1..).zip(tree.iter().enumerate().skip(first).take(rows)) {
        name(frame, (area.x + 2, y, room), branch);
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

fn name(frame: &mut Frame<'_>, (x, y, room): (u16, u16, u16), branch: &Branch) {
    let also = match branch.also.as_slice() {
        [] => String::new(),
        also => format!("  + {}", also.join(", ")),
    };
    let missing = match branch.missing.as_slice() {
        [] => String::new(),
        missing => format!("  ! no profile {}", missing.join(", ")),
    };
    let circle = if branch.circle {
        "  ! includes itself"
    } else {
        ""
    };
    let pieces = [
        (branch.lines.as_str(), Role::Line),
        (&branch.name, Role::Text),
        (circle, Role::Stalled),
        (&missing, Role::Stalled),
        (&also, Role::Dim),
    ];
    frame.pieces(x, y, room, &pieces);
}
