//! What may stand somewhere on a command line: names and values as they are in the registry now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::Args;
use super::config::offers;
use super::overlay::offers as overlay;
use super::targets::lines;
use crate::api::{Command, ImageRow, LogRow, Mirror, Reply, Update};
use crate::fleet::STAGES;
use crate::kit::hostlist;
use crate::model::field::{NODE, SERVER};
use crate::model::query::{Row as _, WORDS, Word as Asked};
use crate::model::{Key, Table, Value};

/// Asks the engine, quietly: whoever presses Tab wants no complaints.
pub type Quiet = Arc<dyn Fn(Command) -> Option<Reply> + Send + Sync>;

/// A word, and what it is about.
pub type Word = (String, String);

/// What may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// Names, `@profile`s, conditions.
    Nodes,
    /// One node.
    Node,
    /// Profiles.
    Profiles,
    /// Images.
    Images,
    /// Kernels of images.
    Kernels,
    /// Overlays: those that there are, and those that profiles name.
    Overlays,
    /// Files of the overlay that was typed before.
    OverlayFiles,
    /// Changes of overlays.
    OverlayChanges,
    /// Network devices.
    Devices,
    /// These words.
    Words(&'static [&'static str]),
    /// Fields of nodes, with `*` for names.
    Fields,
    /// Keys of the server's settings.
    Settings,
    /// The same as `KEY=VALUE`.
    Assignments,
    /// What `muster help` takes.
    Topics,
    /// Revisions.
    Revisions,
}

/// What fits what is typed so far; `before` are the words of the line before that.
pub fn fitting(wants: Wants, (before, typed): (&[String], &str), ask: &Quiet) -> Vec<Word> {
    if wants == Wants::Nodes {
        return targets(typed, ask);
    }
    if wants == Wants::OverlayFiles {
        // A leading slash is that of the node.
        let bare = typed.trim_start_matches('/');
        let slash = &typed[..typed.len() - bare.len()];
        return beginning(overlay::files(ask, before), slash, bare);
    }
    if let (Wants::Assignments, Some((key, value))) = (wants, typed.split_once('=')) {
        return beginning(offers::values(key), &format!("{key}="), value);
    }
    let Some((before, last)) = last_item(typed) else {
        return Vec::new();
    };
    let (mark, last) = match last.strip_prefix('~') {
        Some(rest) => ("~", rest),
        None => ("", last),
    };
    beginning(words(wants, ask), &format!("{before}{mark}"), last)
}

/// Those words that begin with `last`, behind what stands before it.
fn beginning(words: Vec<Word>, before: &str, last: &str) -> Vec<Word> {
    let fits = |(word, _): &Word| word.starts_with(last);
    let whole = |(word, about): Word| (format!("{before}{word}"), about);
    words.into_iter().filter(fits).map(whole).collect()
}

/// The last of several items with commas between, and what stands before it; none within a bracket.
fn last_item(typed: &str) -> Option<(&str, &str)> {
    let mut open = false;
    let mut at = 0;
    for (place, letter) in typed.char_indices() {
        match letter {
            '[' => open = true,
            ']' => open = false,
            ',' if !open => at = place + 1,
            _ => {}
        }
    }
    (!open).then(|| typed.split_at(at))
}

/// What may continue a word about nodes; in quotes there may be several with blanks between.
fn targets(typed: &str, ask: &Quiet) -> Vec<Word> {
    let (earlier, typed) = typed.split_at(typed.rfind(' ').map_or(0, |at| at + 1));
    let plain = typed.trim_start_matches('!');
    let not = &typed[..typed.len() - plain.len()];
    if let Some((word, values)) = plain.split_once(':') {
        let Some((before, last)) = last_item(values) else {
            return Vec::new();
        };
        let before = format!("{earlier}{not}{word}:{before}");
        return beginning(asked(word, ask), &before, last);
    }
    let Some((before, last)) = last_item(plain) else {
        return Vec::new();
    };
    let alone = before.is_empty();
    let before = format!("{earlier}{not}{before}");
    if last.starts_with('@') {
        let group = |(name, about): Word| (format!("@{name}"), about);
        let groups = words(Wants::Profiles, ask).into_iter().map(group);
        let all = [("@all".into(), "every node".into())];
        return beginning(groups.chain(all).collect(), &before, last);
    }
    let mut found = beginning(words(Wants::Node, ask), &before, last);
    // `n` is the beginning of a name as long as there is one that begins like that.
    if alone && (found.is_empty() || last.is_empty()) {
        let conditions = WORDS
            .iter()
            .map(|(word, _)| (format!("{word}:"), "condition".to_owned()));
        found.extend(beginning(conditions.collect(), &before, last));
    }
    found
}

