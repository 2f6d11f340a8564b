//! What a change of an overlay comes to, or why it clashes with somebody else's: file by file, with the lines that differ.

use crate::api::{OverlayChanged, OverlayClash, OverlayOutcome};
use crate::console::look::Role;
use crate::console::widgets::editor::visible;
use crate::kit::{Zone, diff, text, units};
use crate::model::{Fault, Turn};

/// Unchanged lines around those that differ.
const AROUND: usize = 3;
/// Most lines of one file that are shown.
const SHOWN: usize = 4_000;

/// A line, and whether it is to be shown as it is instead of being wrapped between words.
type Line = (String, Role, bool);

/// An outcome, with its differences made out once.
#[derive(Debug, Clone, PartialEq)]
pub struct Coming {
    /// As it came.
    pub outcome: OverlayOutcome,
    lines: Vec<Line>,
}

impl Coming {
    /// Of an outcome.
    #[must_use]
    pub fn new(outcome: OverlayOutcome) -> Self {
        let mut lines = vec![(outcome.summary.to_string(), Role::Title, false)];
        if outcome.copied {
            let copied = "makes the site's own copy of what is shipped; d on it shows from then on how the two differ";
            lines.push((copied.to_owned(), Role::Key, false));
        }
        let faults = outcome.warnings.iter();
        let says = |line: &std::sync::Arc<str>| (line.to_string(), Role::Key, false);
        // Whom it reaches is read before a long difference, what is doubtful too.
        lines.extend(outcome.impact.iter().map(says));
        lines.extend(faults.map(|fault: &Fault| (format!("! {fault}"), Role::Stalled, false)));
        if outcome.changed.is_empty() {
            let same = "nothing differs: it is so already".to_owned();
            lines.push((same, Role::Dim, false));
        }
        for changed in &outcome.changed {
            one(changed, &mut lines);
        }
        Self { outcome, lines }
    }

    /// In so many cells.
    #[must_use]
    pub fn wrapped(&self, cells: usize) -> Vec<(String, Role)> {
        wrapped(&self.lines, cells)
    }
}

fn wrapped(lines: &[Line], cells: usize) -> Vec<(String, Role)> {
    let mut out = Vec::new();
    for (line, role, as_it_is) in lines {
        if *as_it_is {
            out.push((text::clip(line, cells), *role));
            continue;
        }
        for (at, piece) in text::wrap(line, cells.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let hang = if at == 0 { "" } else { "  " };
            out.push((format!("{hang}{piece}"), *role));
        }
    }
    out
}

fn one(changed: &OverlayChanged, lines: &mut Vec<Line>) {
    let (sign, role) = match changed.turn {
        Turn::Added => ("+", Role::Good),
        Turn::Removed => ("-", Role::Failed),
        Turn::Renamed => ("→", Role::Text),
        Turn::Changed => ("·", Role::Text),
    };
    lines.push((
        format!("{sign} {} · {}", changed.path, changed.what),
        role,
        false,
    ));
    let before = changed.before.as_deref().unwrap_or_default();
    let after = changed.after.as_deref().unwrap_or_default();
    differing(before, after, lines);
}

/// The lines in which two texts differ.
fn differing(before: &str, after: &str, lines: &mut Vec<Line>) {
    let hunks = diff::lines(before, after, AROUND);
    let all: usize = hunks.iter().map(|hunk| hunk.lines.len()).sum();
    let mut left = SHOWN;
    for hunk in &hunks {
        if left == 0 {
            break;
        }
        let number = hunk.new.start + 1;
        lines.push((format!("  line {number}"), Role::Dim, true));
        for line in hunk.lines.iter().take(left) {
            let role = match line.fate {
                diff::Fate::Kept => Role::Dim,
                diff::Fate::Gone => Role::Failed,
                diff::Fate::Came => Role::Good,
            };
            let ended = if line.ended || line.fate == diff::Fate::Kept {
                ""
            } else {
                "   (no line end)"
            };
            let shown = format!("  {} {}{ended}", line.fate.sign(), visible(line.text));
            lines.push((shown, role, true));
        }
        left = left.saturating_sub(hunk.lines.len());
    }
    if all > SHOWN {
        let more = format!("  ⋮ {} more lines", units::count(all - SHOWN));
        lines.push((more, Role::Dim, true));
    }
}

/// A clash, with ours against theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// As it came.
    pub clash: OverlayClash,
    lines: Vec<Line>,
}

impl Taken {
    /// Of a clash with a file that is to be written so.
    #[must_use]
    pub fn new(clash: OverlayClash, ours: Option<&str>, zone: &Zone) -> Self {
        let by = clash.by.as_deref().unwrap_or("somebody");
        let when = clash
            .at
            .map_or_else(String::new, |at| format!(" at {}", zone.time(at)));
        let what = if clash.theirs.is_some() {
            "changed it"
        } else {
            "took it away"
        };
        let who = format!("{} of {}: {by} {what}{when}", clash.path, clash.name);
        let mut lines = vec![(who, Role::Title, false)];
        let theirs = clash.theirs.as_ref().map(|theirs| theirs.text());
        match (theirs, ours) {
            (Some(Some(theirs)), Some(ours)) => {
                lines.push(("theirs (-) against ours (+):".to_owned(), Role::Text, false));
                differing(theirs, ours, &mut lines);
            }
            (None, _) => lines.push((
                "there is no such file any more".to_owned(),
                Role::Text,
                false,
            )),
            _ => lines.push((
                "it is no text that could be shown".to_owned(),
                Role::Dim,
                false,
            )),
        }
        Self { clash, lines }
    }

    /// In so many cells.
    #[must_use]
    pub fn wrapped(&self, cells: usize) -> Vec<(String, Role)> {
        wrapped(&self.lines, cells)
    }
}
