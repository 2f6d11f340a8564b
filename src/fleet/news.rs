//! What of the timeline is news for a person, and how it is told in few cells. Works on the words of [`super::Event`], so that
//! rows of earlier runs, which are kept as words, are told alike.

use super::text::{BROKEN, DONE};
use crate::model::Level;

/// Whether a line is news: whatever went wrong, what nodes say of themselves, changes, faults, services, an image that
/// arrived, a machine that nobody knows. The packets and small files on the way there are not.
#[must_use]
pub fn headline(kind: &str, level: Level, known: bool, text: &str) -> bool {
    match level {
        Level::Warning | Level::Error => return true,
        Level::Debug => return kind == "dhcp" && !known && text.starts_with("DISCOVER"),
        Level::Info => {}
    }
    match kind {
        "edit" | "fault" | "service" => true,
        "beacon" => !matches!(text, "kernel started" | "init started" | "root ready"),
        "http" => text.starts_with("image") && text.contains(DONE),
        _ => false,
    }
}

/// The line with its important words first: why there was no answer instead of where, why something broke off before after how
/// much of it.
#[must_use]
pub fn brief(kind: &str, text: &str) -> String {
    let short = match kind {
        "http" | "tftp" => transfer(text),
        // Who did it stands in front of the line.
        "edit" => match (text.split_once(" by "), text.split_once(": ")) {
            (Some((revision, _)), Some((_, what))) => Some(format!("{revision} {what}")),
            _ => None,
        },
        "dhcp" => match text.split_once(": ") {
            Some((head, why)) if head.starts_with("not answered") => {
                Some(format!("no answer: {why}"))
            }
            Some((head, why)) if head.starts_with("nothing to boot") => {
                Some(format!("nothing to boot: {why}"))
            }
            _ => None,
        },
        _ => None,
    };
    short.unwrap_or_else(|| text.to_owned())
}

fn transfer(text: &str) -> Option<String> {
    if let Some((thing, how)) = text.split_once(BROKEN) {
        let (sent, why) = how.split_once(": ")?;
        return Some(format!("{thing} broke off: {why}, after {sent}"));
    }
    // Size and time; the rate follows from them.
    let (thing, how) = text.split_once(DONE)?;
    let how = how.split_once(" · ").map_or(how, |(how, _)| how);
    Some(format!("{thing} loaded · {how}"))
}
