//! Keys of settings, and the dotted text in which people write them.

use std::fmt;
use std::sync::Arc;

use super::change::Table;
use super::field::{self, Field};
use crate::kit::suggest;

/// Which setting of a node or profile: the field's id in the field table, and, for a field that lives in a named entry (a
/// network device, a disk, a partition, a file system, a tag, a resource), the names on the way. Display is the dotted form
/// that people type: `kernel.args`, `net.eno1.ipaddr`, `tags.rack`, `disks./dev/sda.partitions.root.size_mib`. A name that
/// holds a dot, a quote, or a blank at an end is shown in quotes: `net."eno1.100".ipaddr`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Id in the field table, as `kernel.args`, `net.ipaddr`, `tags`.
    pub field: &'static str,
    /// Names of the entries, outermost first: `[eno1]`, `[/dev/sda, root]`, `[rack]`; empty for a plain field.
    pub names: Vec<Arc<str>>,
}

impl Key {
    /// A key of a field without entries.
    #[must_use]
    pub const fn plain(field: &'static str) -> Self {
        Self {
            field,
            names: Vec::new(),
        }
    }

    /// Reads the dotted text of a node's or profile's key. Names with dots need quotes only where the text could mean something
    /// else too. The words of the YAML are understood as well: `network devices.eno1.ipaddr`.
    ///
    /// # Errors
    /// [`KeyError`], with the nearest key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::parse_in(Table::Nodes, text)
    }

    /// The same for the keys of a table: those of the settings are others.
    ///
    /// # Errors
    /// [`KeyError`], with the nearest key.
    pub fn parse_in(table: Table, text: &str) -> Result<Self, KeyError> {
        let (tokens, rows) = (tokens(text)?, field::rows(table));
        let found = best(rows, &tokens, |pattern, names| names == pattern.len());
        found
            .map(|(row, names, _)| Self {
                field: row.id,
                names,
            })
            .ok_or_else(|| unknown(rows, text, &tokens))
    }

    /// The words that lead to it through the YAML of a node or profile: `network devices`, `eno1`, `ipaddr`.
    #[must_use]
    pub fn path(&self) -> Vec<Arc<str>> {
        self.path_in(Table::Nodes)
    }

    /// The same through that of a table's entries: `cluster` is `cluster name` of a node, and `cluster` of the server.
    #[must_use]
    pub fn path_in(&self, table: Table) -> Vec<Arc<str>> {
        let row = field::of(table, self.field);
        let mut names = self.names.iter();
        let path = row.map_or(&[][..], |row| row.path);
        path.iter()
            .map(|step| match *step {
                "*" => names.next().cloned().unwrap_or_default(),
                word => word.into(),
            })
            .collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.names.iter();
        let mut words = self.field.split('.');
        let path = field::of_node(self.field).or_else(|| field::of_server(self.field));
        let mut dot = "";
        // A `*` of the field's path stands for the next name; every other step for the next word of the id.
        for step in path.map_or(&[][..], |row| row.path) {
            f.write_str(dot)?;
            match (*step, names.as_slice().first()) {
                ("*", Some(name)) => {
                    names.next();
                    write_name(f, name)?;
                }
                ("*", None) => f.write_str("*")?,
                _ => f.write_str(words.next().unwrap_or_default())?,
            }
            dot = ".";
        }
        for rest in words {
            write!(f, "{dot}{rest}")?;
            dot = ".";
        }
        for name in names {
            f.write_str(dot)?;
            write_name(f, name)?;
            dot = ".";
        }
        Ok(())
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let odd = |c: char| matches!(c, '.' | '"');
    if name.is_empty() || name.contains(odd) || name.trim() != name {
        return write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    f.write_str(name)
}

/// Where keys begin alike: a whole network device, a disk, all tags, or one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The words that lead to it through the YAML: `network devices`, `eno1`.
    pub path: Vec<Arc<str>>,
    /// The dotted text of it.
    pub text: Arc<str>,
    /// Whose keys they are.
    pub table: Table,
}

impl Branch {
    /// Reads the beginning of dotted keys of a node or profile.
    ///
    /// # Errors
    /// [`KeyError`], with the nearest key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        Self::parse_in(Table::Nodes, text)
    }

    /// Reads the beginning of dotted keys of a table: `net.eno1`, `disks./dev/sda`, `tags`, `ipmi`; `networks.blue`.
    ///
    /// # Errors
    /// [`KeyError`], with the nearest key.
    pub fn parse_in(table: Table, text: &str) -> Result<Self, KeyError> {
        let (tokens, rows) = (tokens(text)?, field::rows(table));
        let found = best(rows, &tokens, |_, _| true);
        let (row, names, steps) = found.ok_or_else(|| unknown(rows, text, &tokens))?;
        let mut names = names.into_iter();
        let path = row.path.iter().take(steps).map(|step| match *step {
            "*" => names.next().unwrap_or_default(),
            word => word.into(),
        });
        Ok(Self {
            path: path.collect(),
            text: text.into(),
            table,
        })
    }

    /// Whether a key begins with it.
    #[must_use]
    pub fn holds(&self, key: &Key) -> bool {
        key.path_in(self.table).starts_with(&self.path)
    }
}

