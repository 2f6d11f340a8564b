//! The profiles: what is built on what, who uses it, what each comes to, where they disagree, and what one node makes of it.

mod guest;
mod tree;
mod values;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use self::guest::Guest;
use self::tree::{Branch, Shown};
use self::values::Pane;
use super::{Move, Wish};
use crate::api::{ConflictRow, Mirror, ValueRow};
use crate::console::form::{Effective, Known};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::widgets::List;
use crate::kit::units;

/// From this width on the tree and the values stand side by side.
const BESIDE: u16 = 100;

/// The state of that screen.
#[derive(Debug, Default)]
pub struct Profiles {
    tree: Vec<Branch>,
    /// Whether what the profiles are has come.
    heard: bool,
    list: List,
    /// The profile that the cursor is on, wherever it moves to.
    on: Option<Arc<str>>,
    /// One that the cursor goes to once it is there.
    awaited: Option<Arc<str>>,
    values: Vec<Effective>,
    fields: List,
    /// Whether keys move among the values.
    inside: bool,
    /// The profiles that it is made of, lowest first, itself last.
    layers: Vec<Arc<str>>,
    /// The key that the cursor is to be put on, once it is known.
    wanted: Option<Arc<str>>,
    /// Every conflict there is.
    conflicts: Vec<ConflictRow>,
    /// Those that the profile under the cursor has a part in.
    mine: Vec<ConflictRow>,
    /// The node through whose eyes the values are looked at.
    guest: Option<Guest>,
    /// The profile that is to be compared with another one.
    pub mark: Option<Arc<str>>,
}

impl Profiles {
    /// Takes in what is known now.
    pub fn learn(&mut self, known: &Known, mirror: &Mirror) {
        if known.profiles.is_none() {
            return;
        }
        self.heard = true;
        let used = tree::users(known, mirror);
        self.tree = tree::branches(known, &used, &self.disputes());
        let there = |name: &Arc<str>| known.profile(name).is_some();
        if self.awaited.as_ref().is_some_and(there) {
            self.on = self.awaited.take();
        }
        let at = self.on.as_ref();
        let at = at.and_then(|on| self.tree.iter().position(|branch| branch.name == *on));
        self.list.at = at.unwrap_or(self.list.within(self.tree.len()));
        self.mark = self.mark.take().filter(there);
        self.look(known);
    }

    /// Takes in which profiles disagree.
    pub fn disagree(&mut self, rows: Vec<ConflictRow>, known: &Known, mirror: &Mirror) {
        self.conflicts = rows;
        self.learn(known, mirror);
    }

    /// On how many keys each profile disagrees with others, or those that it lists do.
    fn disputes(&self) -> HashMap<&Arc<str>, usize> {
        let mut keys: HashMap<&Arc<str>, HashSet<&str>> = HashMap::new();
        for row in &self.conflicts {
            for name in [&row.wins, &row.loses].into_iter().chain(&row.profiles) {
                keys.entry(name).or_default().insert(&row.key);
            }
        }
        let counted = keys.into_iter().map(|(name, keys)| (name, keys.len()));
        counted.collect()
    }

    /// The values of the profile under the cursor.
    fn look(&mut self, known: &Known) {
        self.on = self.here().cloned();
        self.values = self
            .on
            .as_deref()
            .map(|name| known.effective(name))
            .unwrap_or_default();
        let below = self.on.as_deref().map(|name| known.below(name));
        self.layers = below.into_iter().flatten().chain(self.on.clone()).collect();
        self.fields.at = self.fields.within(self.values.len());
        self.narrow();
        self.find();
    }

