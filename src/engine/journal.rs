//! Every revision of both files in order, each with the lines that it changed: what was done, by whom, and the way back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::prepare::digest;
use crate::api::LogRow;
use crate::kit::Stamp;
use crate::model::{File, Table, Turn, Value};
use crate::registry::{self, Difference, Hunk};

/// How many bytes of lines are held; what is older is only listed.
const HELD: usize = 64 << 20;
/// How many revisions are listed.
const LISTED: usize = 100_000;

/// One step of a file from one text to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Counts the steps.
    pub seq: u64,
    /// Which file; what was kept before there were two is about `nodes.conf`.
    #[serde(default)]
    pub file: File,
    /// The revision that it led to. A step that changed nothing in force (a comment edited by hand) has that of the step before,
    /// and is not listed.
    pub revision: u64,
    /// Whether it is listed.
    pub listed: bool,
    /// When.
    pub at: Stamp,
    /// Who.
    pub by: Arc<str>,
    /// Whether that was in the file itself.
    #[serde(default)]
    pub hand: bool,
    /// Whether nothing of the text that it led to was left to an older form.
    #[serde(default)]
    pub good: bool,
    /// What, in one line.
    pub summary: Arc<str>,
    /// What its author said of it.
    pub note: Option<Arc<str>>,
    /// The revision that it takes back.
    pub undoes: Option<u64>,
    /// SHA-256 of the text before and after.
    pub digests: (Arc<str>, Arc<str>),
    /// The lines that changed; none if they are not known (any more).
    pub hunks: Option<Vec<Hunk>>,
    /// What that meant.
    pub differences: Vec<Difference>,
}

impl Revision {
    /// Whether this text is what it led to.
    #[must_use]
    pub fn leads_to(&self, text: &str) -> bool {
        self.digests.1 == digest(text)
    }

    fn weight(&self) -> usize {
        let lines = self.hunks.iter().flatten();
        let lines: usize = lines.map(|hunk| hunk.old.len() + hunk.new.len() + 64).sum();
        lines
            + self
                .differences
                .iter()
                .map(|one| one.names.len() * 16 + 128)
                .sum::<usize>()
    }
}

/// Which entry's key, and the step that touched it last.
pub type Touched<'j> = HashMap<(Table, &'j str, &'j str), &'j Revision>;

/// The steps that are known, oldest first.
#[derive(Debug, Default)]
pub struct Journal {
    steps: VecDeque<Revision>,
    weight: usize,
}

/// Why a revision cannot be taken back line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stuck {
    /// Its lines are not known any more.
    Forgotten,
    /// A later step changed the same lines.
    Changed,
}

impl Journal {
    /// What earlier runs kept, oldest first.
    pub fn restore(&mut self, steps: Vec<Revision>) {
        for step in steps {
            self.push(step);
        }
    }

    /// Adds a step.
    pub fn push(&mut self, step: Revision) {
        self.weight += step.weight();
        self.steps.push_back(step);
        for old in &mut self.steps {
            if self.weight <= HELD {
                break;
            }
            self.weight -= old.weight();
            old.hunks = None;
            old.differences.clear();
            self.weight += old.weight();
        }
        if self.steps.len() > LISTED {
            self.weight -= self.steps.pop_front().map_or(0, |old| old.weight());
        }
    }

    /// Takes the last step off again.
    pub fn pop(&mut self) {
        self.weight -= self.steps.pop_back().map_or(0, |step| step.weight());
    }

    /// Number of the next step.
    pub fn next_seq(&self) -> u64 {
        self.steps.back().map_or(1, |step| step.seq + 1)
    }

