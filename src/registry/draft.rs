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
use super::load::{Registry, Settled};
use crate::model::{Edit, Fault, File, Key, Level, Place, Spot, Table, Value, Values, View, field};

/// Faults of one change that are told.
pub(super) const FAULTS: usize = 200;

/// What a change would put into force.
#[derive(Debug)]
pub struct Draft {
    /// The file that changes.
    pub file: File,
    /// Its new text.
    pub text: Arc<str>,
    /// How it differs from the text before.
    pub hunks: Vec<Hunk>,
    /// What that means.
    pub differences: Vec<Difference>,
    /// The view that would be in force.
    pub view: Arc<View>,
    /// Faults that would be in force and are not now; none of them is an error.
    pub news: Vec<Fault>,
    pub(super) held: Held,
    pub(super) settled: Settled,
    pub(super) turns: u64,
}

impl Draft {
    /// Whether nothing that would be in force is missed in the text of its file.
    #[must_use]
    pub fn good(&self) -> bool {
        match self.file {
            File::Conf => super::load::sound(&self.settled),
            File::Nodes => self.held.good,
        }
    }

    /// What would be held.
    pub(super) fn held(&self) -> &Held {
        &self.held
    }
}

impl Registry {
    /// Tries edits of one file on `text`, which is that of the last load.
    ///
    /// # Errors
    /// Everything that speaks against it; nothing is changed then.
    pub fn draft(&mut self, file: File, text: &str, edits: &[Edit]) -> Result<Draft, Vec<Fault>> {
        match file {
            File::Conf => self.draft_conf(text, edits),
            File::Nodes => self.draft_nodes(text, edits),
        }
    }

    fn draft_nodes(&mut self, text: &str, edits: &[Edit]) -> Result<Draft, Vec<Fault>> {
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
        let settled = self.settled()?;
        let new = (File::Nodes, sewn.text.into(), sewn.hunks);
        self.tried((held, settled), new, &renamed.collect())
    }

    /// Tries another text of a file in place of `old`.
    ///
    /// # Errors
    /// Everything that speaks against it; nothing is changed then.
    pub fn draft_text(&mut self, file: File, old: &str, new: String) -> Result<Draft, Vec<Fault>> {
        let hunks = hunk::between(old, &new);
        let tried = match file {
            File::Conf => self.reading_conf(&new),
            File::Nodes => {
                let held = &self.held;
                let held = held.reading(Some(&new), &self.nodes_name, &mut self.interner);
                (held, self.settled()?)
            }
        };
        self.tried(tried, (file, new.into(), hunks), &HashMap::new())
    }

    /// The settings in force, with what is wrong with them.
    fn settled(&self) -> Result<Settled, Vec<Fault>> {
        let settled = self.settled.clone();
        settled.ok_or_else(|| vec![Fault::error("nothing was read yet")])
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
    pub(super) fn tried(
        &mut self,
        (held, settled): (Held, Settled),
        (file, text, hunks): (File, Arc<str>, Vec<Hunk>),
        renamed: &HashMap<(Table, Arc<str>), Arc<str>>,
    ) -> Result<Draft, Vec<Fault>> {
        let differences = difference::between(&self.held, &held, renamed);
        // Whoever changes the text finds it as a revision, also if only comments differ.
        let (view, _) = self.view_of(&held, settled.clone(), !hunks.is_empty());
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
        if let Some((old, _)) = self.settled.as_ref().filter(|_| file == File::Conf) {
            wrong.extend(super::conf::overlaps(old, &settled.0));
        }
        if !wrong.is_empty() {
            wrong.truncate(FAULTS);
            return Err(wrong);
        }
        Ok(Draft {
            file,
            text,
            hunks,
            differences,
            view,
            news,
            held,
            settled,
            turns: self.turns,
        })
    }
}

impl Draft {
    /// What `muster.conf` would say.
    pub(super) fn conf_values(&self) -> Values {
        self.held.conf().values.clone()
    }
}

/// A text whose last line has an end.
pub(super) fn ended(text: &str) -> Cow<'_, str> {
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

/// That what was read back is not what was meant; none if it is.
pub(super) fn unmeant(before: &Values, meant: &[Meant], now: &Values) -> Option<Fault> {
    let expected = Meant::done(before, meant)?;
    let same = expected.len() == now.len()
        && now
            .iter()
            .zip(&expected)
            .all(|(a, b)| a.0 == b.0 && a.1 == b.1);
    if same {
        return None;
    }
    let odd = now
        .keys()
        .iter()
        .find(|key| now.get(key) != expected.get(key));
    let odd = odd.or_else(|| expected.keys().find(|key| !now.contains_key(key)));
    let about = odd.map_or(String::new(), |key| format!(" (`{key}`)"));
    let fault = Fault::error(format!(
        "the change would not read back as it is meant{about}"
    ));
    Some(
        fault.hint("it is written in an older or unusual way there; change it in the file by hand"),
    )
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
        let fault = before.and_then(|before| unmeant(&before, &work.meant, now));
        faults.extend(fault.map(|fault| fault.about(place.to_string())));
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
