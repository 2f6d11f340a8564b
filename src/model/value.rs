//! Values of settings, and where they came from.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keyed::Keyed;

/// A value as the registry holds it. Scalars keep the text the administrator wrote; their kind in the field table has checked
/// it. In JSON it is a text, a list of texts, or anything else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
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
