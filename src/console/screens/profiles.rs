//! The profiles: what is built on what, who uses it, and what each comes to.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{Move, Wish};
use crate::api::Mirror;
use crate::console::form::{Effective, Known};
use crate::console::frame::{Frame, Hit};
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::{natural, text, units};

/// From this width on the tree and the values stand side by side.
const BESIDE: u16 = 100;

/// One profile in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Branch {
    name: Arc<str>,
    /// What stands before its name: the lines of the tree.
    lines: String,
    /// Profiles below it besides the one that it hangs from.
    also: Vec<Arc<str>>,
    users: u32,
}

/// The state of that screen.
#[derive(Debug, Default)]
pub struct Profiles {
    tree: Vec<Branch>,
    /// Whether what the profiles are has come.
    heard: bool,
    list: List,
    /// The profile that the cursor is on, wherever it moves to.
    on: Option<Arc<str>>,
    values: Vec<Effective>,
    fields: List,
    /// Whether keys move among the values.
    inside: bool,
    /// The key that the cursor is to be put on, once it is known.
    wanted: Option<Arc<str>>,
}

impl Profiles {
    /// Takes in what is known now.
    pub fn learn(&mut self, known: &Known, mirror: &Mirror) {
        let Some(entries) = &known.profiles else {
            return;
        };
        self.heard = true;
        let mut names: Vec<Arc<str>> = entries.iter().map(|entry| entry.name.clone()).collect();
        names.sort_by(|a, b| natural::compare(a, b));
        self.tree = tree(&names, known, &users(known, mirror));
        let at = self.on.as_ref();
        let at = at.and_then(|on| self.tree.iter().position(|branch| branch.name == *on));
        self.list.at = at.unwrap_or(self.list.within(self.tree.len()));
        self.look(known);
    }

    /// The values of the profile under the cursor.
    fn look(&mut self, known: &Known) {
        self.on = self.here().cloned();
        self.values = self
            .on
            .as_deref()
            .map(|name| known.effective(name))
            .unwrap_or_default();
        self.fields.at = self.fields.within(self.values.len());
        self.find();
    }

    /// The profile under the cursor.
    #[must_use]
    pub fn here(&self) -> Option<&Arc<str>> {
        let branch = self.tree.get(self.list.within(self.tree.len()))?;
        Some(&branch.name)
    }

    /// The key under the cursor, when it is among the values.
    #[must_use]
    pub fn key(&self) -> Option<Arc<str>> {
        let value = self.values.get(self.fields.within(self.values.len()))?;
        self.inside.then(|| value.key.clone())
    }

    /// Moves the cursor.
    pub fn step(&mut self, known: &Known, by: Move) {
        if self.inside {
            let len = self.values.len();
            self.fields.at = by.from(self.fields.within(len), len);
            return;
        }
        self.wanted = None;
        let len = self.tree.len();
        self.list.at = by.from(self.list.within(len), len);
        self.fields = List::default();
        self.look(known);
    }

    /// To the other pane.
    pub fn pane_by(&mut self) {
        self.inside = !self.inside;
    }

    /// Puts the cursor on a profile.
    pub fn go(&mut self, known: &Known, name: &str) {
        self.on = Some(name.into());
        self.inside = false;
        if let Some(at) = self.tree.iter().position(|branch| *branch.name == *name) {
            self.list.at = at;
            self.look(known);
        }
    }

    /// Puts the cursor on what the profile says under a key, once that is known.
    pub fn seek(&mut self, key: &Arc<str>) {
        self.inside = true;
        self.wanted = Some(key.clone());
        self.find();
    }

    /// Puts the cursor on the key that is wanted, if it is among the values.
    fn find(&mut self) {
        let at = self.wanted.as_ref();
        let at = at.and_then(|key| self.values.iter().position(|value| value.key == *key));
        if let Some(at) = at {
            self.fields.at = at;
            self.wanted = None;
        }
    }

    /// Puts the cursor on a row of a pane; whether it was there.
    pub fn click(&mut self, known: &Known, pane: u8, row: usize) -> bool {
        let inside = pane == 1;
        let list = if inside { &self.fields } else { &self.list };
        let same = self.inside == inside && list.at == row;
        self.inside = inside;
        if inside {
            self.fields.at = row;
        } else {
            self.list.at = row;
            self.look(known);
        }
        same
    }

