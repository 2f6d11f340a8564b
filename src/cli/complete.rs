//! Words for a shell's Tab: verbs and flags as they are typed, values as they are in the registry.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::sync::Arc;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Shells, Zsh};

use super::args::{Args, Shell};
use super::entry::SCOPES;
use crate::api::{Command, ImageRow, LogRow, Reply};
use crate::kit::text;
use crate::model::field::{self, NODE, Offer};
use crate::model::{Key, Table, Value};

/// Set to the shell's name while it asks for words.
pub const ASKED: &str = "MUSTER_COMPLETE";

/// Asks the engine, quietly: whoever presses Tab wants no complaints.
pub type Quiet = Arc<dyn Fn(Command) -> Option<Reply> + Send + Sync>;

/// What may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    Nodes,
    Profiles,
    Images,
    Kernels,
    Overlays,
    Devices,
    Words(&'static [&'static str]),
    Fields,
    Topics,
    Revisions,
}

/// What makes a shell ask this program for words.
///
/// # Errors
/// Whatever writing gives.
pub fn script(shell: Shell, program: &str) -> io::Result<Vec<u8>> {
    let shell: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut text = Vec::new();
    shell.write_registration(ASKED, "muster", "muster", program, &mut text)?;
    Ok(text)
}

/// Answers a shell that asks for words, if one does.
///
/// # Errors
/// An unknown shell; whatever writing gives.
pub fn answer(words: &[OsString], quiet: impl Fn(Option<OsString>) -> Quiet) -> io::Result<bool> {
    let Some(shell) = std::env::var(ASKED).ok().filter(|name| !name.is_empty()) else {
        return Ok(false);
    };
    let typed: Vec<OsString> = words
        .iter()
        .skip_while(|word| *word != "--")
        .skip(1)
        .cloned()
        .collect();
    let ask = quiet(root(&typed));
    let mut command = offering(Args::tree(), &[], &ask);
    command.build();
    let shells = Shells(&[&Bash, &Zsh, &Fish]);
    let shell = shells
        .completer(&shell)
        .ok_or_else(|| io::Error::other(format!("`{shell}` is none of bash, zsh, fish")))?;
    let mut out = Vec::new();
    shell.write_complete(
        &mut command,
        typed,
        std::env::current_dir().ok().as_deref(),
        &mut out,
    )?;
    io::stdout().write_all(&out)?;
    Ok(true)
}

/// The `--root` before the verb, if one was typed.
fn root(typed: &[OsString]) -> Option<OsString> {
    let mut words = typed.iter().skip(1);
    while let Some(word) = words.next() {
        let text = word.to_str()?;
        if text == "--root" {
            return words.next().cloned();
        }
        if let Some(root) = text.strip_prefix("--root=") {
            return Some(root.into());
        }
        if !text.starts_with('-') {
            return None;
        }
    }
    None
}

/// Gives every argument whose values are known somewhere the way to them.
fn offering(command: clap::Command, verbs: &[String], ask: &Quiet) -> clap::Command {
    let command = command.mut_args(|arg| match wants(verbs, arg.get_id().as_str()) {
        Some(wants) => {
            let ask = ask.clone();
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                candidates(wants, typed, &ask)
            }))
        }
        None => arg,
    });
    command.mut_subcommands(|inner| {
        let verbs: Vec<String> = verbs
            .iter()
            .cloned()
            .chain([inner.get_name().to_owned()])
            .collect();
        offering(inner, &verbs, ask)
    })
}

fn wants(verbs: &[String], id: &str) -> Option<Wants> {
    let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    let profiles = verbs.first() == Some(&"profile");
    match (verbs.as_slice(), id) {
        (["profile", ..], "targets" | "name") => Some(Wants::Profiles),
        (["node", ..], "targets" | "name") | (["status" | "ssh"], "targets") => Some(Wants::Nodes),
        (["why" | "events" | "boots"], "node") => Some(Wants::Nodes),
        (["image", "build"], "name") => Some(Wants::Images),
        (["undo"], "revision") | (["diff"], "from" | "to") => Some(Wants::Revisions),
        (["help"], "topic") => Some(Wants::Topics),
        (["node" | "profile", "list"], "fields") => Some(Wants::Fields),
        (["node" | "profile", "unset"], _) if !SCOPES.iter().any(|scope| scope.flag == id) => None,
        (["node" | "profile", ..], "netname" | "netdel") => Some(Wants::Devices),
        (["node" | "profile", ..], _) => offered(id).filter(|_| !profiles || id != "discoverable"),
        _ => None,
    }
}

fn offered(id: &str) -> Option<Wants> {
    let row = field::of_node(id)?;
    match row.offer {
        Offer::Images => Some(Wants::Images),
        Offer::Profiles => Some(Wants::Profiles),
        Offer::Overlays => Some(Wants::Overlays),
        Offer::Kernels => Some(Wants::Kernels),
        Offer::Devices => Some(Wants::Devices),
        Offer::Nothing | Offer::Words(_) => Some(row.words())
            .filter(|words| !words.is_empty())
            .map(Wants::Words),
    }
}

