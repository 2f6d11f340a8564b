//! What of the timeline is news for a person, and how it is told in few cells. Works on the words of [`super::Event`], so that
//! rows of earlier runs, which are kept as words, are told alike.

use super::text::BROKEN;
use super::text::DONE;
use crate::model::Level;

/// Whether a line is news: whatever went wrong, what nodes say of themselves, changes, faults, services, an image that
/// arrived, a machine that nobody knows. The packets and small files on the way there are not.
#[must_use]
pub fn headline(kind: &str, level: Level, known: bool, text: &str) -> bool {
    if level != Level::Info {
        return true;
    }
    match kind {
        "edit" | "fault" | "service" => true,
        "beacon" => !matches!(text, "kernel started" | "init started" | "root ready"),
        "http" => text.contains(DONE) && subject(text).is_some_and(|(what, _)| what == "image"),
        "dhcp" => !known && text.starts_with("DISCOVER"),
        _ => false,
    }
}

/// The line with its important words first: what a file is for instead of its path, why there was no answer instead of where.
#[must_use]
pub fn brief(kind: &str, text: &str) -> String {
    match kind {
        "http" | "tftp" => {
            let Some((what, rest)) = subject(text) else {
                return text.to_owned();
            };
            let told = rest
                .strip_prefix(DONE)
                .map(|rest| {
                    // Size and time; the rate follows from them.
                    let told = rest.rsplit_once(" · ").map_or(rest, |(told, _)| told);
                    format!(" loaded · {told}")
                })
                .or_else(|| rest.split_once(BROKEN).map(|(_, how)| broken(how)))
                .unwrap_or_else(|| rest.to_owned());
            format!("{what}{told}")
        }
        // Who did it stands in front of the line.
        "edit" => match (text.split_once(" by "), text.split_once(": ")) {
            (Some((revision, _)), Some((_, what))) => format!("{revision} {what}"),
            _ => text.to_owned(),
        },
        "dhcp" => match text.split_once(": ") {
            Some((head, why)) if head.starts_with("not answered") => format!("no answer: {why}"),
            _ => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// `12 MB: why` as ` broke off: why, after 12 MB`.
fn broken(how: &str) -> String {
    match how.split_once(": ") {
        Some((sent, why)) => format!(" broke off: {why}, after {sent}"),
        None => format!(" broke off after {how}"),
    }
}

/// What the file of a transfer is for, and the rest of the line behind its path: `GET /image/n1?x=1 done` is about `image`,
/// `read efi/snponly.efi` about `snponly.efi`.
fn subject(text: &str) -> Option<(&str, &str)> {
    let (path, rest) = match text.strip_prefix("GET ") {
        Some(path) => path.split_at(path.find(' ').unwrap_or(path.len())),
        None => {
            let path = text.strip_prefix("read ")?;
            let (path, rest) = path.split_at(path.find(' ').unwrap_or(path.len()));
            return Some((super::text::base(path), rest));
        }
    };
    if let Some((_, stage)) = path.split_once("stage=") {
        return Some((stage.split('&').next().unwrap_or(stage), rest));
    }
    let first = path.split(['/', '?']).find(|part| !part.is_empty());
    Some((first.unwrap_or(path), rest))
}
