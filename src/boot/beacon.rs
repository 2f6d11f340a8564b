//! A node's word about itself: `/beacon/<mac>?name=init-started&age_ms=1200&text=…`.

use std::time::Duration;

use crate::boot::agent;
use crate::boot::http::Target;
use crate::fleet::Beacon;
use crate::kit::Stamp;
use crate::wire::report;

/// Longest text of a beacon that is kept, in characters.
const TEXT: usize = 240;
/// Oldest beacon that is believed to be old; a queue that waited longer is cut to this.
const OLDEST_MS: u64 = 24 * 3600 * 1000;

/// A beacon as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which.
    pub beacon: Beacon,
    /// When it happened: arrival minus the age that the node told.
    pub at: Stamp,
    /// That age in milliseconds, at most a day.
    pub queued_ms: u64,
}

/// Reads a beacon from a request's query. `name` is one of `kernel-start`, `init-started`, `root-ready`, `up`, `failed`, `note`;
/// or `refreshed` with an agent's report; any other name becomes a note with that name in front, so that newer nodes are not lost on older servers.
///
/// # Errors
/// A sentence when `name` is missing or `age_ms` is no number.
pub fn read(target: &Target, now: Stamp) -> Result<Heard, &'static str> {
    let name = target
        .get("name")
        .filter(|name| !name.is_empty())
        .ok_or("a beacon needs name=, as in /beacon/<mac>?name=up")?;
    let queued_ms = match target.get("age_ms").filter(|age| !age.is_empty()) {
        None => 0,
        Some(age) if age.bytes().all(|b| b.is_ascii_digit()) => {
            age.parse().unwrap_or(OLDEST_MS).min(OLDEST_MS)
        }
        Some(_) => return Err("age_ms= of a beacon is a number of milliseconds"),
    };
    let text = clean(target.get("text").unwrap_or_default());
    let beacon = match name {
        "kernel-start" => Beacon::KernelStart,
        "init-started" => Beacon::InitStarted,
        "root-ready" => Beacon::RootReady,
        "up" => Beacon::Up,
        "failed" => Beacon::Failed(text.into()),
        "note" => Beacon::Note(text.into()),
        report::BEACON => agent::report(target)
            .map(|report| agent::beacon(&report))
            .ok_or("a beacon of an agent needs agent=, its version")?,
        other => Beacon::Note(clean(&format!("{other} {text}")).into()),
    };
    Ok(Heard {
        beacon,
        at: now - Duration::from_millis(queued_ms),
        queued_ms,
    })
}

/// One line for people: control characters, line ends and direction marks become spaces, runs of space one.
pub(super) fn clean(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let spaced: String = text
        .chars()
        .take(4 * TEXT)
        .map(|c| if harmful(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ").chars().take(TEXT).collect()
}