    /// Every step, the last one first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Revision> {
        self.steps.iter().rev()
    }

    /// The last step.
    pub fn last(&self) -> Option<&Revision> {
        self.steps.back()
    }

    /// The last step of a file.
    pub fn last_of(&self, file: File) -> Option<&Revision> {
        self.steps.iter().rev().find(|step| step.file == file)
    }

    /// The step that led to a revision.
    pub fn find(&self, revision: u64) -> Option<&Revision> {
        self.steps
            .iter()
            .rev()
            .find(|step| step.listed && step.revision == revision)
    }

    /// Which revisions are taken back, each with the one that does.
    pub fn undone(&self) -> HashMap<u64, u64> {
        let mut undone: HashMap<u64, u64> = HashMap::new();
        let mut takes: HashMap<u64, u64> = HashMap::new();
        for step in self.steps.iter().filter(|step| step.listed) {
            let Some(of) = step.undoes else { continue };
            // What is taken back itself takes nothing back any more.
            if let Some(first) = takes.get(&of)
                && undone.get(first) == Some(&of)
            {
                undone.remove(first);
            }
            undone.insert(of, step.revision);
            takes.insert(step.revision, of);
        }
        undone
    }

    /// What an undo takes back when nothing is named: the newest revision in force that takes nothing back.
    pub fn newest(&self) -> Option<u64> {
        let undone = self.undone();
        let fit = |step: &&Revision| {
            step.listed && step.undoes.is_none() && !undone.contains_key(&step.revision)
        };
        self.steps.iter().rev().find(fit).map(|step| step.revision)
    }

    /// What a redo takes back: the newest undo in force, unless something else was done after it.
    pub fn newest_undo(&self) -> Option<u64> {
        let undone = self.undone();
        let takes: HashMap<u64, u64> = self
            .steps
            .iter()
            .filter_map(|step| Some((step.revision, step.undoes?)))
            .collect();
        let since = self.steps.iter().rev().filter(|step| step.listed);
        let mut undos = since.map_while(|step| step.undoes.map(|of| (step.revision, of)));
        // A redo takes an undo back; what it is told from is that an undo takes back what is none.
        undos.find_map(|(revision, of)| {
            let undo = !takes.contains_key(&of) && !undone.contains_key(&revision);
            undo.then_some(revision)
        })
    }

    /// The step whose lines are there for a revision: its own, or, when it was taken back and brought in again, the last one that
    /// brought it in.
    pub fn bearer(&self, revision: u64) -> Option<&Revision> {
        let taker = |of: u64| {
            let mut steps = self.steps.iter().rev();
            steps.find(|step| step.listed && step.undoes == Some(of))
        };
        let mut bearer = self.find(revision)?;
        while let Some(again) = taker(bearer.revision).and_then(|undo| taker(undo.revision)) {
            bearer = again;
        }
        Some(bearer)
    }

    /// Today's text without what a revision changed in it.
    ///
    /// # Errors
    /// [`Stuck`].
    pub fn without(&self, revision: u64, text: &str) -> Result<String, Stuck> {
        let mine = |step: &Revision| step.listed && step.revision == revision;
        let at = self.steps.iter().rposition(mine).ok_or(Stuck::Forgotten)?;
        let hunks = self.steps[at].hunks.as_deref().ok_or(Stuck::Forgotten)?;
        let first = registry::back(hunks);
        let file = self.steps[at].file;
        let led = &self.steps[at].digests.1;
        if self
            .last_of(file)
            .is_some_and(|last| last.digests.1 == *led)
        {
            // All that came later was taken back: so is this, to the byte.
            return registry::apply(text, &first).ok_or(Stuck::Changed);
        }
        let mut back = Some(first.clone());
        let later = || self.steps.range(at + 1..).filter(|step| step.file == file);
        for later in later() {
            let hunks = later.hunks.as_deref().ok_or(Stuck::Forgotten)?;
            back = back.and_then(|back| registry::carried(&back, hunks));
        }
        if let Some(back) = back {
            return registry::apply(text, &back).ok_or(Stuck::Changed);
        }
        // Later steps may have changed the same lines and changed them back: only what is left of them counts.
        let mut then = text.to_owned();
        for later in later().rev() {
            let hunks = later.hunks.as_deref().ok_or(Stuck::Forgotten)?;
            then = registry::apply(&then, &registry::back(hunks)).ok_or(Stuck::Changed)?;
        }
        let left = registry::between(&then, text);
        let back = registry::carried(&first, &left).ok_or(Stuck::Changed)?;
        registry::apply(text, &back).ok_or(Stuck::Changed)
    }

    /// What was touched after a revision, by whom last.
    pub fn touched_since(&self, revision: u64) -> Touched<'_> {
        self.touched(|step| step.revision > revision)
    }

    /// What was touched by such steps, by whom last.
    pub fn touched(&self, wanted: impl Fn(&Revision) -> bool) -> Touched<'_> {
        let mut touched = Touched::new();
        for step in self.steps.iter().filter(|step| wanted(step)) {
            for one in &step.differences {
                for name in &one.names {
                    touched.insert((one.table, name, &one.key), step);
                }
            }
        }
        touched
    }

    /// When each entry was changed last; and when the last change came of which it is not known any more what it said.
    pub fn touched_at(&self) -> (HashMap<(Table, &str), Stamp>, Option<Stamp>) {
        let mut touched = HashMap::new();
        for step in &self.steps {
            for one in &step.differences {
                let names = one.names.iter().map(|name| ((one.table, &**name), step.at));
                touched.extend(names);
            }
        }
        let dim = self.steps.iter().filter(|step| step.hunks.is_none());
        (touched, dim.map(|step| step.at).max())
    }

    /// Rows of the log, newest first.
    pub fn log(&self, before: Option<u64>, limit: usize) -> Vec<LogRow> {
        let undone = self.undone();
        let older =
            |step: &&Revision| step.listed && before.is_none_or(|before| step.revision < before);
        let steps = self.steps.iter().rev().filter(older).take(limit);
        let row = |step: &Revision| LogRow {
            revision: step.revision,
            at: step.at,
            by: step.by.clone(),
            summary: step.summary.clone(),
            note: step.note.clone(),
            undoes: step.undoes,
            undone_by: undone.get(&step.revision).copied(),
        };
        steps.map(row).collect()
    }

    /// What differs between two revisions; none if the steps between them are not all known.
    pub fn diff(&self, from: u64, to: u64) -> Option<Vec<Difference>> {
        let known = self
            .steps
            .front()
            .is_some_and(|first| first.revision <= from + 1);
        let mut net: Vec<Difference> = Vec::new();
        let mut index: HashMap<(Table, Arc<str>, Arc<str>), usize> = HashMap::new();
        let between = |step: &&Revision| step.revision > from && step.revision <= to;
        for step in self.steps.iter().filter(between) {
            step.hunks.as_ref()?;
            for one in &step.differences {
                for name in &one.names {
                    let key = (one.table, name.clone(), one.key.clone());
                    match index.get(&key) {
                        Some(at) => meet(&mut net[*at], one),
                        None => {
                            index.insert(key, net.len());
                            net.push(Difference {
                                names: vec![name.clone()],
                                ..one.clone()
                            });
                        }
                    }
                }
            }
        }
        net.retain(|one| match one.turn {
            Turn::Changed => one.before != one.after,
            // Came and went.
            Turn::Removed => one.before.is_none() || one.before != one.after,
            Turn::Added | Turn::Renamed => true,
        });
        known.then_some(net)
    }
}

/// One difference after another of the same key.
fn meet(first: &mut Difference, then: &Difference) {
    match (first.turn, then.turn) {
        (Turn::Added, Turn::Removed) | (Turn::Removed, Turn::Added) => {
            let both = Some(Value::Text("".into()));
            (first.turn, first.before, first.after) = (Turn::Removed, both.clone(), both);
        }
        (_, turn) => {
            first.turn = turn;
            first.after.clone_from(&then.after);
        }
    }
}
