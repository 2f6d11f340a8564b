//! Verbs about nodes and profiles: what a command line asks.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, FromArgMatches, Subcommand};

use super::super::change::How;
use super::tree;
use super::wish::Wishes;
use crate::model::Table;
use crate::model::field::Owner;

/// What is done about nodes or profiles.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// New entries.
    Add {
        /// Names and host lists.
        names: Vec<String>,
        /// What they say.
        wishes: Wishes,
    },
    /// Other values, or none.
    Change {
        /// Of whom.
        whom: Whom,
        /// What they say then.
        wishes: Wishes,
    },
    /// Entries go.
    Remove(Whom),
    /// An entry gets another name.
    Rename {
        /// Its name.
        from: String,
        /// Its name then.
        to: String,
    },
    /// Entries that say what another one says.
    Copy {
        /// The entry that is copied.
        from: String,
        /// Names and host lists.
        to: Vec<String>,
        /// What they say in addition.
        wishes: Wishes,
    },
    /// A list.
    List {
        /// Of whom.
        whom: Whom,
        /// What of each.
        columns: Columns,
        /// How it looks.
        form: Form,
    },
    /// One entry in full.
    Show {
        /// Its name.
        name: String,
        /// As JSON.
        json: bool,
    },
    /// Keys on which profiles of one list disagree.
    Conflicts {
        /// Which profiles have a part in it, or which nodes feel it.
        whom: Whom,
        /// As JSON.
        json: bool,
    },
    /// How two entries differ.
    Diff {
        /// Their names.
        names: [String; 2],
        /// What they have in common too.
        all: bool,
        /// As JSON.
        json: bool,
    },
    /// Running nodes refresh their runtime overlays.
    Refresh(Whom),
    /// Entries as text in an editor.
    Edit(Whom),
    /// Entries from a file.
    Import {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// What the file does not say of an entry goes.
        exact: bool,
        /// Whether it is CSV; none = the file's name or its first line says.
        csv: Option<bool>,
    },
    /// Entries for a file.
    Export {
        /// Of whom.
        whom: Whom,
        /// How it looks.
        form: Form,
    },
}

/// Which entries are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// Names, host lists, patterns and conditions as typed; none = all.
    pub words: Vec<String>,
}

/// What a list says of each entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// What one looks for.
    Usual,
    /// Its own values.
    Own,
    /// Its values with those that it inherits.
    Merged,
    /// Its values, and where each comes from.
    Sources,
    /// These fields of its merged values.
    Fields(Vec<String>),
}

/// How values are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table for people.
    Table,
    /// One JSON array.
    Json,
    /// YAML.
    Yaml,
    /// Comma-separated values (RFC 4180).
    Csv,
}

/// A verb about nodes (`N`) or profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryVerb<const N: bool> {
    /// What is done.
    pub act: Act,
    /// How, if it changes something.
    pub how: How,
    /// Whether secrets are shown.
    pub secrets: bool,
}

/// Verbs about nodes.
pub type NodeVerb = EntryVerb<true>;
/// Verbs about profiles.
pub type ProfileVerb = EntryVerb<false>;

impl<const N: bool> EntryVerb<N> {
    /// Which entries it is about.
    pub const TABLE: Table = if N { Table::Nodes } else { Table::Profiles };
    const OWNER: Owner = if N { Owner::Node } else { Owner::Any };
}

impl<const N: bool> Subcommand for EntryVerb<N> {
    fn augment_subcommands(command: Command) -> Command {
        command
            .disable_help_subcommand(true)
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(tree::verbs(Self::TABLE, Self::OWNER))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Self::augment_subcommands(Command::new("muster"))
            .find_subcommand(name)
            .is_some()
    }
}