/// Why a dotted text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}", .hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
pub struct KeyError {
    /// What is wrong, in one sentence.
    pub what: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// A word or name between dots, and whether it was in quotes.
type Token = (String, bool);

fn tokens(text: &str) -> Result<Vec<Token>, KeyError> {
    let mut tokens: Vec<Token> = vec![(String::new(), false)];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let Some(last) = tokens.last_mut() else { break };
        match letter {
            '.' => tokens.push((String::new(), false)),
            '"' if last.0.is_empty() && !last.1 => {
                last.1 = true;
                loop {
                    match letters.next() {
                        Some('"') => break,
                        Some('\\') => last.0.extend(letters.next()),
                        Some(inner) => last.0.push(inner),
                        None => {
                            return Err(KeyError {
                                what: format!("a quote of the key `{text}` is not closed"),
                                hint: None,
                            });
                        }
                    }
                }
            }
            other => last.0.push(other),
        }
    }
    Ok(tokens)
}

/// The steps of a field: for each the word of its id, or none for a name.
fn pattern(row: &'static Field) -> Vec<(Option<&'static str>, &'static str)> {
    let mut words = row.id.split('.');
    let step = |step: &&'static str| match *step {
        "*" => (None, "*"),
        word => (words.next(), word),
    };
    row.path.iter().map(step).collect()
}

/// The row that the tokens fit best: with the fewest dots taken into names. Gives its names and how many of its steps were
/// taken; `whole` says whether so many are enough.
fn best(
    rows: &'static [Field],
    tokens: &[Token],
    enough: impl Fn(&[(Option<&'static str>, &'static str)], usize) -> bool,
) -> Option<(&'static Field, Vec<Arc<str>>, usize)> {
    let mut best: Option<(usize, &'static Field, Vec<Arc<str>>, usize)> = None;
    for row in rows {
        let pattern = pattern(row);
        let Some((names, steps)) = fit(&pattern, tokens) else {
            continue;
        };
        let joined = tokens.len() - steps;
        let better = best.as_ref().is_none_or(|(least, ..)| joined < *least);
        if enough(&pattern, steps) && better {
            best = Some((joined, row, names, steps));
        }
    }
    best.map(|(_, row, names, steps)| (row, names, steps))
}

/// The names that tokens give when they fit the beginning of a pattern, and how many steps of it they took. A name takes as few
/// tokens as it can.
fn fit(
    pattern: &[(Option<&'static str>, &'static str)],
    tokens: &[Token],
) -> Option<(Vec<Arc<str>>, usize)> {
    let Some(((word, step), rest)) = pattern.split_first() else {
        return tokens.is_empty().then(|| (Vec::new(), 0));
    };
    let Some((first, after)) = tokens.split_first() else {
        return Some((Vec::new(), 0));
    };
    if let Some(word) = word {
        let says = !first.1 && (first.0 == *word || first.0 == *step);
        let (names, steps) = fit(rest, after).filter(|_| says)?;
        return Some((names, steps + 1));
    }
    if !first.1 && first.0.is_empty() {
        return None;
    }
    (1..=tokens.len())
        .take_while(|count| *count == 1 || tokens[..*count].iter().all(|token| !token.1))
        .find_map(|count| {
            let (mut names, steps) = fit(rest, &tokens[count..])?;
            let parts: Vec<&str> = tokens[..count].iter().map(|t| t.0.as_str()).collect();
            names.insert(0, parts.join(".").into());
            Some((names, steps + 1))
        })
}

fn unknown(rows: &'static [Field], text: &str, tokens: &[Token]) -> KeyError {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let what = format!("there is no setting `{shown}`");
    if text.is_empty() {
        let what = "a key is empty".into();
        return KeyError { what, hint: None };
    }
    let last = tokens.last().map_or("", |token| &token.0);
    let shapes: Vec<(String, &str)> = rows.iter().map(|row| shape(row, tokens)).collect();
    // `ipaddr` alone: the word is right, the way to it is missing.
    let alone = |(_, word): &&(String, &str)| *word == last && tokens.len() == 1;
    let mut ways: Vec<String> = shapes
        .iter()
        .filter(alone)
        .map(|(shape, _)| format!("`{shape}`"))
        .collect();
    // Of a node's many addresses that of a network device is the likeliest.
    ways.sort_by_key(|way| !way.starts_with("`net."));
    let hint = if ways.is_empty() {
        suggest::hint(text, shapes.iter().map(|(shape, _)| shape.as_str()))
    } else {
        Some(format!("write it as {}", ways.join(" or ")))
    };
    KeyError { what, hint }
}

/// A field's dotted text with the names that the tokens give where they are long enough, and its last word.
fn shape(row: &'static Field, tokens: &[Token]) -> (String, &'static str) {
    let pattern = pattern(row);
    let same = pattern.len() == tokens.len();
    let parts = pattern
        .iter()
        .enumerate()
        .map(|(at, (word, _))| match word {
            Some(word) => (*word).to_owned(),
            None if same => tokens[at].0.clone(),
            None => "NAME".to_owned(),
        });
    let text = parts.collect::<Vec<_>>().join(".");
    let last = pattern.iter().rev().find_map(|(word, _)| *word);
    (text, last.unwrap_or_default())
}