/// The values that a condition may ask for.
fn asked(word: &str, ask: &Quiet) -> Vec<Word> {
    let known = WORDS.iter().find(|(spelling, _)| *spelling == word);
    let plain = |word: &str| (word.to_owned(), String::new());
    match known.map(|(_, word)| *word) {
        Some(Asked::State) => ["off", "booting", "up", "stalled", "failed", "bad"]
            .map(plain)
            .into(),
        Some(Asked::Stage) => STAGES.iter().map(|stage| plain(stage.word())).collect(),
        Some(Asked::Name) => words(Wants::Node, ask),
        Some(Asked::Profile) => words(Wants::Profiles, ask),
        Some(word) => of_nodes(word, ask),
        None => Vec::new(),
    }
}

/// Every value of a word that some node has, and how many have it.
fn of_nodes(word: Asked, ask: &Quiet) -> Vec<Word> {
    let Some(Reply::Snapshot(snapshot)) = ask(Command::Snapshot) else {
        return Vec::new();
    };
    let mut mirror = Mirror::default();
    mirror.absorb(Update::Snapshot(snapshot));
    let mut found: std::collections::BTreeMap<String, Vec<&str>> = Default::default();
    for line in lines(&mirror) {
        line.any(word, &mut |value| {
            match found.get_mut(value) {
                Some(names) => names.push(&line.row.name),
                None => {
                    found.insert(value.to_owned(), vec![&line.row.name]);
                }
            }
            false
        });
    }
    let about = |(value, names): (String, Vec<&str>)| (value, hostlist::compress(&names));
    found.into_iter().map(about).collect()
}

/// Everything that may stand there.
fn words(wants: Wants, ask: &Quiet) -> Vec<Word> {
    let about = |name: &str, value: &Value| (name.to_owned(), value.to_string());
    let fields = || {
        NODE.iter()
            .chain(SERVER)
            .map(|row| (row.id.to_owned(), row.doc.to_owned()))
    };
    match wants {
        Wants::Nodes | Wants::Node => values(ask, Table::Nodes, &["image"], about),
        Wants::Profiles => values(ask, Table::Profiles, &["comment"], about),
        Wants::Images => {
            let mut all = images(ask, false);
            // One that is named already may be built later.
            let named = named(ask, Table::Profiles, &["image"]).into_iter();
            all.extend(named.chain(self::named(ask, Table::Nodes, &["image"])));
            let mut seen = BTreeSet::new();
            all.retain(|(name, _)| seen.insert(name.clone()));
            all
        }
        Wants::Kernels => images(ask, true),
        Wants::Overlays => overlays(ask),
        Wants::OverlayFiles => Vec::new(),
        Wants::OverlayChanges => overlay::changes(ask),
        Wants::Devices => named(ask, Table::Nodes, &["primary"]),
        Wants::Words(words) => (words.iter())
            .map(|word| ((*word).to_owned(), String::new()))
            .collect(),
        Wants::Fields => (NODE.iter())
            .map(|row| (shape(row.id, row.names()), row.doc.to_owned()))
            .collect(),
        Wants::Settings => offers::keys(ask),
        Wants::Assignments => {
            let key = |(key, about)| (format!("{key}="), about);
            offers::keys(ask).into_iter().map(key).collect()
        }
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

/// Overlays that there are, and those that profiles name already.
fn overlays(ask: &Quiet) -> Vec<Word> {
    let mut all = overlay::names(ask);
    for word in named(ask, Table::Profiles, &["system_overlay", "runtime_overlay"]) {
        if !all.iter().any(|(name, _)| *name == word.0) {
            all.push(word);
        }
    }
    all
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
