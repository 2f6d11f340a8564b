//! Words for a shell's Tab: verbs and flags as they are typed, values as they are in the registry.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::sync::Arc;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::args::Args;
use super::entry::SCOPES;
use super::shells::ASKED;
use super::words::{Quiet, Wants, fitting};
use crate::kit::text;
use crate::model::field::{self, Offer};

/// Answers a shell that asks for words, if one does.
///
/// # Errors
/// Whatever writing gives.
pub fn answer(words: &[OsString], quiet: impl Fn(Option<OsString>) -> Quiet) -> io::Result<bool> {
    if !std::env::var(ASKED).is_ok_and(|shell| !shell.is_empty()) {
        return Ok(false);
    }
    let typed: Vec<OsString> = words
        .iter()
        .skip_while(|word| *word != "--")
        .skip(1)
        .cloned()
        .collect();
    let ask = quiet(root(&typed));
    if orders(&typed) {
        return Ok(true);
    }
    let last = typed.len().saturating_sub(1);
    let before = typed.iter().take(last);
    let before = before.map(|word| word.to_string_lossy().into_owned());
    let line = Line {
        ask,
        before: before.collect(),
    };
    let mut command = offering(Args::tree(), &[], &line);
    command.build();
    let folder = std::env::current_dir().ok();
    let found = complete(&mut command, typed, last, folder.as_deref())?;
    let mut out = io::BufWriter::new(io::stdout());
    for candidate in &found {
        let word = candidate.get_value().to_string_lossy();
        let about = candidate.get_help().map(ToString::to_string);
        let about = about.as_deref().and_then(|about| about.lines().next());
        let about = about.map(|about| format!("\t{}", text::sanitise(about)));
        writeln!(
            out,
            "{}{}",
            text::sanitise(&word),
            about.unwrap_or_default()
        )?;
    }
    out.flush()?;
    Ok(true)
}

/// Whether a word of the command is typed that nodes are to run: what there is on nodes is not known here.
fn orders(typed: &[OsString]) -> bool {
    let Some(begin) = typed.iter().position(|word| word == "ssh") else {
        return false;
    };
    let mut named = false;
    let mut before = typed
        .iter()
        .take(typed.len().saturating_sub(1))
        .skip(begin + 1);
    while let Some(word) = before.next().and_then(|word| word.to_str()) {
        match word {
            "-w" | "--nodes" => named = before.next().is_some() || named,
            "-f" | "--fanout" | "-s" | "--sleep" | "-t" | "--timeout" | "--rsh" => {
                before.next();
            }
            flag if flag.starts_with('-') => {}
            _ => return true,
        }
    }
    let last = typed.last().and_then(|word| word.to_str());
    named && !last.is_some_and(|last| last.starts_with('-'))
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

/// The line that is typed: what there is to ask, and the words before the one that is completed.
#[derive(Clone)]
struct Line {
    ask: Quiet,
    before: Arc<[String]>,
}

/// Gives every argument whose values are known somewhere the way to them.
fn offering(command: clap::Command, verbs: &[String], line: &Line) -> clap::Command {
    let command = command.mut_args(|arg| match wants(verbs, arg.get_id().as_str()) {
        Some(wants) => {
            let line = line.clone();
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                candidates(wants, typed, &line)
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
        offering(inner, &verbs, line)
    })
}

fn wants(verbs: &[String], id: &str) -> Option<Wants> {
    let verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    let profiles = verbs.first() == Some(&"profile");
    match (verbs.as_slice(), id) {
        (["profile", ..], "targets" | "name") => Some(Wants::Profiles),
        (["node", ..], "targets")
        | (["status" | "drift"], "targets")
        | (["ssh"], "nodes" | "words") => Some(Wants::Nodes),
        (["node", ..], "name") | (["why" | "events" | "boots"], "node") => Some(Wants::Node),
        (["image", "build"], "name") => Some(Wants::Images),
        (["overlay", ..], _) => of_overlays(&verbs, id),
        (["undo"], "revision") | (["diff"], "from" | "to") => Some(Wants::Revisions),
        (["config", "set"], "words") => Some(Wants::Assignments),
        (["config", "show" | "unset"], "keys") => Some(Wants::Settings),
        (["help"], "topic") => Some(Wants::Topics),
        (["node" | "profile", "list"], "fields") => Some(Wants::Fields),
        (["node" | "profile", "unset"], _) if !SCOPES.iter().any(|scope| scope.flag == id) => None,
        (["node" | "profile", ..], "netname" | "netdel") => Some(Wants::Devices),
        (["node" | "profile", ..], _) => offered(id).filter(|_| !profiles || id != "discoverable"),
        _ => None,
    }
}

/// What the verbs about overlays take.
fn of_overlays(verbs: &[&str], id: &str) -> Option<Wants> {
    match (verbs, id) {
        // A new name is nobody's yet.
        ([_, "create"], "overlay") => None,
        ([_, "undo"], "what") => Some(Wants::OverlayChanges),
        ([_, "list"], "names") | (_, "overlay" | "overlays") => Some(Wants::Overlays),
        (_, "file" | "files" | "folder" | "to") => Some(Wants::OverlayFiles),
        ([_, "render"], "node") | ([_, "show"], "render") => Some(Wants::Node),
        (_, "nodes") => Some(Wants::Nodes),
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

fn candidates(wants: Wants, typed: &OsStr, line: &Line) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else {
        return Vec::new();
    };
    let candidate = |(word, about): (String, String)| {
        let help = Some(about).filter(|about| !about.is_empty());
        CompletionCandidate::new(word).help(help.map(Into::into))
    };
    let words = fitting(wants, (&line.before, typed), &line.ask).into_iter();
    words.map(candidate).collect()
}
