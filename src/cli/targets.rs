//! Which nodes a verb is about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::condition::{Condition, misspelled};
use super::failure::Failure;
use super::verb::{Ask, ask, strange};
use crate::api::{Command, Mirror, NodeLine, NodeRow, Reply};
use crate::fleet::Status;
use crate::kit::{glob, hostlist, suggest};
use crate::model::{Table, Value};

/// The group that holds every node.
const EVERYBODY: &str = "all";

/// Nodes by name and by what they are like. Names, patterns and `@profile` add up (`n1 n2` are two nodes, exactly these);
/// conditions and what stands behind a `!` narrow (`rack:r07 state:failed !n3` are the failed ones of that rack, without n3).
#[derive(Debug, Default)]
pub struct Targets {
    meant: Choice,
    /// The names as they were typed, in that order.
    typed: Vec<String>,
    left_out: Choice,
    conditions: Vec<Condition>,
    /// What each profile lists, where a group has to be known.
    includes: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// Nodes by name.
#[derive(Debug, Default)]
struct Choice {
    names: BTreeSet<String>,
    patterns: Vec<String>,
    /// Profiles that they inherit.
    groups: Vec<String>,
}

impl Choice {
    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.patterns.is_empty() && self.groups.is_empty()
    }

    /// Takes a word in; the names in it, in their order.
    fn take(&mut self, word: &str) -> Result<Vec<String>, Failure> {
        let pattern = glob::is_pattern(word);
        let parts = if pattern {
            let parts = word.split(',').filter(|part| !part.is_empty());
            Ok(parts.map(str::to_owned).collect())
        } else {
            hostlist::expand(word)
        };
        let parts = parts.map_err(|e| Failure::Usage(format!("`{word}`: {e}")))?;
        // Nothing is not everything: a variable of a script that is empty must not mean all nodes.
        if parts.is_empty() {
            return Err(Failure::Usage(format!(
                "`{word}` stands for no name; `@{EVERYBODY}` means all"
            )));
        }
        let mut names = Vec::new();
        for part in parts {
            match part.strip_prefix('@') {
                Some(group) => self.groups.push(group.to_owned()),
                None if pattern => self.patterns.push(part),
                None => {
                    if self.names.insert(part.clone()) {
                        names.push(part);
                    }
                }
            }
        }
        Ok(names)
    }

    fn holds(&self, name: &str, inherits: impl Fn(&str) -> bool) -> bool {
        self.names.contains(name)
            || self.patterns.iter().any(|p| glob::matches(p, name))
            || self
                .groups
                .iter()
                .any(|group| group == EVERYBODY || inherits(group))
    }
}

impl Targets {
    /// Understands words as typed, and asks for what has to be known of profiles. None = all nodes.
    ///
    /// # Errors
    /// A word that makes no sense, in a sentence; a profile that there is not.
    pub fn read(engine: &dyn Ask, words: &[String]) -> Result<Self, Failure> {
        let mut targets = Self::parse(words)?;
        if !targets.meant.groups.is_empty() || !targets.left_out.groups.is_empty() {
            targets.look_up(engine)?;
        }
        Ok(targets)
    }

    /// The same, of words about profiles: nothing has to be looked up.
    ///
    /// # Errors
    /// A word that makes no sense.
    pub fn parse(words: &[String]) -> Result<Self, Failure> {
        let mut targets = Self::default();
        for word in words {
            if word.trim().is_empty() {
                return Err(Failure::Usage(format!(
                    "an empty word names nobody; `@{EVERYBODY}` means all"
                )));
            }
            for word in word.split_whitespace() {
                targets.take(word)?;
            }
        }
        Ok(targets)
    }

    fn take(&mut self, word: &str) -> Result<(), Failure> {
        if Condition::looks_like(word) {
            self.conditions.push(Condition::parse(word)?);
            return Ok(());
        }
        match word.strip_prefix('!') {
            Some("") => Err(Failure::Usage(
                "`!` stands alone; write who is left out right behind it, as !n3".into(),
            )),
            Some(word) => self.left_out.take(word).map(|_| ()),
            None => {
                let names = self.meant.take(word)?;
                self.typed.extend(names);
                Ok(())
            }
        }
    }

