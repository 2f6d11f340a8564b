//! The field table: one row for every setting of nodes, profiles and the server. Reading, checking, listing, help and forms
//! derive from it; a new setting is one row in `node.rs` or `server.rs`.

mod check;
mod kind;
mod node;
mod offer;
mod older;
mod server;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use check::{bad_name, bad_text, span, switch, switch_or};
pub use kind::Kind;
pub use node::NODE;
pub use offer::Offer;
pub use older::{OLDER, Older, Owner as OlderOwner};
pub use server::SERVER;

use super::change::Table;

/// The iPXE scripts that `ipxe template` may name.
pub const SCRIPTS: [&str; 3] = ["default", "localdisk", "unconfigured"];

/// The boot methods that the node tag `IPXEMenuEntry` may name.
pub const METHODS: [&str; 7] = [
    "initrd",
    "initrd_nocompress",
    "imgextract",
    "dracut",
    "dracut_static",
    "localdisk",
    "shell",
];

/// What stands for a secret wherever it must not be shown.
pub const MASK: &str = "••••";

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// At the node's next boot.
    NextBoot,
    /// At once, for the next packet or request.
    Live,
    /// At once: the server opens another port, or opens and closes it. Where that port cannot be had, the old one stays.
    Reopen,
    /// When the daemon starts again.
    Restart,
}

impl Effect {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NextBoot => "next boot",
            Self::Live => "at once",
            Self::Reopen => "at once, by another port",
            Self::Restart => "restart",
        }
    }
}

/// Whose setting it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Only nodes have it.
    Node,
    /// Nodes and profiles have it.
    Any,
    /// The server has it.
    Server,
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its id, as `kernel.args`; unique within its table. As many segments as `path` has words that are no `*`.
    pub id: &'static str,
    /// Its way through the YAML; `*` stands for the name of an entry, as in `network devices`, `*`, `ipaddr`.
    pub path: &'static [&'static str],
    /// Flag of the command line without the dashes; empty when there is none.
    pub flag: &'static str,
    /// The one-letter form of the flag.
    pub short: Option<char>,
    /// Other spellings of the flag that are understood but not shown.
    pub aliases: &'static [&'static str],
    /// From where completions and forms take likely values.
    pub offer: Offer,
    /// Label for people.
    pub label: &'static str,
    /// One line of documentation.
    pub doc: &'static str,
    /// What its values look like.
    pub kind: Kind,
    /// Whose it is.
    pub owner: Owner,
    /// Whether it must not be shown.
    pub secret: bool,
    /// Whether nodes take it from their profiles.
    pub inherited: bool,
    /// Whether muster does anything with it yet.
    pub acted_on: bool,
    /// When a change takes effect.
    pub effect: Effect,
    /// Value when nobody sets it; empty when there is none or it is computed.
    pub default: &'static str,
}

impl Field {
    /// A row with the usual answers: inherited, shown, acted on, effective at the next boot.
    pub(super) const fn row(
        id: &'static str,
        path: &'static [&'static str],
        kind: Kind,
        label: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            id,
            path,
            flag: "",
            short: None,
            aliases: &[],
            offer: Offer::Nothing,
            label,
            doc,
            kind,
            owner: Owner::Any,
            secret: false,
            inherited: true,
            acted_on: true,
            effect: Effect::NextBoot,
            default: "",
        }
    }

    pub(super) const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = flag;
        self
    }

    pub(super) const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    pub(super) const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn offer(mut self, offer: Offer) -> Self {
        self.offer = offer;
        self
    }

    pub(super) const fn own(mut self) -> Self {
        self.inherited = false;
        self
    }

    pub(super) const fn node_only(mut self) -> Self {
        self.owner = Owner::Node;
        self.inherited = false;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) const fn later(mut self) -> Self {
        self.acted_on = false;
        self
    }

    pub(super) const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(super) const fn default(mut self, text: &'static str) -> Self {
        self.default = text;
        self
    }

    /// Whether the servers may go on with an earlier value: until a restart, or because the new one cannot be had.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self.effect, Effect::Reopen | Effect::Restart)
    }

    /// How many names of entries a key of this field has.
    #[must_use]
    pub fn names(&self) -> usize {
        self.path.iter().filter(|word| **word == "*").count()
    }
}

impl Field {
    /// Under which title it is listed: fields of one section of the file stand together.
    #[must_use]
    pub fn group(&self) -> &'static str {
        if self.owner == Owner::Server {
            return server::group(self);
        }
        match self.path.first().copied().unwrap_or_default() {
            "network devices" => "Network device",
            "disks" if self.names() > 1 => "Partition",
            "disks" => "Disk",
            "filesystems" => "File system",
            "ipmi" => "BMC",
            "kernel" => "Kernel",
            "tags" | "resources" => "Tags and resources",
            _ => "General",
        }
    }

    /// Its label inside a sentence; an abbreviation keeps its capitals.
    #[must_use]
    pub fn called(&self) -> String {
        let abbreviated = self.label.chars().take(2).all(char::is_uppercase);
        if abbreviated {
            self.label.to_owned()
        } else {
            self.label.to_lowercase()
        }
    }

    /// Values that can be named without looking anywhere.
    #[must_use]
    pub fn words(&self) -> &'static [&'static str] {
        match (self.offer, self.kind) {
            (Offer::Words(words), _) | (_, Kind::Choice(words)) => words,
            (_, Kind::Switch | Kind::Bool) => &["true", "false"],
            _ => &[],
        }
    }

    /// Where it stands in a file, as people write it: `network devices: NAME: ipaddr`.
    #[must_use]
    pub fn place(&self) -> String {
        let step = |step: &&'static str| if *step == "*" { "NAME" } else { *step };
        let steps: Vec<_> = self.path.iter().map(step).collect();
        steps.join(": ")
    }
}

/// The rows of a table of the registry.
#[must_use]
pub fn rows(table: Table) -> &'static [Field] {
    match table {
        Table::Nodes | Table::Profiles => NODE,
        Table::Settings => SERVER,
    }
}

/// A row by the table of the registry and its id.
#[must_use]
pub fn of(table: Table, id: &str) -> Option<&'static Field> {
    match table {
        Table::Nodes | Table::Profiles => of_node(id),
        Table::Settings => of_server(id),
    }
}

/// A row of the node table by id.
#[must_use]
pub fn of_node(id: &str) -> Option<&'static Field> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Field>> = OnceLock::new();
    INDEX
        .get_or_init(|| NODE.iter().map(|field| (field.id, field)).collect())
        .get(id)
        .copied()
}

/// A row of the server table by id.
#[must_use]
pub fn of_server(id: &str) -> Option<&'static Field> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Field>> = OnceLock::new();
    INDEX
        .get_or_init(|| SERVER.iter().map(|field| (field.id, field)).collect())
        .get(id)
        .copied()
}
