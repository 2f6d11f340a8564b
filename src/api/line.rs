//! A node's row and status together, as the query language asks them.

use std::time::Duration;

use super::row::NodeRow;
use crate::fleet::{Condition, Stage, Status};
use crate::kit::Stamp;
use crate::model::query::{Row, Word};

/// One line of a list of nodes.
#[derive(Debug, Clone, Copy)]
pub struct NodeLine<'a> {
    /// What the registry says.
    pub row: &'a NodeRow,
    /// How it is doing.
    pub status: &'a Status,
    /// The time at which its age is taken.
    pub now: Stamp,
}

/// One word for how a node is: `failed`, `stalled`, `off`, `up` or `booting`.
#[must_use]
pub const fn state(status: &Status) -> &'static str {
    match (status.condition, status.stage) {
        (Condition::Failed, _) => "failed",
        (Condition::Stalled, _) => "stalled",
        (Condition::Fine, Stage::Off) => "off",
        (Condition::Fine, Stage::Up) => "up",
        (Condition::Fine, _) => "booting",
    }
}

impl Row for NodeLine<'_> {
    fn any(&self, word: Word, each: &mut dyn FnMut(&str) -> bool) -> bool {
        let Self { row, status, .. } = self;
        match word {
            Word::Name => each(&row.name),
            Word::Rack => each(&row.rack),
            Word::Profile => row.profiles.iter().any(|profile| each(profile)),
            Word::Image => row.image.as_deref().is_some_and(each),
            Word::Network => row.network.as_deref().is_some_and(each),
            Word::Tag => row
                .tags
                .iter()
                .any(|tag| each(tag) || tag.split_once('=').is_some_and(|(key, _)| each(key))),
            Word::Ip => status.ip.or(row.ip).is_some_and(|ip| each(&ip.to_string())),
            Word::Mac => row.mac.is_some_and(|mac| each(&mac.to_string())),
            Word::Stage => each(status.stage.word()),
            Word::State => {
                each(state(status))
                    || (status.condition != Condition::Fine && each("bad"))
                    || status.note.as_deref().is_some_and(each)
            }
            Word::Cluster => row.cluster.as_deref().is_some_and(each),
            Word::Comment => row.comment.as_deref().is_some_and(each),
            Word::Drift => {
                status.drift.word().is_some_and(&mut *each)
                    || status
                        .drift
                        .differs()
                        .is_some_and(|differs| differs.words().any(each))
            }
        }
    }

    fn age(&self) -> Option<Duration> {
        (status_began(self.status)).map(|since| self.now.since(since))
    }
}

/// Since when a node is in its state; none for one never heard of.
fn status_began(status: &Status) -> Option<Stamp> {
    (status.since.0 > 0).then_some(status.since)
}