    /// Learns which profiles include which.
    fn look_up(&mut self, engine: &dyn Ask) -> Result<(), Failure> {
        let command = Command::Merged {
            table: Table::Profiles,
            names: None,
            keys: vec!["profiles".into()],
            sources: false,
            secrets: false,
        };
        let Reply::Merged(rows) = ask(engine, command)? else {
            return Err(strange());
        };
        for row in rows {
            let lists = row.values.into_iter().find_map(|row| match row.value {
                Value::List(items) => Some(items),
                _ => None,
            });
            self.includes.insert(row.name, lists.unwrap_or_default());
        }
        let known =
            |group: &&String| *group == EVERYBODY || self.includes.contains_key(group.as_str());
        let mut groups = self.meant.groups.iter().chain(&self.left_out.groups);
        let Some(strange) = groups.find(|group| !known(group)) else {
            return Ok(());
        };
        let near = suggest::nearest(strange, self.includes.keys().map(|name| &**name));
        let near = near.map(|near| format!("; did you mean `@{near}`?"));
        Err(Failure::Refused(format!(
            "`@{strange}` means the nodes that inherit the profile {strange}, and there is none{}",
            near.unwrap_or_default()
        )))
    }

    /// The names, in the order in which they were typed, if nothing has to be looked up to know whom they mean.
    #[must_use]
    pub fn plain(&self) -> Option<&[String]> {
        let plain = self.meant.patterns.is_empty()
            && self.meant.groups.is_empty()
            && self.left_out.is_empty()
            && self.conditions.is_empty()
            && !self.typed.is_empty()
            && !self.typed.iter().any(|name| misspelled(name).is_some());
        plain.then_some(&*self.typed)
    }