    /// Enter: the nodes that list the profile; on a value the profile that it comes from.
    #[must_use]
    pub fn open(&self) -> Wish {
        if !self.inside {
            return match self.here() {
                Some(name) => Wish::Users(name.clone()),
                None => Wish::None,
            };
        }
        let value = self.values.get(self.fields.within(self.values.len()));
        let from = value.and_then(|value| value.from.first()).cloned();
        match from {
            Some(from) if self.here() != Some(&from) => Wish::Profile(from),
            _ => self.line().map_or(Wish::None, Wish::Say),
        }
    }

    /// What is under the cursor as text, for copying.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        if self.inside {
            let value = self.values.get(self.fields.within(self.values.len()))?;
            return Some(value.value.clone());
        }
        self.here().map(ToString::to_string)
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        if self.tree.is_empty() {
            let text = if self.heard {
                "no profiles yet: i makes one"
            } else {
                "asking for the profiles …"
            };
            frame.put(
                body.x + 2,
                body.y + 1,
                body.width.saturating_sub(2),
                text,
                Role::Dim,
            );
            return;
        }
        if body.width < BESIDE {
            if self.inside {
                self.draw_values(frame, body);
            } else {
                self.draw_tree(frame, body);
            }
            return;
        }
        let left = body.width / 3;
        self.draw_tree(frame, Rect::new(body.x, body.y, left, body.height));
        for y in body.top()..body.bottom() {
            frame.put(body.x + left, y, 1, "│", Role::Line);
        }
        let right = Rect::new(
            body.x + left + 1,
            body.y,
            body.width - left - 1,
            body.height,
        );
        self.draw_values(frame, right);
    }

    fn draw_tree(&self, frame: &mut Frame<'_>, area: Rect) {
        let end = area.right().saturating_sub(1);
        frame.put(area.x + 2, area.y, area.width, "PROFILE", Role::Title);
        frame.put_right(area.x, end, area.y, "USED", Role::Dim);
        let rows = usize::from(area.height.saturating_sub(1));
        let cursor = self.list.within(self.tree.len());
        let first = self.list.first(cursor, self.tree.len(), rows);
        for (y, (at, branch)) in
            (area.y + 1..).zip(self.tree.iter().enumerate().skip(first).take(rows))
        {
            let used = units::count(branch.users as usize);
            let room = area.width.saturating_sub(12);
            let also = match branch.also.as_slice() {
                [] => String::new(),
                also => format!("  + {}", also.join(", ")),
            };
            let pieces = [
                (branch.lines.as_str(), Role::Line),
                (&branch.name, Role::Text),
                (&also, Role::Dim),
            ];
            frame.pieces(area.x + 2, y, room, &pieces);
            frame.put_right(area.x + room, end, y, &used, Role::Dim);
            let row = Rect::new(area.x, y, area.width, 1);
            if at == cursor {
                frame.put(area.x, y, 1, "▌", Role::Text);
                if !self.inside {
                    frame.tint(
                        Rect::new(area.x + 1, y, area.width.saturating_sub(2), 1),
                        Role::Cursor,
                    );
                }
            }
            frame.hit(row, Hit::Row { pane: 0, row: at });
        }
    }

    fn draw_values(&self, frame: &mut Frame<'_>, area: Rect) {
        let branch = self.tree.get(self.list.within(self.tree.len()));
        let Some(branch) = branch else { return };
        let about = format!("{} nodes use it", units::count(branch.users as usize));
        let width = area.width.saturating_sub(2);
        let title = [
            (&*branch.name, Role::Title),
            ("  ", Role::Text),
            (&about, Role::Dim),
        ];
        frame.pieces(area.x + 1, area.y, width, &title);
        let (key_w, from_w) = (width / 4, width / 6);
        let value_w = (width - key_w - from_w) * 3 / 5;
        let at_value = area.x + 2 + key_w;
        let at_shadow = at_value + value_w + from_w;
        let columns = [
            (area.x + 2, key_w),
            (at_value, value_w),
            (at_value + value_w, from_w),
            (at_shadow, area.right().saturating_sub(at_shadow)),
        ];
        let words = ["FIELD", "EFFECTIVE", "FROM", "SHADOWED BY THIS"];
        for ((x, cells), word) in columns.into_iter().zip(words) {
            frame.put(x, area.y + 1, cells.saturating_sub(1), word, Role::Dim);
        }
        if self.values.is_empty() {
            let text = "it says nothing yet: e sets a field";
            frame.put(area.x + 2, area.y + 2, width, text, Role::Dim);
        }
        self.draw_rows(frame, area, columns, &branch.name);
    }

    fn draw_rows(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        columns: [(u16, u16); 4],
        name: &Arc<str>,
    ) {
        let rows = usize::from(area.height.saturating_sub(3));
        let cursor = self.fields.within(self.values.len());
        let first = self.fields.first(cursor, self.values.len(), rows);
        let shown = self.values.iter().enumerate().skip(first).take(rows);
        for (y, (at, value)) in (area.y + 2..).zip(shown) {
            let own = value.from.last() == Some(name);
            let cells = [
                (&*value.key, Role::Text),
                (&*value.value, if own { Role::Title } else { Role::Text }),
                (&*value.from.join(", "), Role::Key),
                (&*shadowed(value), Role::Dim),
            ];
            for ((x, room), (text, role)) in columns.into_iter().zip(cells) {
                frame.put(x, y, room.saturating_sub(1), text, role);
            }
            let row = Rect::new(area.x, y, area.width, 1);
            if at == cursor && self.inside {
                let inner = Rect::new(row.x + 1, y, row.width.saturating_sub(2), 1);
                frame.tint(inner, Role::Cursor);
            }
            frame.hit(row, Hit::Row { pane: 1, row: at });
        }
        if let Some(value) = self.values.get(cursor).filter(|_| self.inside) {
            let field = value.field;
            let doc = format!(
                "{}: {} · takes effect: {}",
                field.label,
                field.doc,
                field.effect.word()
            );
            let (y, room) = (
                area.bottom().saturating_sub(1),
                area.width.saturating_sub(3),
            );
            frame.put(area.x + 2, y, room, &doc, Role::Dim);
        }
    }
}

