//! Whom a change is about.

use std::sync::Arc;

use crate::api::Command;
use crate::kit::{hostlist, units};
use crate::model::{Place, Table};

/// One or several entries of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Nodes or profiles.
    pub table: Table,
    /// Their names, in the order of the list; never empty.
    pub names: Vec<Arc<str>>,
}

impl Subject {
    /// One node.
    #[must_use]
    pub fn node(name: Arc<str>) -> Self {
        Self {
            table: Table::Nodes,
            names: vec![name],
        }
    }

    /// The server's settings.
    #[must_use]
    pub fn settings() -> Self {
        Self {
            table: Table::Settings,
            names: vec![Place::settings().name],
        }
    }

    /// What to ask the engine for to see it as it stands in the file, when it is only one; the settings are one whole.
    #[must_use]
    pub fn asked(&self) -> Option<Command> {
        let name = self.only()?.clone();
        Some(Command::Entries {
            table: self.table,
            names: (self.table != Table::Settings).then_some(name),
            secrets: false,
        })
    }

    /// The entry, if it is only one.
    #[must_use]
    pub fn only(&self) -> Option<&Arc<str>> {
        match self.names.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// Each of them.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.names.iter().map(|name| Place {
            table: self.table,
            name: name.clone(),
        })
    }

    /// Their names in short.
    #[must_use]
    pub fn hostlist(&self) -> String {
        hostlist::compress(&self.names)
    }

    /// As a title says it: `n0417`, `profile gpu`, `96 nodes n[0417-0512]`.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.only(), self.table) {
            (Some(name), Table::Nodes | Table::Settings) => name.to_string(),
            (Some(name), Table::Profiles) => format!("profile {name}"),
            (None, table) => format!(
                "{} {} {}",
                units::count(self.names.len()),
                table.many(),
                self.hostlist()
            ),
        }
    }
}