    /// Those among these names of profiles that are meant, in their order.
    ///
    /// # Errors
    /// Conditions, which are about nodes alone; a name that is none of them; a pattern that fits none.
    pub fn profiles<'n>(&self, known: &[&'n str]) -> Result<Vec<&'n str>, Failure> {
        let of_nodes = |group: &&String| *group != EVERYBODY;
        let groups = || self.meant.groups.iter().chain(&self.left_out.groups);
        if !self.conditions.is_empty() || groups().any(|group| of_nodes(&group)) {
            return Err(Failure::Usage(
                "conditions and `@` narrow nodes; profiles are meant by name".into(),
            ));
        }
        self.known(Table::Profiles, known.iter().copied())?;
        let anybody = self.meant.is_empty();
        let meant = |name: &&&str| {
            (anybody || self.meant.holds(name, |_| false)) && !self.left_out.holds(name, |_| false)
        };
        let found: Vec<&str> = known.iter().filter(meant).copied().collect();
        if found.is_empty() && !(anybody && self.left_out.is_empty()) {
            return Err(Failure::Refused(self.nobody(Table::Profiles)));
        }
        Ok(found)
    }

    /// Whether a node is meant.
    #[must_use]
    pub fn fit(&self, line: &NodeLine<'_>) -> bool {
        self.named(line.row) && self.conditions.iter().all(|one| one.holds(line))
    }

    /// Whether a node is meant by name, whatever it is like.
    fn named(&self, row: &NodeRow) -> bool {
        let inherits = |group: &str| self.inherited(&row.profiles).contains(group);
        (self.meant.is_empty() || self.meant.holds(&row.name, inherits))
            && !self.left_out.holds(&row.name, inherits)
    }

    /// Every profile that a list of profiles comes to: depth first, without what a `~` takes away.
    fn inherited<'s>(&'s self, lists: &'s [Arc<str>]) -> BTreeSet<&'s str> {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut waiting: Vec<&[Arc<str>]> = vec![lists];
        while let Some(lists) = waiting.pop() {
            for name in lists {
                if found.insert(name)
                    && let Some(more) = self.includes.get(name)
                {
                    waiting.push(more);
                }
            }
        }
        let gone: Vec<&str> = found
            .iter()
            .filter_map(|name| name.strip_prefix('~'))
            .collect();
        found.retain(|name| !name.starts_with('~') && !gone.contains(name));
        found
    }

    /// The nodes that are meant, in listing order, with their statuses.
    #[must_use]
    pub fn among<'m>(&self, mirror: &'m Mirror) -> Vec<(&'m NodeRow, &'m Status)> {
        let fit = |line: &NodeLine<'m>| self.fit(line);
        let lines = lines(mirror).filter(fit);
        lines.map(|line| (line.row, line.status)).collect()
    }

    /// Complains about a name that is no node's, and about words that fit nobody.
    ///
    /// # Errors
    /// The complaint.
    pub fn check(&self, mirror: &Mirror, found: usize) -> Result<(), Failure> {
        self.known(Table::Nodes, mirror.head.nodes.iter().map(|row| &*row.name))?;
        let all = self.meant.is_empty() && self.left_out.is_empty() && self.conditions.is_empty();
        if found > 0 || all {
            return Ok(());
        }
        let lines: Vec<NodeLine<'_>> = lines(mirror).filter(|line| self.named(line.row)).collect();
        if lines.is_empty() {
            return Err(Failure::Refused(self.nobody(Table::Nodes)));
        }
        let vain = |one: &&Condition| !lines.iter().any(|line| one.holds(line));
        Err(Failure::Refused(match self.conditions.iter().find(vain) {
            Some(one) => format!("no node fits `{}`{}", one.text(), one.hint(lines.iter())),
            None => {
                let texts: Vec<&str> = self.conditions.iter().map(Condition::text).collect();
                format!("no node fits all of `{}`", texts.join(" "))
            }
        }))
    }

    /// That the names mean nobody.
    fn nobody(&self, table: Table) -> String {
        let one = table.one();
        match (self.meant.patterns.as_slice(), self.meant.groups.as_slice()) {
            _ if !self.left_out.is_empty() => format!("no {one} is left"),
            ([], [group, ..]) if group != EVERYBODY => format!("no {one} inherits {group}"),
            ([pattern], _) => format!("no {one} is called like `{pattern}`"),
            ([], _) => format!("there is no {one} yet"),
            (patterns, _) => format!("no {one} is called like one of `{}`", patterns.join(",")),
        }
    }

    fn known<'n>(&self, table: Table, known: impl Iterator<Item = &'n str>) -> Result<(), Failure> {
        if self.typed.is_empty() && self.left_out.names.is_empty() {
            return Ok(());
        }
        let known: BTreeSet<&str> = known.collect();
        let names = self.typed.iter().chain(&self.left_out.names);
        let strange: Vec<&str> = names
            .map(String::as_str)
            .filter(|name| !known.contains(name))
            .collect();
        let [first, ..] = strange.as_slice() else {
            return Ok(());
        };
        let near = || suggest::nearest(first, known).map(str::to_owned);
        let near = misspelled(first).or_else(near);
        let near = near.map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_default();
        let list = hostlist::compress(&strange);
        Err(Failure::Refused(format!(
            "there is no {} `{list}`{near}",
            table.one()
        )))
    }
}

/// Every node as conditions see it.
pub fn lines(mirror: &Mirror) -> impl Iterator<Item = NodeLine<'_>> {
    let now = mirror.head.now;
    let line = move |row| {
        let status = status(mirror, row);
        NodeLine { row, status, now }
    };
    mirror.head.nodes.iter().map(line)
}

/// A node's status; one that nothing was ever heard of is off.
#[must_use]
pub fn status<'m>(mirror: &'m Mirror, row: &NodeRow) -> &'m Status {
    mirror.status_of(row.id).unwrap_or(&NEVER_HEARD)
}

/// The status of a node that nothing was ever heard of.
static NEVER_HEARD: std::sync::LazyLock<Status> = std::sync::LazyLock::new(Status::default);
