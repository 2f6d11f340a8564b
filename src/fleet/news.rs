//! What of the timeline is news for a person, and how it is told in few cells. Works on the words of [`super::Event`], so that
//! rows of earlier runs, which are kept as words, are told alike.

use crate::model::Level;

/// Whether a line is news: whatever went wrong, what nodes say of themselves, changes, faults, services, an image that
/// arrived, a machine that nobody knows. The packets and small files on the way there are not.
#[must_use]
pub fn headline(kind: &str, level: Level, known: bool, text: &str) -> bool {
    match (level, kind) {
        (Level::Warning | Level::Error, _) => true,
        (_, "dhcp") => !known && text.starts_with("DISCOVER"),
        (Level::Debug, _) => false,
        (_, "edit" | "fault" | "service") => true,
        (_, "beacon") => !matches!(text, "kernel started" | "init started" | "root ready"),
        (_, "http") => text.starts_with("image") && text.contains(" done · "),
        _ => false,
    }
}

/// The line with its important words first: why something broke off instead of how far it came, why there was no answer instead
/// of where.
#[must_use]
pub fn brief(kind: &str, text: &str) -> String {
    let brief = match kind {
        "http" | "tftp" => transfer(text),
        // Who did it stands in front of the line.
        "edit" => text
            .split_once(" by ")
            .zip(text.split_once(": "))
            .map(|((revision, _), (_, what))| format!("{revision} {what}")),
        "dhcp" => text
            .split_once(": ")
            .filter(|(head, _)| head.starts_with("not answered"))
            .map(|(_, why)| format!("no answer: {why}")),
        _ => None,
    };
    brief.unwrap_or_else(|| text.to_owned())
}

fn transfer(text: &str) -> Option<String> {
    if let Some((what, how)) = text.split_once(" broke off after ") {
        let (sent, why) = how.split_once(": ")?;
        return Some(format!("{what} broke off: {why}, after {sent}"));
    }
    // Size and time; the rate follows from them.
    let (told, rate) = text.rsplit_once(" · ")?;
    (text.contains(" done · ") && rate.ends_with("/s")).then(|| told.to_owned())
}
