//! Which nodes a verb is about.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::api::{Mirror, NodeLine, NodeRow};
use crate::fleet::Status;
use crate::kit::{glob, hostlist, suggest};
use crate::model::query::Query;

/// Nodes by name and by what they are like. Names add up (`n1 n2` are two nodes, exactly these); conditions narrow
/// (`rack:r07 state:failed` are the failed ones of that rack).
#[derive(Debug, Default)]
pub struct Targets {
    names: BTreeSet<String>,
    patterns: Vec<String>,
    conditions: Query,
}

impl Targets {
    /// Understands words as typed. None = all nodes.
    ///
    /// # Errors
    /// A word that makes no sense, in a sentence.
    pub fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut targets = Self::default();
        let mut conditions = Vec::new();
        for word in words.iter().flat_map(|words| words.split_whitespace()) {
            if word.contains([':', '<', '>', '!']) {
                conditions.push(word);
            } else if glob::is_pattern(word) {
                let patterns = word.split(',').filter(|pattern| !pattern.is_empty());
                targets.patterns.extend(patterns.map(str::to_owned));
            } else {
                let names = hostlist::expand(word).map_err(|e| Failure::Refused(e.to_string()))?;
                targets.names.extend(names);
            }
        }
        targets.conditions = Query::parse(&conditions.join(" "))
            .map_err(|e| Failure::Refused(format!("the conditions are not understood: {e}")))?;
        Ok(targets)
    }

    /// Whether a node is meant.
    #[must_use]
    pub fn fit(&self, line: &NodeLine<'_>) -> bool {
        let anybody = self.names.is_empty() && self.patterns.is_empty();
        let named = || {
            let name = &*line.row.name;
            self.names.contains(name) || self.patterns.iter().any(|p| glob::matches(p, name))
        };
        (anybody || named()) && self.conditions.matches(line)
    }

    /// The nodes that are meant, in listing order, with their statuses.
    #[must_use]
    pub fn among<'m>(&self, mirror: &'m Mirror) -> Vec<(&'m NodeRow, &'m Status)> {
        let now = mirror.head.now;
        let line = |row: &'m NodeRow| (row, status(mirror, row));
        let fit = |(row, status): &(&NodeRow, &Status)| self.fit(&NodeLine { row, status, now });
        mirror.head.nodes.iter().map(line).filter(fit).collect()
    }

    /// Complains about a name that is no node's, and about conditions that fit nobody.
    ///
    /// # Errors
    /// The complaint.
    pub fn check(&self, mirror: &Mirror, found: usize) -> Result<(), Failure> {
        let known: BTreeSet<&str> = mirror.head.nodes.iter().map(|row| &*row.name).collect();
        let strange: Vec<&str> = (self.names.iter().map(String::as_str))
            .filter(|name| !known.contains(name))
            .collect();
        if let [first, ..] = strange.as_slice() {
            let near = suggest::nearest(first, known);
            let near = near.map(|near| format!("; did you mean `{near}`?"));
            let near = near.unwrap_or_default();
            let list = hostlist::compress(&strange);
            return Err(Failure::Refused(format!("there is no node `{list}`{near}")));
        }
        let all = self.names.is_empty() && self.patterns.is_empty() && self.conditions.is_empty();
        if found == 0 && !all {
            return Err(Failure::Refused("no node is like that".into()));
        }
        Ok(())
    }
}

/// A node's status; one that nothing was ever heard of is off.
#[must_use]
pub fn status<'m>(mirror: &'m Mirror, row: &NodeRow) -> &'m Status {
    mirror.status_of(row.id).unwrap_or(&NEVER_HEARD)
}

/// The status of a node that nothing was ever heard of.
static NEVER_HEARD: std::sync::LazyLock<Status> = std::sync::LazyLock::new(Status::default);
