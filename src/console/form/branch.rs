//! Named sections of an entry: network devices, disks and their partitions, file systems, tags.

use std::sync::Arc;

use crate::model::field::{self, Field};
use crate::model::{Key, Table};

/// What kinds of sections there are: in which table, the way to the name of one through the YAML, and what one is called.
const KINDS: [(Table, &[&str], &str); 9] = [
    (Table::Nodes, &["network devices", "*"], "network device"),
    (
        Table::Nodes,
        &["network devices", "*", "tags", "*"],
        "tag of the device",
    ),
    (Table::Nodes, &["disks", "*"], "disk"),
    (
        Table::Nodes,
        &["disks", "*", "partitions", "*"],
        "partition",
    ),
    (Table::Nodes, &["filesystems", "*"], "file system"),
    (Table::Nodes, &["tags", "*"], "tag"),
    (Table::Nodes, &["ipmi", "tags", "*"], "tag of the BMC"),
    (Table::Settings, &["networks", "*"], "network"),
    (
        Table::Settings,
        &["tftp", "ipxe", "*"],
        "loader of an architecture",
    ),
];

/// The table whose fields a table's entries have: profiles have those of nodes.
const fn fields_of(table: Table) -> Table {
    match table {
        Table::Profiles => Table::Nodes,
        other => other,
    }
}

/// How many names are on a way.
fn depth(path: &[&str]) -> usize {
    path.iter().filter(|step| **step == "*").count()
}

/// A section, or a place for a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    kind: usize,
    /// Names of the sections that it is in, outermost first.
    pub within: Vec<Arc<str>>,
}

impl Branch {
    /// The innermost section that a key of a table is in, and its name; none of a plain key.
    #[must_use]
    pub fn of(table: Table, key: &Key) -> Option<(Self, Arc<str>)> {
        let table = fields_of(table);
        let row = field::of(table, key.field)?;
        let kinds = KINDS.iter().enumerate();
        let fits = kinds.filter(|(_, (of, path, _))| *of == table && row.path.starts_with(path));
        let (kind, (_, path, _)) = fits.max_by_key(|(_, (_, path, _))| path.len())?;
        let depth = depth(path);
        let name = key.names.get(depth - 1)?.clone();
        let within = key.names[..depth - 1].to_vec();
        Some((Self { kind, within }, name))
    }

    /// The place for new ones that a text with a `*` for the name stands for: `net.*`, `disks./dev/sda.partitions.*`.
    #[must_use]
    pub fn parse(table: Table, text: &str) -> Option<Self> {
        let begun = text.strip_suffix('*')?;
        // Of any field below it the key is known; its section is the one that is meant.
        let rows = field::rows(fields_of(table)).iter();
        let words = rows
            .filter(|row| row.names() > 0)
            .filter_map(|row| row.id.rsplit('.').next());
        let named = words.map(|word| format!("{begun}x.{word}"));
        let all = named.chain([format!("{begun}x")]);
        let mut keys = all.filter_map(|text| Key::parse_in(table, &text).ok());
        keys.find_map(|key| {
            let (branch, name) = Self::of(table, &key)?;
            (*name == *"x").then_some(branch)
        })
    }

    /// What one is called.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        KINDS[self.kind].2
    }

    const fn path(&self) -> &'static [&'static str] {
        KINDS[self.kind].1
    }

    const fn table(&self) -> Table {
        KINDS[self.kind].0
    }

    /// The fields that one has itself.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let path = self.path();
        let depth = depth(path);
        let rows = field::rows(self.table()).iter();
        rows.filter(move |row| row.path.starts_with(path) && row.names() == depth)
    }

    /// The key of a field of the one of that name; `rest` are names further in.
    #[must_use]
    pub fn key(&self, row: &'static Field, name: &Arc<str>, rest: &[Arc<str>]) -> Key {
        let names = self.within.iter().chain([name]).chain(rest);
        Key {
            field: row.id,
            names: names.cloned().collect(),
        }
    }

    /// Whether a key is in the section of that name; then the names further in.
    #[must_use]
    pub fn holds<'a>(&self, key: &'a Key, name: &str) -> Option<&'a [Arc<str>]> {
        let row = field::of(self.table(), key.field)?;
        let depth = self.within.len();
        let same = row.path.starts_with(self.path())
            && key.names.starts_with(&self.within)
            && key.names.get(depth).is_some_and(|own| **own == *name);
        same.then(|| &key.names[depth + 1..])
    }

    /// The dotted text of the section of that name, as [`Edit::Drop`](crate::model::Edit::Drop) takes it.
    #[must_use]
    pub fn text(&self, name: &Arc<str>) -> Option<String> {
        let row = self.fields().next()?;
        let key = self.key(row, name, &[]).to_string();
        // A tag is a field itself.
        let tail = match row.path.strip_prefix(self.path()) {
            Some([]) | None => String::new(),
            Some(_) => format!(".{}", row.id.rsplit('.').next().unwrap_or_default()),
        };
        key.strip_suffix(&tail).map(str::to_owned)
    }
}

/// The places for new sections in a node or profile in which these keys stand: `net.*`, `disks./dev/sda.partitions.*`, each with what
/// one is called and a field of it.
#[must_use]
pub fn places<'a>(
    keys: impl Iterator<Item = &'a str>,
) -> Vec<(String, &'static str, &'static Field)> {
    let known: Vec<Key> = keys.filter_map(|text| Key::parse(text).ok()).collect();
    let mut out: Vec<(String, &'static str, &'static Field)> = Vec::new();
    let kinds = KINDS.iter().enumerate();
    for (kind, (_, path, word)) in kinds.filter(|(_, (table, ..))| *table == Table::Nodes) {
        let depth = depth(path);
        let outer: Vec<Vec<Arc<str>>> = if depth == 1 {
            vec![Vec::new()]
        } else {
            let inside = known.iter().filter(|key| {
                field::of_node(key.field).is_some_and(|row| row.path.starts_with(&path[..depth]))
            });
            inside.map(|key| key.names[..depth - 1].to_vec()).collect()
        };
        for within in outer {
            let branch = Branch { kind, within };
            let Some(row) = branch.fields().next() else {
                continue;
            };
            let Some(text) = branch.text(&"*".into()) else {
                continue;
            };
            if out.iter().all(|(other, ..)| *other != text) {
                out.push((text, word, row));
            }
        }
    }
    out
}

/// The network that a setting is about, as a section.
#[must_use]
pub fn named(key: &str) -> Option<(Branch, Arc<str>)> {
    let key = Key::parse_in(Table::Settings, key).ok()?;
    Branch::of(Table::Settings, &key)
}