impl<const N: bool> FromArgMatches for EntryVerb<N> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Some((name, matches)) = matches.subcommand() else {
            return Err(clap::Error::raw(
                ErrorKind::MissingSubcommand,
                "a verb is missing",
            ));
        };
        let act = act(name, matches, Self::TABLE, Self::OWNER)
            .map_err(|what| clap::Error::raw(ErrorKind::ValueValidation, what))?;
        let how = How {
            yes: switch(matches, "yes"),
            dry: switch(matches, "dry-run"),
            json: switch(matches, "json"),
            note: optional(matches, "note"),
            wary: false,
        };
        let secrets = switch(matches, "secrets");
        Ok(Self { act, how, secrets })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// What the verb `name` with its arguments means.
fn act(name: &str, matches: &ArgMatches, table: Table, owner: Owner) -> Result<Act, String> {
    let values = || Wishes::values(matches, owner);
    let asked = |wishes: Wishes, example: &str| {
        if wishes.is_empty() {
            return Err(format!(
                "nothing to {name}: say what, as in `muster {} {name} …{example}`; --help lists it",
                table.one()
            ));
        }
        let whom = whom(matches);
        Ok(Act::Change { whom, wishes })
    };
    Ok(match name {
        "add" => Act::Add {
            names: texts(matches, "names"),
            wishes: values()?,
        },
        "set" => asked(values()?, " --image rocky9")?,
        "unset" => asked(Wishes::clears(matches, owner)?, " --image")?,
        "rm" => Act::Remove(whom(matches)),
        "rename" => Act::Rename {
            from: text(matches, "name"),
            to: text(matches, "to"),
        },
        "copy" => Act::Copy {
            from: text(matches, "name"),
            to: texts(matches, "names"),
            wishes: values()?,
        },
        "list" => Act::List {
            whom: whom(matches),
            columns: columns(matches),
            form: form(matches),
        },
        "show" => Act::Show {
            name: text(matches, "name"),
            json: switch(matches, "json"),
        },
        "conflicts" | "diff" => comparing(name, matches),
        "edit" => Act::Edit(whom(matches)),
        "refresh" => Act::Refresh(whom(matches)),
        "import" => Act::Import {
            file: (matches.get_one::<PathBuf>("file").cloned()).unwrap_or_default(),
            exact: switch(matches, "exact"),
            csv: (switch(matches, "csv") || switch(matches, "yaml"))
                .then(|| switch(matches, "csv")),
        },
        _ => Act::Export {
            whom: whom(matches),
            form: form(matches),
        },
    })
}

/// The same, of the verbs that compare.
fn comparing(name: &str, matches: &ArgMatches) -> Act {
    let json = switch(matches, "json");
    match name {
        "conflicts" => Act::Conflicts {
            whom: whom(matches),
            json,
        },
        _ => Act::Diff {
            names: [text(matches, "name"), text(matches, "other")],
            all: switch(matches, "every"),
            json,
        },
    }
}

fn whom(matches: &ArgMatches) -> Whom {
    Whom {
        words: texts(matches, "targets"),
    }
}

fn columns(matches: &ArgMatches) -> Columns {
    let fields = texts(matches, "fields");
    match () {
        () if switch(matches, "own") => Columns::Own,
        () if switch(matches, "merged") => Columns::Merged,
        () if switch(matches, "sources") => Columns::Sources,
        () if !fields.is_empty() => Columns::Fields(fields),
        () => Columns::Usual,
    }
}

fn form(matches: &ArgMatches) -> Form {
    [
        ("json", Form::Json),
        ("yaml", Form::Yaml),
        ("csv", Form::Csv),
    ]
    .into_iter()
    .find(|(id, _)| switch(matches, id))
    .map_or(Form::Table, |(_, form)| form)
}

fn texts(matches: &ArgMatches, id: &str) -> Vec<String> {
    let values = matches.try_get_many::<String>(id).ok().flatten();
    values.into_iter().flatten().cloned().collect()
}

fn optional(matches: &ArgMatches, id: &str) -> Option<String> {
    matches.try_get_one::<String>(id).ok().flatten().cloned()
}

fn text(matches: &ArgMatches, id: &str) -> String {
    optional(matches, id).unwrap_or_default()
}

fn switch(matches: &ArgMatches, id: &str) -> bool {
    matches
        .try_get_one::<bool>(id)
        .ok()
        .flatten()
        .copied()
        .unwrap_or(false)
}