/// What fits what is typed so far; of several items with commas between, the last.
fn candidates(wants: Wants, typed: &OsStr, ask: &Quiet) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    let (before, last) = match typed.rfind(',') {
        Some(at) if !typed.contains('[') => typed.split_at(at + 1),
        _ => ("", typed),
    };
    let (mark, last) = match last.strip_prefix('~') {
        Some(rest) => ("~", rest),
        None => ("", last),
    };
    let fits = |(word, _): &(String, String)| word.starts_with(last);
    let candidate = |(word, about): (String, String)| {
        let help = Some(text::sanitise(&about)).filter(|about| !about.is_empty());
        CompletionCandidate::new(format!("{before}{mark}{word}")).help(help.map(Into::into))
    };
    words(wants, ask)
        .into_iter()
        .filter(fits)
        .map(candidate)
        .collect()
}

/// A word, and what it is about.
type Word = (String, String);

/// Everything that may stand there.
fn words(wants: Wants, ask: &Quiet) -> Vec<Word> {
    let about = |name: &str, value: &Value| (name.to_owned(), value.to_string());
    let fields = || {
        NODE.iter()
            .map(|row| (row.id.to_owned(), row.doc.to_owned()))
    };
    match wants {
        Wants::Nodes => values(ask, Table::Nodes, &["image"], about),
        Wants::Profiles => values(ask, Table::Profiles, &["comment"], about),
        Wants::Images => images(ask, false),
        Wants::Kernels => images(ask, true),
        Wants::Overlays => named(ask, Table::Profiles, &["system_overlay", "runtime_overlay"]),
        Wants::Devices => named(ask, Table::Nodes, &["primary"]),
        Wants::Words(words) => (words.iter())
            .map(|word| ((*word).to_owned(), String::new()))
            .collect(),
        Wants::Fields => (NODE.iter())
            .map(|row| (shape(row.id, row.names()), row.doc.to_owned()))
            .collect(),
        Wants::Topics => {
            let verbs = Args::tree();
            let verbs = verbs
                .get_subcommands()
                .map(|verb| verb.get_name().to_owned());
            let verbs = verbs.chain(["field".to_owned(), "fields".to_owned()]);
            verbs
                .map(|verb| (verb, String::new()))
                .chain(fields())
                .collect()
        }
        Wants::Revisions => match ask(Command::Log {
            before: None,
            limit: 50,
        }) {
            Some(Reply::Log(rows)) => rows.iter().map(revision).collect(),
            _ => Vec::new(),
        },
    }
}

fn revision(row: &LogRow) -> Word {
    (
        format!("r{}", row.revision),
        format!("{}: {}", row.by, row.summary),
    )
}

/// Images, or their kernels.
fn images(ask: &Quiet, kernels: bool) -> Vec<Word> {
    let Some(Reply::Images(images)) = ask(Command::Images) else {
        return Vec::new();
    };
    let of = |image: &ImageRow| -> Vec<Word> {
        if !kernels {
            return vec![(image.name.to_string(), String::new())];
        }
        let about = format!("in {}", image.name);
        image
            .kernels
            .iter()
            .map(|kernel| (kernel.to_string(), about.clone()))
            .collect()
    };
    images.iter().flat_map(of).collect()
}

/// The words of these values, each once.
fn named(ask: &Quiet, table: Table, keys: &[&str]) -> Vec<Word> {
    let values = values(ask, table, keys, |_, value| {
        (value.to_string(), String::new())
    });
    let words = values
        .iter()
        .flat_map(|(words, _)| words.split_whitespace());
    let all: BTreeSet<&str> = words.filter(|word| !word.starts_with('~')).collect();
    all.into_iter()
        .map(|word| (word.to_owned(), String::new()))
        .collect()
}

fn shape(field: &'static str, names: usize) -> String {
    let names = vec![Arc::from("*"); names];
    Key { field, names }.to_string()
}

/// Something of every entry; of entries without such a value with an empty one.
fn values(
    ask: &Quiet,
    table: Table,
    keys: &[&str],
    word: impl Fn(&str, &Value) -> (String, String),
) -> Vec<(String, String)> {
    let command = Command::Merged {
        table,
        names: None,
        keys: keys.iter().map(|key| Arc::from(*key)).collect(),
        sources: false,
        secrets: false,
    };
    let Some(Reply::Merged(rows)) = ask(command) else {
        return Vec::new();
    };
    let empty = Value::Text(Arc::default());
    rows.iter()
        .flat_map(|row| {
            let all: Vec<&Value> = row.values.iter().map(|row| &row.value).collect();
            let all = if all.is_empty() { vec![&empty] } else { all };
            all.into_iter()
                .map(|value| word(&row.name, value))
                .collect::<Vec<_>>()
        })
        .collect()
}
