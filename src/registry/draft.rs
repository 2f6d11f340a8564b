//! A change that is tried: the text after it, read back, and what it would put into force. Nothing is in force until
//! [`Registry::commit`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::difference::{self, Difference};
use super::document;
use super::edit::{Desk, Meant, Sewn, Work, sew};
use super::entry::Entry;
use super::findings::Findings;
use super::held::Held;
use super::hunk::{self, Hunk};
use super::layout::Layout;
use super::load::{Loaded, Registry};
use super::pieces::Piece;
use crate::model::{Edit, Fault, Key, Level, Place, Spot, Table, Value, View};

/// With more entries than this the new text is read as a whole.
const MANY: usize = 64;
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
        let held = self.read_back(text, &desk, &sewn)?;
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

    /// What would be held: the entries in work are read anew, or everything when they are many.
    fn read_back(&mut self, old: &str, desk: &Desk<'_>, sewn: &Sewn) -> Result<Held, Vec<Fault>> {
        if desk.works().len() <= MANY
            && !self.held.cut
            && let Some(held) = self.read_some(old, desk, sewn)?
        {
            return Ok(held);
        }
        let text = Some(sewn.text.as_str());
        let held = self
            .held
            .reading(text, &self.nodes_name, &mut self.interner);
        let flawed = |work: &&Work| {
            let place = Place {
                table: work.table,
                name: work.name.clone(),
            };
            held.flawed.contains(&place) && !was_flawed(&self.held, work)
        };
        if held.layout.is_none()
            || (held.cut && !self.held.cut)
            || desk.works().iter().any(|work| flawed(&work))
        {
            return Err(worse(&self.held.findings, &held.findings));
        }
        Ok(held)
    }

    /// The same by the lines of the entries in work alone; none where that does not tell everything.
    fn read_some(
        &mut self,
        old: &str,
        desk: &Desk<'_>,
        sewn: &Sewn,
    ) -> Result<Option<Held>, Vec<Fault>> {
        let mut held = Held {
            layout: Some(sewn.layout.clone()),
            ..self.held.clone()
        };
        let mut found = Findings::default();
        for (work, line) in desk.works().iter().zip(&sewn.lines) {
            let now = match (work.text(), line) {
                (Some(text), Some(line)) => {
                    let Some((name, entry, now)) = self.read_piece(work.table, text, *line) else {
                        return Ok(None);
                    };
                    if name != work.name {
                        return Ok(None);
                    }
                    if entry.is_none() && !was_flawed(&self.held, work) {
                        return Err(now.finish());
                    }
                    replaced(&mut held, work, Some((name, entry)));
                    now
                }
                _ => {
                    replaced(&mut held, work, None);
                    Findings::default()
                }
            };
            if let Some((text, line)) = desk.before(work) {
                let lines = text.split_inclusive('\n').count();
                let Some((_, _, before)) = self.read_piece(work.table, text, line) else {
                    return Ok(None);
                };
                let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
                if !held
                    .findings
                    .without(&before, (number(line), number(line + lines)), &now)
                {
                    return Ok(None);
                }
            }
            found.add(now);
        }
        let moves = Moves::of(&sewn.hunks);
        held.findings.moved(|line| moves.to(line));
        held.findings.add(found);
        let touched: HashSet<(Table, &Arc<str>)> = desk
            .works()
            .iter()
            .map(|work| (work.table, &work.name))
            .collect();
        let least = sewn.hunks.first().map_or(u32::MAX, |hunk| hunk.line);
        for table in [Table::Nodes, Table::Profiles] {
            for (name, entry) in held.table_mut(table) {
                if entry.at.line > least && !touched.contains(&(table, name)) {
                    *entry = Arc::new(entry.moved(moves.to(entry.at.line)));
                }
            }
        }
        debug_assert!(!old.is_empty() || desk.works().iter().all(|work| work.slot.is_none()));
        Ok(Some(held))
    }

    fn read_piece(
        &mut self,
        table: Table,
        text: &str,
        line: usize,
    ) -> Option<(Arc<str>, Option<Entry>, Findings)> {
        let piece = Piece {
            section: table.section(),
            name: "",
            skipped: u32::try_from(line).unwrap_or(u32::MAX),
            text,
        };
        document::read_entry(
            &piece,
            &self.nodes_name,
            self.held.last(),
            &mut self.interner,
        )
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

fn was_flawed(held: &Held, work: &Work) -> bool {
    let before = work.before.as_ref().map(|name| Place {
        table: work.table,
        name: name.clone(),
    });
    before.is_some_and(|place| held.flawed.contains(&place))
}

/// Puts what was read of a work into what is held.
fn replaced(held: &mut Held, work: &Work, new: Option<(Arc<str>, Option<Entry>)>) {
    let old = work.before.as_ref().map(|name| Place {
        table: work.table,
        name: name.clone(),
    });
    let last = old.as_ref().and_then(|place| held.entry(place)).cloned();
    let was_flawed = old.as_ref().is_some_and(|place| held.flawed.remove(place));
    if let Some(old) = old {
        held.table_mut(work.table).remove(&old.name);
    }
    match new {
        Some((name, Some(entry))) => {
            held.broken.remove(&name);
            held.table_mut(work.table).insert(name, Arc::new(entry));
        }
        Some((name, None)) => {
            held.flawed.extend(was_flawed.then(|| Place {
                table: work.table,
                name: name.clone(),
            }));
            if let Some(last) = last {
                held.table_mut(work.table).insert(name, last);
            }
        }
        None => {}
    }
}

/// Errors that a text has and another one had not.
fn worse(old: &Findings, new: &Findings) -> Vec<Fault> {
    let known = old.clone().finish();
    let known: HashSet<_> = known.iter().map(Fault::identity).collect();
    let all = new.clone().finish();
    let errors = all
        .into_iter()
        .filter(|fault| fault.level >= Level::Error && !known.contains(&fault.identity()));
    let mut errors: Vec<Fault> = errors.take(FAULTS).collect();
    if errors.is_empty() {
        errors.push(Fault::error(
            "nodes.conf cannot be changed for you: it would not read back as a whole",
        ));
    }
    errors
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

/// Where lines are after hunks.
struct Moves(Vec<(u32, i64)>);

impl Moves {
    fn of(hunks: &[Hunk]) -> Self {
        let count = |text: &str| text.split_inclusive('\n').count();
        let mut grown = 0i64;
        let mut moves = Vec::with_capacity(hunks.len());
        for hunk in hunks {
            let (old, new) = (count(&hunk.old), count(&hunk.new));
            grown += i64::try_from(new).unwrap_or(0) - i64::try_from(old).unwrap_or(0);
            moves.push((hunk.line + u32::try_from(old).unwrap_or(0), grown));
        }
        Self(moves)
    }

    /// The new number of a line; both from 1.
    fn to(&self, line: u32) -> u32 {
        let at = self.0.partition_point(|(end, _)| *end < line);
        let by = at.checked_sub(1).map_or(0, |at| self.0[at].1);
        u32::try_from(i64::from(line) + by).unwrap_or(1)
    }
}