fn shadowed(value: &Effective) -> String {
    if value.shadows.is_empty() {
        return if value.from.len() > 1 {
            "list: appended in this order"
        } else {
            "—"
        }
        .to_owned();
    }
    let told = value
        .shadows
        .iter()
        .map(|(layer, value)| format!("{layer}: {value}"));
    text::sanitise(&told.collect::<Vec<_>>().join(" · "))
}

/// How many nodes each profile reaches, by itself or through others.
fn users(known: &Known, mirror: &Mirror) -> HashMap<Arc<str>, u32> {
    let mut lists: HashMap<&[Arc<str>], u32> = HashMap::new();
    for row in &mirror.head.nodes {
        *lists.entry(row.profiles.as_slice()).or_default() += 1;
    }
    let mut users: HashMap<Arc<str>, u32> = HashMap::new();
    for (list, count) in lists {
        let plain = list.iter().filter(|name| !name.starts_with('~'));
        let mut reached: BTreeSet<Arc<str>> =
            plain.clone().flat_map(|name| known.below(name)).collect();
        reached.extend(plain.cloned());
        reached.retain(|name| !list.iter().any(|out| out.strip_prefix('~') == Some(name)));
        for name in reached {
            *users.entry(name).or_default() += count;
        }
    }
    users
}

/// The tree: under each profile those whose first profile it is. What hangs in a circle stands at the root.
fn tree(names: &[Arc<str>], known: &Known, users: &HashMap<Arc<str>, u32>) -> Vec<Branch> {
    let mut children: HashMap<&str, Vec<&Arc<str>>> = HashMap::new();
    let mut roots: Vec<&Arc<str>> = Vec::new();
    let lists: HashMap<&Arc<str>, Vec<Arc<str>>> = names
        .iter()
        .map(|name| {
            let listed = known.items(name, "profiles").into_iter();
            (
                name,
                listed
                    .filter(|below| known.profile(below).is_some())
                    .collect(),
            )
        })
        .collect();
    for name in names {
        match lists.get(name).and_then(|list| list.first()) {
            Some(first) => children.entry(first).or_default().push(name),
            None => roots.push(name),
        }
    }
    let mut out = Vec::new();
    let mut shown: BTreeSet<&Arc<str>> = BTreeSet::new();
    for root in roots.into_iter().chain(names) {
        // Name, lines before it, lines before what hangs from it.
        let mut open = vec![(root, String::new(), String::new())];
        while let Some((name, lines, before)) = open.pop() {
            if !shown.insert(name) {
                continue;
            }
            let also = lists
                .get(name)
                .map(|list| list.iter().skip(1).cloned().collect());
            out.push(Branch {
                name: name.clone(),
                lines,
                also: also.unwrap_or_default(),
                users: users.get(name).copied().unwrap_or_default(),
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
