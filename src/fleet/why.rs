//! Why a node is where it is: a table of causes, each recognised by what was heard last and what is missing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fleet::Fleet;
use super::sign::Sign;
use super::stage::{Condition, Stage};
use super::text;
use crate::kit::Stamp;
use crate::model::{NodeId, View};

mod advice;
mod calm;
mod case;
mod load;
mod network;
mod refused;
mod start;

use case::{Case, Row, Words};

/// Events shown as evidence.
const EVIDENCE: usize = 12;

/// The explanation of one node's state, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The node's name.
    pub node: Arc<str>,
    /// Its stage.
    pub stage: Stage,
    /// Its condition.
    pub condition: Condition,
    /// One line: "image fetched in full, then silence for 1m30".
    pub headline: Arc<str>,
    /// What was expected next: "a beacon `init started` within 60 s".
    pub expected: Option<Arc<str>>,
    /// What is missing or wrong.
    pub missing: Option<Arc<str>>,
    /// What that usually means, most likely first.
    pub meaning: Vec<Arc<str>>,
    /// What to try, in order; commands are given ready to type.
    pub tries: Vec<Arc<str>>,
    /// The events that this rests on, oldest first: time and text.
    pub evidence: Vec<(Stamp, Arc<str>)>,
}

/// Explains a node's state. Rests only on what was heard from the node; knows a verdict for healthy nodes and for ones that
/// are off, too.
#[must_use]
pub fn why(fleet: &Fleet, view: &View, node: NodeId, now: Stamp) -> Verdict {
    let status = fleet.status(node);
    let Some(case) = Case::new(fleet, view, node, now) else {
        return Verdict {
            node: view
                .node(node)
                .map_or_else(|| "?".into(), |n| n.name.clone()),
            stage: status.stage,
            condition: status.condition,
            headline: "this node is not in the registry".into(),
            expected: None,
            missing: None,
            meaning: Vec::new(),
            tries: Vec::new(),
            evidence: Vec::new(),
        };
    };
    let row = tables()
        .flat_map(|table| table.iter())
        .find(|row| (row.when)(&case));
    let mut words = row.map_or_else(|| calm::under_way(&case), |row| (row.say)(&case));
    again(&case, &mut words);
    Verdict {
        node: case.node.name.clone(),
        stage: status.stage,
        condition: status.condition,
        headline: words.headline.into(),
        expected: words.expected.or_else(|| expected(&case)).map(Into::into),
        missing: words.missing.map(Into::into),
        meaning: words.meaning.into_iter().map(Into::into).collect(),
        tries: words.tries.into_iter().map(Into::into).collect(),
        evidence: evidence(&case),
    }
}

/// The tables, most telling first.
fn tables() -> impl Iterator<Item = &'static [Row]> {
    [
        refused::ROWS,
        network::ROWS,
        load::ROWS,
        start::ROWS,
        calm::ROWS,
    ]
    .into_iter()
}

/// What the boot's next signal is and how long it may take.
fn expected(case: &Case<'_>) -> Option<String> {
    if case.status.condition == Condition::Failed {
        // What comes next depends on who mends it.
        return None;
    }
    let boot = case.boot.filter(|boot| boot.ended.is_none())?;
    let best = boot.best.filter(|best| *best != Sign::Up)?;
    let patience = case.fleet.patience(boot)?;
    Some(format!(
        "{} within {}",
        best.row().next,
        case::brief(patience)
    ))
}

/// A node that starts over again and again is told so, whatever this boot looks like.
fn again(case: &Case<'_>, words: &mut Words) {
    let Some(slot) = case.fleet.slot(case.node.id).filter(|slot| slot.loops > 1) else {
        return;
    };
    if case.status.stage == Stage::Up {
        return;
    }
    let last = slot
        .last
        .as_ref()
        .map_or(String::new(), |(stage, _, note)| {
            let note = note
                .as_deref()
                .map_or(String::new(), |note| format!(" ({note})"));
            format!("; the last one got as far as {stage}{note}")
        });
    words.meaning.insert(
        0,
        format!(
            "it goes round: {} boots in a row did not come up{last}",
            slot.loops
        ),
    );
}

fn evidence(case: &Case<'_>) -> Vec<(Stamp, Arc<str>)> {
    let Some(boot) = case.boot else {
        return Vec::new();
    };
    let skip = boot.events().len().saturating_sub(EVIDENCE);
    let mut all: Vec<(Stamp, Arc<str>)> = boot
        .events()
        .skip(skip)
        .map(|event| (event.at, event.text_with(boot.image.as_deref()).into()))
        .collect();
    if let Some(rival) = case.rival() {
        let line = format!(
            "another DHCP server, {} on {}: {}",
            rival.server, rival.via, rival.what
        );
        let line: Arc<str> = text::clean(&line).into();
        if !all.iter().any(|(_, text)| *text == line) {
            all.push((rival.at, line));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all
}
