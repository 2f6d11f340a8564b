//! Values of settings, and where they came from.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::field;
use super::keyed::Keyed;

/// Which setting of a node or profile: the field's id in the field table, and, for a field that lives in a named entry (a
/// network device, a disk, a partition, a file system, a tag, a resource), the names on the way. Display is the dotted form
/// that people type: `kernel.args`, `net.eno1.ipaddr`, `tags.rack`, `disks./dev/sda.partitions.root.size_mib`.
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
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.names.iter();
        let mut words = self.field.split('.');
        let path = field::of_node(self.field).or_else(|| field::of_server(self.field));
        let mut dot = "";
        // A `*` of the field's path stands for the next name; every other step for the next word of the id.
        for step in path.map_or(&[][..], |row| row.path) {
            match (*step, &mut names, &mut words) {
                ("*", names, _) => write!(f, "{dot}{}", names.next().map_or("*", AsRef::as_ref))?,
                (_, _, words) => write!(f, "{dot}{}", words.next().unwrap_or_default())?,
            }
            dot = ".";
        }
        for rest in words.chain(names.map(AsRef::as_ref)) {
            write!(f, "{dot}{rest}")?;
            dot = ".";
        }
        Ok(())
    }
}

/// A value as the registry holds it. Scalars keep the text the administrator wrote; their kind in the field table has checked
/// it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any scalar: text, number, address, switch.
    Text(Arc<str>),
    /// A list of texts, order kept. `~x` removes `x` when layers are merged.
    List(Vec<Arc<str>>),
    /// Free YAML (resources); rare and large, so it stands apart.
    Yaml(Box<serde_yaml::Value>),
}

impl Value {
    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Yaml(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(" ")),
            Self::Yaml(value) => {
                f.write_str(serde_yaml::to_string(value).unwrap_or_default().trim_end())
            }
        }
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The node's own entry.
    Node,
    /// A profile, by name.
    Profile(Arc<str>),
    /// Several layers, in merge order, for lists that append.
    Layers(Arc<[Arc<str>]>),
    /// Nobody set it; muster's default.
    Default,
    /// Computed, with the reason (`first network device`).
    Derived(Arc<str>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node => f.write_str("node"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Layers(names) => f.write_str(&names.join(", ")),
            Self::Default => f.write_str("default"),
            Self::Derived(why) => write!(f, "{why}"),
        }
    }
}

/// A resolved value with its source and what it hides, nearest layer first.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The value in force.
    pub value: Arc<Value>,
    /// Which layer gave it.
    pub source: Source,
    /// Values of lower layers that this one hides.
    pub shadows: Vec<(Source, Arc<Value>)>,
}

/// The settings of one entry (own values) or of a resolved node (merged values), sorted by key.
pub type Values = Keyed<Arc<Value>>;

/// A text that must not be shown: masked in `Debug`, `Display` and JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text itself. Every caller is a place where a secret leaves the house.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}
