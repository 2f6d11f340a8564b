//! What a change of an overlay did, file by file: both states are asked for, and what differs is shown.

use std::sync::Arc;

use super::outcome::Coming;
use super::sheet::{self, Sheet};
use crate::api::{Content, OverlayChanged, OverlayLogRow, OverlayOutcome};
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::model::Turn;

/// One state of a file: its content if there is one, or why that is not known.
type State = Result<Option<Content>, Arc<str>>;

/// A file of it: its path, and what it was before and after, once that has come.
type Both = (Arc<str>, [Option<State>; 2]);

/// The change.
#[derive(Debug)]
pub struct Past {
    /// Tells it from others, for answers that come late.
    pub serial: u64,
    title: String,
    head: String,
    files: Vec<Both>,
    /// Paths that are not looked at, since there are too many.
    more: usize,
    shown: Coming,
    sheet: Sheet,
}

/// Nothing yet.
fn empty(head: &str) -> OverlayOutcome {
    OverlayOutcome {
        number: None,
        summary: head.into(),
        copied: false,
        changed: Vec::new(),
        impact: Vec::new(),
        warnings: Vec::new(),
    }
}

impl Past {
    /// Of a change, of which no more than `most` files are looked at.
    #[must_use]
    pub fn new(serial: u64, row: &OverlayLogRow, most: usize) -> Self {
        let head = format!("{} of {}", row.summary, row.by);
        let files = row.paths.iter().take(most);
        Self {
            serial,
            title: format!("change {}", row.number),
            files: files.map(|path| (path.clone(), [None, None])).collect(),
            more: row.paths.len().saturating_sub(most),
            shown: Coming::new(empty(&head)),
            head,
            sheet: Sheet::default(),
        }
    }

    /// A file before or after it has come.
    pub fn came(&mut self, path: &str, before: bool, state: State) {
        for (own, states) in &mut self.files {
            if **own == *path {
                states[usize::from(!before)] = Some(state.clone());
            }
        }
        let mut outcome = empty(&self.head);
        outcome.changed = self.files.iter().filter_map(changed).collect();
        if self.more > 0 {
            let text = format!("and {} more paths", self.more);
            outcome.impact.push(text.into());
        }
        self.shown = Coming::new(outcome);
    }

    fn waits(&self) -> bool {
        let open = |(_, states): &Both| states.iter().any(Option::is_none);
        self.files.iter().any(open)
    }

    fn lines(&self, cells: usize) -> Vec<(String, Role)> {
        if self.waits() {
            return vec![(format!("{}: asking for it …", self.head), Role::Dim)];
        }
        self.shown.wrapped(cells)
    }

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.lines(usize::from(u16::MAX)).into_iter();
        lines.map(|(line, _)| line + "\n").collect()
    }

    /// Scrolls it on a screen of that size.
    pub fn step(&mut self, by: Move, screen: (u16, u16)) {
        let lines = self.lines(sheet::cells(screen.0)).len();
        self.sheet.step(by, lines, screen.1);
    }

    /// Draws it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let lines = self.lines(sheet::cells(frame.area().width));
        self.sheet.draw(frame, &self.title, &lines);
    }
}

/// What became of a file, once both of its states are known.
fn changed((path, states): &Both) -> Option<OverlayChanged> {
    let [Some(before), Some(after)] = states else {
        return None;
    };
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) | (_, Err(why)) => {
            return Some(OverlayChanged {
                path: path.clone(),
                turn: Turn::Changed,
                what: why.clone(),
                before: None,
                after: None,
            });
        }
    };
    let text =
        |content: &Option<Content>| content.as_ref().and_then(|content| content.text().cloned());
    let (turn, what) = match (before, after) {
        (None, Some(_)) => (Turn::Added, "new"),
        (Some(_), None) => (Turn::Removed, "gone"),
        (None, None) => (Turn::Changed, "no regular file"),
        (Some(before), Some(after)) if before == after => {
            (Turn::Changed, "its text did not change")
        }
        (Some(_), Some(_)) => (Turn::Changed, "its content"),
    };
    Some(OverlayChanged {
        path: path.clone(),
        turn,
        what: what.into(),
        before: text(before),
        after: text(after),
    })
}
