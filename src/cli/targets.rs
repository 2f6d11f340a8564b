//! Which nodes a verb is about.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::api::{Mirror, NodeLine, NodeRow};
use crate::fleet::Status;
use crate::kit::{glob, hostlist, suggest};
use crate::model::Table;
use crate::model::query::Query;

/// Nodes by name and by what they are like. Names add up (`n1 n2` are two nodes, exactly these); conditions narrow
/// (`rack:r07 state:failed` are the failed ones of that rack).
#[derive(Debug, Default)]
pub struct Targets {
    names: BTreeSet<String>,
    /// The names as they were typed, in that order.
    typed: Vec<String>,
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
                let new = |name: &String| targets.names.insert(name.clone());
                targets.typed.extend(names.into_iter().filter(new));
            }
        }
        targets.conditions = Query::parse(&conditions.join(" "))
            .map_err(|e| Failure::Refused(format!("the conditions are not understood: {e}")))?;
        Ok(targets)
    }

    /// The names, in the order in which they were typed, if nothing has to be looked up to know whom they mean.
    #[must_use]
    pub fn plain(&self) -> Option<&[String]> {
        let plain =
            self.patterns.is_empty() && self.conditions.is_empty() && !self.typed.is_empty();
        plain.then_some(&*self.typed)
    }

    /// Those among these names that are meant, in their order. Conditions are about nodes alone.
    ///
    /// # Errors
    /// Conditions; a name that is none of them; a pattern that fits none.
    pub fn named<'n>(&self, table: Table, known: &[&'n str]) -> Result<Vec<&'n str>, Failure> {
        if !self.conditions.is_empty() {
            return Err(Failure::Usage(format!(
                "conditions narrow nodes; {} are meant by name",
                table.many()
            )));
        }
        self.known(table, known.iter().copied())?;
        let anybody = self.names.is_empty() && self.patterns.is_empty();
        let meant = |name: &&&str| {
            anybody
                || self.names.contains(**name)
                || self.patterns.iter().any(|p| glob::matches(p, name))
        };
        let found: Vec<&str> = known.iter().filter(meant).copied().collect();
        if found.is_empty() && !anybody {
            return Err(Failure::Refused(format!(
                "no {} is called like that",
                table.one()
            )));
        }
        Ok(found)
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
        self.known(Table::Nodes, mirror.head.nodes.iter().map(|row| &*row.name))?;
        let all = self.names.is_empty() && self.patterns.is_empty() && self.conditions.is_empty();
        if found == 0 && !all {
            return Err(Failure::Refused("no node is like that".into()));
        }
        Ok(())
    }

    fn known<'n>(&self, table: Table, known: impl Iterator<Item = &'n str>) -> Result<(), Failure> {
        let known: BTreeSet<&str> = known.collect();
        let strange: Vec<&str> = (self.typed.iter().map(String::as_str))
            .filter(|name| !known.contains(name))
            .collect();
        let [first, ..] = strange.as_slice() else {
            return Ok(());
        };
        let near = suggest::nearest(first, known);
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_default();
        let list = hostlist::compress(&strange);
        Err(Failure::Refused(format!(
            "there is no {} `{list}`{near}",
            table.one()
        )))
    }
}

/// A node's status; one that nothing was ever heard of is off.
#[must_use]
pub fn status<'m>(mirror: &'m Mirror, row: &NodeRow) -> &'m Status {
    mirror.status_of(row.id).unwrap_or(&NEVER_HEARD)
}

/// The status of a node that nothing was ever heard of.
static NEVER_HEARD: std::sync::LazyLock<Status> = std::sync::LazyLock::new(Status::default);
