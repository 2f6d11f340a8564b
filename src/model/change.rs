//! What can be changed in the registry, as a person means it: one [`Edit`] for each thing that is done to one entry. Several
//! edits make a change; it is checked, saved, undone and told as one.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::value::Value;

/// Which of the two files.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum File {
    /// The server's settings.
    #[serde(rename = "muster.conf")]
    Conf,
    /// Nodes and profiles.
    #[default]
    #[serde(rename = "nodes.conf")]
    Nodes,
}

impl File {
    /// Both, in the order in which they are read.
    pub const BOTH: [Self; 2] = [Self::Conf, Self::Nodes];

    /// Its name: `muster.conf`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conf => "muster.conf",
            Self::Nodes => "nodes.conf",
        }
    }
}

/// Which part of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// The machines; `nodes:` in `nodes.conf`.
    Nodes,
    /// What they inherit; `nodeprofiles:` in `nodes.conf`.
    Profiles,
    /// The server's settings: one entry, which is all of `muster.conf`.
    Settings,
}

impl Table {
    /// All of them, in the order in which a change is told.
    pub const ALL: [Self; 3] = [Self::Settings, Self::Profiles, Self::Nodes];

    /// The file that it is in.
    #[must_use]
    pub const fn file(self) -> File {
        match self {
            Self::Nodes | Self::Profiles => File::Nodes,
            Self::Settings => File::Conf,
        }
    }

    /// One entry of it, in words: `node`.
    #[must_use]
    pub const fn one(self) -> &'static str {
        match self {
            Self::Nodes => "node",
            Self::Profiles => "profile",
            Self::Settings => "setting",
        }
    }

    /// Several of them, in words: `nodes`.
    #[must_use]
    pub const fn many(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Profiles => "profiles",
            Self::Settings => "settings",
        }
    }

    /// Its section of `nodes.conf`; the settings have none, they are a whole file.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Profiles => "nodeprofiles",
            Self::Settings => "",
        }
    }
}

/// One entry of the registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Where it is listed.
    pub table: Table,
    /// Its name. Of the settings it is `muster.conf` (an empty one is understood too), or, where a whole network comes, goes or
    /// gets another name, `networks.NAME`.
    pub name: Arc<str>,
}

impl Place {
    /// The node of that name.
    #[must_use]
    pub fn node(name: &str) -> Self {
        Self {
            table: Table::Nodes,
            name: name.into(),
        }
    }

    /// The profile of that name.
    #[must_use]
    pub fn profile(name: &str) -> Self {
        Self {
            table: Table::Profiles,
            name: name.into(),
        }
    }

    /// The server's settings.
    #[must_use]
    pub fn settings() -> Self {
        Self {
            table: Table::Settings,
            name: File::Conf.name().into(),
        }
    }
}

impl fmt::Display for Place {
    /// `node n1`, `profile gpu`, `muster.conf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.table == Table::Settings {
            return f.write_str(File::Conf.name());
        }
        write!(f, "{} {}", self.table.one(), self.name)
    }
}

/// One thing that is done to one entry. Keys are the dotted text that [`Key`](super::Key) displays, as `net.eno1.ipaddr`; they
/// and the values are checked by the engine, which names every fault of a change at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// The entry's own value becomes this one, whatever it was. A list is given whole (one text is taken for a list of one); an
    /// empty text or list is as [`Edit::Unset`]. Sections on the way are made.
    Set {
        /// The entry.
        place: Place,
        /// As `kernel.args`, `tags.rack`, `disks./dev/sda.partitions.root.size_mib`.
        key: Arc<str>,
        /// The new value.
        value: Value,
    },
    /// The entry says nothing of it any more, and inherits again. What then is empty goes too. That it said nothing before is no
    /// fault.
    Unset {
        /// The entry.
        place: Place,
        /// As in [`Edit::Set`].
        key: Arc<str>,
    },
    /// Everything below a key goes: a network device (`net.eno1`), a disk, a partition (`disks./dev/sda.partitions.root`), a file
    /// system, all tags (`tags`), the BMC (`ipmi`). That there was nothing is a fault.
    Drop {
        /// The entry.
        place: Place,
        /// The beginning of keys.
        key: Arc<str>,
    },
    /// A new entry that says nothing yet. That it is there already is a fault.
    Add {
        /// The entry.
        place: Place,
    },
    /// The entry goes, with everything in it. A profile that somebody still lists stays, and that is told.
    Remove {
        /// The entry.
        place: Place,
    },
    /// The entry gets another name. Who lists a profile lists it by its new name then.
    Rename {
        /// The entry.
        place: Place,
        /// Its new name.
        to: Arc<str>,
    },
    /// A new entry that says what another one says, except for what only one machine can have: hardware, IP and BMC addresses,
    /// asset key.
    Copy {
        /// The entry that is copied.
        place: Place,
        /// Name of the new one.
        to: Arc<str>,
    },
    /// The entry becomes this text, comments and all; one that is not there is made. For an editor, or an import.
    Write {
        /// The entry.
        place: Place,
        /// YAML of its keys, the outermost ones at the beginning of their lines, as
        /// [`EntryRow::text`](crate::api::EntryRow::text) gives it.
        text: Arc<str>,
    },
}

impl Edit {
    /// Which entry it is done to.
    #[must_use]
    pub const fn place(&self) -> &Place {
        match self {
            Self::Set { place, .. }
            | Self::Unset { place, .. }
            | Self::Drop { place, .. }
            | Self::Add { place }
            | Self::Remove { place }
            | Self::Rename { place, .. }
            | Self::Copy { place, .. }
            | Self::Write { place, .. } => place,
        }
    }
}

/// What one edit makes of one key of one entry, or of the entry itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    /// The entry is new.
    Added,
    /// The entry is gone, and everything that it said.
    Removed,
    /// The entry has another name.
    Renamed,
    /// A value of the entry is another one, is new or is gone.
    Changed,
}

impl Turn {
    /// What it is when time runs backwards.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::Added => Self::Removed,
            Self::Removed => Self::Added,
            other => other,
        }
    }
}
