//! What was written is read back: what would be held after a change, from the lines of the entries that it is about, or from the
//! whole text.

use std::collections::HashSet;
use std::sync::Arc;

use super::document;
use super::edit::{Desk, Sewn, Work};
use super::entry::Entry;
use super::findings::Findings;
use super::held::Held;
use super::hunk::Hunk;
use super::load::Registry;
use super::pieces::Piece;
use crate::model::{Fault, Level, Place, Table};

/// With more entries than this the new text is read as a whole.
const MANY: usize = 64;
/// Faults that are told.
const FAULTS: usize = 200;

impl Registry {
    /// What would be held: the entries in work are read anew, or everything when they are many.
    pub(super) fn read_back(&mut self, desk: &Desk<'_>, sewn: &Sewn) -> Result<Held, Vec<Fault>> {
        if desk.works().len() <= MANY
            && !self.held.cut
            && let Some(held) = self.read_some(desk, sewn)?
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
    fn read_some(&mut self, desk: &Desk<'_>, sewn: &Sewn) -> Result<Option<Held>, Vec<Fault>> {
        let mut held = Held {
            layout: Some(sewn.layout.clone()),
            ..self.held.clone()
        };
        let mut found = Findings::default();
        for (work, line) in desk.works().iter().zip(&sewn.lines) {
            let Some(now) = self.read_work(&mut held, work, *line)? else {
                return Ok(None);
            };
            if let Some((text, line)) = desk.before(work) {
                let lines = text.split_inclusive('\n').count();
                let Some((_, _, before)) = self.read_piece(work.table, text, line) else {
                    return Ok(None);
                };
                let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
                let range = (number(line), number(line + lines));
                if !held.findings.without(&before, range, &now) {
                    return Ok(None);
                }
            }
            found.add(now);
        }
        let moves = Moves::of(&sewn.hunks);
        held.findings.moved(|line| moves.to(line));
        held.findings.add(found);
        let works = desk.works().iter();
        let touched: HashSet<(Table, &Arc<str>)> =
            works.map(|work| (work.table, &work.name)).collect();
        let least = sewn.hunks.first().map_or(u32::MAX, |hunk| hunk.line);
        for table in [Table::Nodes, Table::Profiles] {
            for (name, entry) in held.table_mut(table) {
                if entry.at.line > least && !touched.contains(&(table, name)) {
                    *entry = Arc::new(entry.moved(moves.to(entry.at.line)));
                }
            }
        }
        Ok(Some(held))
    }

    /// Reads one entry anew and puts it into what is held. None if its lines are not just that entry.
    fn read_work(
        &mut self,
        held: &mut Held,
        work: &Work,
        line: Option<usize>,
    ) -> Result<Option<Findings>, Vec<Fault>> {
        let (Some(text), Some(line)) = (work.text(), line) else {
            replaced(held, work, None);
            return Ok(Some(Findings::default()));
        };
        let Some((name, entry, now)) = self.read_piece(work.table, text, line) else {
            return Ok(None);
        };
        if name != work.name {
            return Ok(None);
        }
        if entry.is_none() && !was_flawed(&self.held, work) {
            return Err(now.finish());
        }
        replaced(held, work, Some((name, entry)));
        Ok(Some(now))
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
