//! What differs in one file of one node, line by line: what it was given lies in the database, what it would be given in the
//! archive of now.

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::api::{FileDrift, Refusal, Reply};
use crate::boot::load::FileChange;
use crate::daemon::history::History;
use crate::daemon::shared::Shared;
use crate::engine::Compare;
use crate::kit::diff;
use crate::model::Paths;
use crate::overlay::{Archive, Context, Entry, Sort};

/// Unchanged lines around each place.
const AROUND: usize = 3;

/// Answers [`Command::DriftOf`](crate::api::Command::DriftOf). Blocks; not for the loop.
pub(in crate::daemon) fn compare(
    asked: &Compare,
    shared: &Shared,
    paths: &Paths,
    handle: &Handle,
) -> Reply {
    let made = shared
        .archives
        .get(&asked.view, &asked.node, Context::System);
    let archive = match handle.block_on(made) {
        Ok(archive) => archive,
        Err(why) => {
            return refused(format!(
                "what {} would be given is not known: {why}",
                asked.node.name
            ));
        }
    };
    let next = find(&archive, &asked.path);
    let (entry, text) = next.unzip();
    let change = FileChange {
        runs: asked.runs.clone(),
        next: entry.map(Arc::new),
    };
    if change.runs.is_none() && change.next.is_none() {
        return refused(format!(
            "{} was given no {}, and would not be",
            asked.node.name, asked.path
        ));
    }
    let same = match (&change.runs, &change.next) {
        (Some(a), Some(b)) => a.sort == b.sort && a.digest == b.digest,
        _ => false,
    };
    let (diff, hidden) = match same {
        true => (String::new(), None),
        false => lines(asked, &change, text.flatten(), paths),
    };
    Reply::DriftOf(Box::new(FileDrift {
        node: asked.node.name.clone(),
        path: asked.path.clone(),
        overlay: change.overlay().clone(),
        what: change.what(),
        diff: diff.into(),
        hidden: hidden.map(Into::into),
    }))
}

/// The entry of a path, and its content if that is text.
fn find(archive: &Archive, path: &str) -> Option<(Entry, Option<String>)> {
    let found = archive.listing().ok()?.into_iter();
    let (entry, data) = found.into_iter().find(|(entry, _)| *entry.path == *path)?;
    let bytes = archive.plain.slice(data.start, data.len()).joined();
    let text = String::from_utf8(bytes.to_vec()).ok();
    Some((entry, text))
}

/// The lines, or why there are none.
fn lines(
    asked: &Compare,
    change: &FileChange,
    next: Option<String>,
    paths: &Paths,
) -> (String, Option<String>) {
    let entries = [change.runs.as_ref(), change.next.as_ref()];
    let private = entries.iter().flatten().any(|entry| entry.is_private());
    if private && !asked.secrets {
        let why = "only its owner may read it; ask with secrets to see it";
        return (String::new(), Some(why.into()));
    }
    let texts = |entry: &Arc<Entry>| matches!(entry.sort, Sort::File | Sort::Link);
    if entries
        .iter()
        .flatten()
        .any(|entry| entry.sort == Sort::Special)
    {
        return (String::new(), Some("it is a device or a pipe".into()));
    }
    let runs = match &change.runs {
        Some(entry) if texts(entry) => match kept(entry, paths) {
            Ok(text) => text,
            Err(why) => return (String::new(), Some(why)),
        },
        _ => String::new(),
    };
    let next = match &change.next {
        Some(entry) if texts(entry) => match next {
            Some(text) => text,
            None => return (String::new(), Some("it is no text".into())),
        },
        _ => String::new(),
    };
    let hunks = diff::lines(&runs, &next, AROUND);
    (hunks.iter().map(ToString::to_string).collect(), None)
}

/// The content of a file that was given.
fn kept(entry: &Entry, paths: &Paths) -> Result<String, String> {
    let digest = entry.digest.as_deref().unwrap_or_default();
    let found = History::given_text(&paths.state.join("state.db"), digest)?;
    found.ok_or_else(|| {
        "what it was then is not kept: it is no text, or large, or older than what there is room for".into()
    })
}

fn refused(what: String) -> Reply {
    Reply::Refused(Refusal {
        what: what.into(),
        fix: None,
    })
}
