//! A change that is tried: the text after it, read back, and what it would put into force. Nothing is in force until
//! [`Registry::commit`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::difference::{self, Difference};
use super::edit::{Desk, Meant, Sewn, Work, masked, sew};
use super::held::Held;
use super::hunk::{self, Hunk};
use super::layout::Layout;
use super::load::{Loaded, Registry};
use crate::model::{Edit, Fault, Key, Level, Place, Spot, Table, Value, View, field};

/// Faults of one change that are told.
const FAULTS: usize = 200;

/// What a change would put into force.
#[derive(Debug)]
pub struct Draft {
    /// The new text of `nodes.conf`.
    pub text: Arc<str>,
    /// How it differs from the text before.
    pub hunks: Vec<Hunk>,
    /// What that means.
    pub differences: Vec<Difference>,
    /// The view that would be in force.
    pub view: Arc<View>,
    /// Faults that would be in force and are not now; none of them is an error.
    pub news: Vec<Fault>,
    held: Held,
    changed: bool,
    turns: u64,
}

impl Draft {
    /// What would be held.
    pub(super) fn held(&self) -> &Held {
        &self.held
    }
}

impl Registry {
    /// Tries edits on `text`, which is that of the last load.
    ///
    /// # Errors
    /// Everything that speaks against it; nothing is changed then.
    pub fn draft(&mut self, text: &str, edits: &[Edit]) -> Result<Draft, Vec<Fault>> {
        let layout = self.layout(text).map_err(|fault| vec![fault])?;
        let file = self.nodes_name.clone();
        let ended = ended(text);
        let mut desk = Desk::new(&ended, &layout, &file);
        let mut faults = Vec::new();
        for edit in edits {
            faults.extend(desk.edit(edit).err());
            if let Edit::Rename { place, to } = edit {
                self.follow(&mut desk, place, to, &mut faults);
            }
            if faults.len() > FAULTS {
                break;
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut sewn = sew(&desk).map_err(|why| {
            let fault = Fault::error(format!("nodes.conf cannot be changed for you: {}", why.why));
            let at = fault.at(self.spot(why.line));
            vec![at.hint("write the section in lines, one entry below the other")]
        })?;
        if ended.len() > text.len() {
            unended(text, &mut sewn);
        }
        let held = self.read_back(&desk, &sewn)?;
        let faults = as_meant(&self.held, &held, desk.works());
        if !faults.is_empty() {
            return Err(faults);
        }
        let renamed = desk.works().iter().filter_map(|work| {
            let from = work.before.clone().filter(|before| *before != work.name)?;
            Some(((work.table, work.name.clone()), from))
        });
        self.tried(held, (sewn.text.into(), sewn.hunks), &renamed.collect())
    }

    /// Tries another text in place of `old`.
    ///
    /// # Errors
    /// Everything that speaks against it; nothing is changed then.
    pub fn draft_text(&mut self, old: &str, new: String) -> Result<Draft, Vec<Fault>> {
        let hunks = hunk::between(old, &new);
        let held = self
            .held
            .reading(Some(&new), &self.nodes_name, &mut self.interner);
        self.tried(held, (new.into(), hunks), &HashMap::new())
    }

    /// Whether a draft is still of what is in force.
    #[must_use]
    pub fn stands(&self, draft: &Draft) -> bool {
        self.turns == draft.turns
    }

    /// Puts a draft into force that [`stands`](Self::stands).
    pub fn commit(&mut self, draft: Draft) -> Loaded {
        self.enforce(draft.held, draft.view, (draft.changed, draft.differences))
    }

    /// Where everything stands in `text`.
    pub(super) fn layout(&self, text: &str) -> Result<Layout, Fault> {
        if let Some(layout) = self
            .held
            .layout
            .as_ref()
            .filter(|layout| layout.is_of(text))
        {
            return Ok(layout.clone());
        }
        let none = self.held.nodes.is_empty() && self.held.profiles.is_empty();
        if none && text.trim().is_empty() {
            return Ok(Layout::stamped(text, Vec::new()));
        }
        let first = self.held.findings.clone().finish().into_iter().next();
        let fault = first.unwrap_or_else(|| Fault::error("nodes.conf cannot be read"));
        Err(fault.hint("mend the file first"))
    }

    fn spot(&self, line: usize) -> Spot {
        Spot {
            file: self.nodes_name.clone(),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: 1,
        }
    }

    /// Who lists a profile that got another name lists it by that.
    fn follow(&self, desk: &mut Desk<'_>, from: &Place, to: &Arc<str>, faults: &mut Vec<Fault>) {
        if from.table != Table::Profiles {
            return;
        }
        let profiles = Key::plain("profiles");
        for table in [Table::Nodes, Table::Profiles] {
            for (name, entry) in self.held.table(table) {
                let Some(Value::List(items)) = entry.values.get(&profiles).map(AsRef::as_ref)
                else {
                    continue;
                };
                let renamed = |item: &Arc<str>| -> Arc<str> {
                    match item.strip_prefix('~') {
                        Some(left) if left == &*from.name => format!("~{to}").into(),
                        None if *item == from.name => to.clone(),
                        _ => item.clone(),
                    }
                };
                let new: Vec<Arc<str>> = items.iter().map(renamed).collect();
                let name = if table == Table::Profiles && *name == from.name {
                    to
                } else {
                    name
                };
                if new != *items {
                    let place = Place {
                        table,
                        name: name.clone(),
                    };
                    let (key, value) = ("profiles".into(), Value::List(new));
                    faults.extend(desk.edit(&Edit::Set { place, key, value }).err());
                }
            }
        }
    }

    /// What would be in force.
    fn tried(
        &mut self,
        held: Held,
        (text, hunks): (Arc<str>, Vec<Hunk>),
        renamed: &HashMap<(Table, Arc<str>), Arc<str>>,
    ) -> Result<Draft, Vec<Fault>> {
        let differences = difference::between(&self.held, &held, renamed);
        let settled = self
            .settled
            .clone()
            .ok_or_else(|| vec![Fault::error("nothing was read yet")])?;
        // Whoever changes the text finds it as a revision, also if only comments differ.
        let (view, changed) = self.view_of(&held, settled, !hunks.is_empty());
        let known: HashSet<_> = self
            .view
            .iter()
            .flat_map(|view| &view.faults)
            .map(Fault::identity)
            .collect();
        let news: Vec<Fault> = view
            .faults
            .iter()
            .filter(|fault| !known.contains(&fault.identity()))
            .cloned()
            .collect();
        let mut wrong: Vec<Fault> = news
            .iter()
            .filter(|fault| fault.level >= Level::Error)
            .cloned()
            .collect();
        wrong.extend(super::bonds::broken(&self.held, &held, &differences));
        if !wrong.is_empty() {
            wrong.truncate(FAULTS);
            return Err(wrong);
        }
        Ok(Draft {
            text,
            hunks,
            differences,
            view,
            news,
            held,
            changed,
            turns: self.turns,
        })
    }
}

/// A text whose last line has an end.
fn ended(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.ends_with('\n') {
        return Cow::Borrowed(text);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Cow::Owned(format!("{text}{end}"))
}

/// Takes the end off the last line again, if that line is as it was without one.
fn unended(text: &str, sewn: &mut Sewn) {
    let last = |text: &str| text.lines().next_back().map(str::to_owned);
    if last(text) == last(&sewn.text) {
        let length = sewn.text.trim_end_matches(['\n', '\r']).len();
        sewn.text.truncate(length);
    }
    sewn.hunks = hunk::between(text, &sewn.text);
    sewn.layout = Layout::stamped(&sewn.text, std::mem::take(&mut sewn.layout.sections));
}

/// What was read back and is not what was meant.
fn as_meant(old: &Held, new: &Held, works: &[Work]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for work in works {
        let place = Place {
            table: work.table,
            name: work.name.clone(),
        };
        let Some(now) = new.values(&place).filter(|_| work.text().is_some()) else {
            continue;
        };
        let hidden = |key: &&Key| field::of_node(key.field).is_some_and(|row| row.secret);
        let mask = |key: &&Key| now.get(key).and_then(|value| value.text()) == Some(field::MASK);
        let masks = now.keys().iter().filter(hidden).filter(mask);
        faults.extend(masks.map(|key| masked(key).about(place.to_string())));
        let before = match &work.model {
            None => Some(Default::default()),
            Some(name) => old
                .values(&Place {
                    table: work.table,
                    name: name.clone(),
                })
                .cloned(),
        };
        // Of an entry that was faulty nobody knows what it said.
        let Some(expected) = before.and_then(|before| Meant::done(&before, &work.meant)) else {
            continue;
        };
        let same = expected.len() == now.len()
            && now
                .iter()
                .zip(&expected)
                .all(|(a, b)| a.0 == b.0 && a.1 == b.1);
        if !same {
            let odd = now
                .keys()
                .iter()
                .find(|key| now.get(key) != expected.get(key));
            let odd = odd.or_else(|| expected.keys().find(|key| !now.contains_key(key)));
            let about = odd.map_or(String::new(), |key| format!(" (`{key}`)"));
            let fault = Fault::error(format!(
                "the change would not read back as it is meant{about}"
            ));
            let hint =
                "it is written in an older or unusual way there; change it in the file by hand";
            faults.push(fault.about(place.to_string()).hint(hint));
        }
    }
    let count = |held: &Held| held.nodes.len() + held.profiles.len();
    let grown: isize = works
        .iter()
        .map(|work| isize::from(work.text().is_some()) - isize::from(work.before.is_some()))
        .sum();
    let flaws = old.flawed.len() + new.flawed.len() + old.broken.len() + new.broken.len();
    if faults.is_empty() && flaws == 0 && count(old).checked_add_signed(grown) != Some(count(new)) {
        faults.push(Fault::error(
            "the change would not read back as it is meant: other entries come or go with it",
        ));
    }
    faults
}