    fn narrow(&mut self) {
        let Some(on) = &self.on else {
            self.mine.clear();
            return;
        };
        let part =
            |row: &&ConflictRow| row.wins == *on || row.loses == *on || row.profiles.contains(on);
        self.mine = self.conflicts.iter().filter(part).cloned().collect();
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

    /// The node through whose eyes the values are looked at.
    #[must_use]
    pub fn guest(&self) -> Option<&Arc<str>> {
        self.guest.as_ref().map(|guest| &guest.name)
    }

    /// Looks through the eyes of a node, or of nobody.
    pub fn look_as(&mut self, node: Option<Arc<str>>) {
        self.guest = node.map(Guest::new);
    }

    /// What that node has has come, or why it has not.
    pub fn guest_came(&mut self, name: &str, values: Result<Vec<ValueRow>, Arc<str>>) {
        if let Some(guest) = self.guest.as_mut().filter(|guest| *guest.name == *name) {
            guest.came(values);
        }
    }

    /// How many nodes each profile reaches.
    #[must_use]
    pub fn used(&self) -> HashMap<&str, u32> {
        let used = self.tree.iter();
        used.map(|branch| (&*branch.name, branch.used.all))
            .collect()
    }

    /// Marks the profile under the cursor for comparing, or none.
    pub fn turn_mark(&mut self) {
        let here = self.here().cloned();
        self.mark = if self.mark == here { None } else { here };
    }

    /// Moves the cursor.
    pub fn step(&mut self, known: &Known, by: Move) {
        if self.inside {
            let len = self.values.len();
            self.fields.at = by.from(self.fields.within(len), len);
            return;
        }
        (self.wanted, self.awaited) = (None, None);
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
        self.inside = false;
        match self.tree.iter().position(|branch| *branch.name == *name) {
            Some(at) => {
                self.list.at = at;
                self.look(known);
            }
            None => self.awaited = Some(name.into()),
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

    /// Enter: the nodes that use the profile; on a value the profile that it comes from.
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
            frame.remark(
                body,
                if self.heard {
                    "no profiles yet: i makes one"
                } else {
                    "asking for the profiles …"
                },
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
        let left = tree::width(&self.tree, body.width / 3);
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
        let shown = Shown {
            list: &self.list,
            focus: !self.inside,
            mark: self.mark.as_ref(),
        };
        tree::draw(frame, area, &self.tree, shown);
    }

    fn draw_values(&self, frame: &mut Frame<'_>, area: Rect) {
        let branch = self.tree.get(self.list.within(self.tree.len()));
        let Some(branch) = branch else { return };
        self.head(frame, Rect { height: 1, ..area }, branch);
        let pane = Pane {
            name: &branch.name,
            values: &self.values,
            conflicts: &self.mine,
            guest: self.guest.as_ref(),
            list: &self.fields,
            focus: self.inside,
        };
        let below = Rect::new(
            area.x,
            area.y + 1,
            area.width,
            area.height.saturating_sub(1),
        );
        pane.draw(frame, below);
    }

    /// The profile, what it is built on, who uses it and how they are.
    fn head(&self, frame: &mut Frame<'_>, row: Rect, branch: &Branch) {
        let mut about = format!("  {}", users(branch.used.all));
        if branch.used.direct != branch.used.all {
            about.push_str(&format!(
                ", {} directly",
                units::count(branch.used.direct as usize)
            ));
        }
        let mut pieces: Vec<(String, Role)> = vec![(branch.name.to_string(), Role::Title)];
        if self.layers.len() > 1 {
            pieces.push((format!(" = {}", self.layers.join(" + ")), Role::Text));
        }
        pieces.push((about, Role::Dim));
        if branch.used.reboot > 0 {
            let verb = if branch.used.reboot == 1 {
                "needs"
            } else {
                "need"
            };
            let count = units::count(branch.used.reboot as usize);
            pieces.push((format!(" · {count} {verb} a reboot"), Role::Stalled));
        }
        if branch.circle {
            pieces.push((
                " · it includes itself: each is taken once".into(),
                Role::Stalled,
            ));
        }
        if !branch.missing.is_empty() {
            let missing = branch.missing.join(", ");
            pieces.push((format!(" · there is no profile {missing}"), Role::Stalled));
        }
        match branch.conflicts {
            0 => {}
            1 => pieces.push((" · 1 conflict".into(), Role::Stalled)),
            many => pieces.push((format!(" · {many} conflicts"), Role::Stalled)),
        }
        let pieces: Vec<(&str, Role)> =
            pieces.iter().map(|(text, role)| (&**text, *role)).collect();
        frame.pieces(row.x + 1, row.y, row.width.saturating_sub(2), &pieces);
    }
}

fn users(count: u32) -> String {
    match count {
        0 => "no node uses it".into(),
        1 => "1 node uses it".into(),
        many => format!("{} nodes use it", units::count(many as usize)),
    }
}
