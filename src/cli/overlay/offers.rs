//! What may stand where an overlay, one of its files or a change is typed.

use super::super::words::{Quiet, Word};
use crate::api::{Command, FileKind, OverlayCommand, OverlayItem, OverlayReply, Reply};

/// Changes that are offered to be taken back.
const CHANGES: u32 = 30;

fn ask(ask: &Quiet, command: OverlayCommand) -> Option<OverlayReply> {
    match ask(Command::Overlay(Box::new(command)))? {
        Reply::Overlay(reply) => Some(*reply),
        _ => None,
    }
}

/// All overlays, with what they are for.
pub fn names(quiet: &Quiet) -> Vec<Word> {
    let about = |item: &OverlayItem| (item.name.to_string(), item.about.to_string());
    match ask(quiet, OverlayCommand::List) {
        Some(OverlayReply::List(items)) => items.iter().map(about).collect(),
        _ => Vec::new(),
    }
}

/// The files of the overlay that was typed: the first of `typed`, the words before, that is one.
pub fn files(quiet: &Quiet, typed: &[String]) -> Vec<Word> {
    let known = names(quiet);
    let is_one = |word: &&String| known.iter().any(|(name, _)| name == *word);
    let Some(name) = typed.iter().find(is_one) else {
        return Vec::new();
    };
    let command = OverlayCommand::Show {
        name: name.as_str().into(),
    };
    let Some(OverlayReply::Show(detail)) = ask(quiet, command) else {
        return Vec::new();
    };
    let word = |row: &crate::api::FileRow| {
        let about = match &row.kind {
            FileKind::Folder => "folder",
            FileKind::Symlink(_) => "link",
            FileKind::Template(_) => "template",
            FileKind::File | FileKind::Special(_) => "",
        };
        (row.path.to_string(), about.to_owned())
    };
    detail.files.iter().map(word).collect()
}

/// Changes that can be taken back, newest first.
pub fn changes(quiet: &Quiet) -> Vec<Word> {
    let command = OverlayCommand::Log {
        name: None,
        limit: CHANGES,
    };
    let Some(OverlayReply::Log(rows)) = ask(quiet, command) else {
        return Vec::new();
    };
    let rows = rows.iter().filter(|row| row.undone_by.is_none());
    rows.map(|row| {
        (
            row.number.to_string(),
            format!("{}: {}", row.by, row.summary),
        )
    })
    .collect()
}
