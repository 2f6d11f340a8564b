//! What a change comes to, before it is done: what differs, whom it reaches and when, what is doubtful; or why it is refused.

use std::cell::Cell;
use std::sync::Arc;

use super::outcome::{Coming, Taken};
use super::{bottom, draw_input};
use crate::api::{ClashRow, DiffRow, Outcome};
use crate::console::form::{Guard, Proposal, What};
use crate::console::frame::{Frame, Hit};
use crate::console::keys::Act;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::Input;
use crate::kit::{Zone, text, units};
use crate::model::{Fault, Table, Turn};
use ratatui::layout::Rect;

/// What is known of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was asked what it would come to.
    Asked,
    /// That.
    Comes(Box<Outcome>),
    /// It is refused, and this is everything that speaks against it.
    Faulty(Vec<Fault>),
    /// Somebody else changed the same.
    Clash(Vec<ClashRow>),
    /// It cannot be done; why.
    Refused(Arc<str>),
    /// What a change of an overlay comes to.
    Overlay(Box<Coming>),
    /// Somebody else changed the same file of an overlay.
    Taken(Box<Taken>),
}

/// The pane.
#[derive(Debug)]
pub struct DiffPane {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    /// What is asked for.
    pub proposal: Proposal,
    /// What the engine says of it.
    pub answer: Answer,
    /// The word being typed, where one is wanted.
    pub typed: Input,
    /// It was sent to be done.
    pub applying: bool,
    top: usize,
    /// The furthest that it can be scrolled, at the last draw.
    most: Cell<usize>,
    zone: Zone,
}

/// A line, how far it is set in, and its role.
type Line = (usize, String, Role);

impl DiffPane {
    /// Of a proposal that is yet to be asked about.
    #[must_use]
    pub fn new(serial: u64, proposal: Proposal, zone: Zone) -> Self {
        Self {
            serial,
            proposal,
            answer: Answer::Asked,
            typed: Input::default(),
            applying: false,
            top: 0,
            most: Cell::new(0),
            zone,
        }
    }

    /// The word that has to be typed now.
    #[must_use]
    pub fn word(&self) -> Option<&Arc<str>> {
        match (&self.answer, &self.proposal.guard) {
            (Answer::Comes(outcome), Guard::Word(word)) if !outcome.diff.is_empty() => Some(word),
            (Answer::Overlay(coming), Guard::Word(word)) if !coming.outcome.changed.is_empty() => {
                Some(word)
            }
            _ => None,
        }
    }

    /// Whether it would change nothing. Of a text comments may differ that no row tells of.
    fn idle(&self, outcome: &Outcome) -> bool {
        outcome.diff.is_empty() && !self.proposal.what.is_text()
    }

    /// The answer that it waits for will not come.
    pub fn lost(&mut self, why: &str) {
        if self.applying {
            self.answer = Answer::Refused(
                "the daemon went away while this was being done: the revisions (H) tell whether it was".into(),
            );
        } else if self.answer == Answer::Asked {
            self.answer = Answer::Refused(why.into());
        }
        self.applying = false;
    }

    /// Why it cannot be done now; none if it can.
    #[must_use]
    pub fn held(&self) -> Option<String> {
        match &self.answer {
            _ if self.applying => Some("it is being done".into()),
            Answer::Asked => Some("wait: what it comes to is not known yet".into()),
            Answer::Comes(outcome) if self.idle(outcome) => Some("nothing differs".into()),
            Answer::Overlay(coming) if coming.outcome.changed.is_empty() => {
                Some("nothing differs".into())
            }
            Answer::Comes(_) | Answer::Overlay(_) => {
                let word = self.word()?;
                let right = self.typed.text().trim() == &**word;
                (!right).then(|| format!("type {word} first"))
            }
            Answer::Faulty(_) | Answer::Refused(_) => Some("it was refused: Esc goes back".into()),
            Answer::Clash(_) | Answer::Taken(_) => {
                Some("somebody else changed the same: choose t theirs, o ours, or e edit".into())
            }
        }
    }

    /// Scrolls.
    pub fn step(&mut self, by: Move) {
        let most = self.most.get();
        self.top = by.from(self.top.min(most), most + 1);
    }

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> String {
        if let Some(lines) = self.of_overlay(usize::from(u16::MAX)) {
            return lines.into_iter().map(|(line, _)| line + "\n").collect();
        }
        let line = |(indent, text, _): Line| format!("{}{text}\n", " ".repeat(indent));
        self.lines().into_iter().map(line).collect()
    }

    fn lines(&self) -> Vec<Line> {
        match &self.answer {
            Answer::Asked => vec![(0, "asking what it comes to …".into(), Role::Dim)],
            Answer::Comes(outcome) => coming(outcome, !self.idle(outcome)),
            Answer::Faulty(faults) => {
                let mut lines = vec![(0, "refused: nothing was changed".to_owned(), Role::Title)];
                lines.extend(
                    faults
                        .iter()
                        .map(|fault| (2, fault.to_string(), Role::Failed)),
                );
                lines
            }
            Answer::Clash(rows) => self.clashes(rows),
            Answer::Refused(why) => vec![(0, why.to_string(), Role::Failed)],
            // Their lines are made apart.
            Answer::Overlay(_) | Answer::Taken(_) => Vec::new(),
        }
    }

    fn clashes(&self, rows: &[ClashRow]) -> Vec<Line> {
        let mut lines = Vec::new();
        for row in rows {
            let what = if row.key.is_empty() {
                row.table.one()
            } else {
                &*row.key
            };
            let who = format!(
                "{what} of {}: {} changed it at {} in r{}",
                row.names,
                row.by,
                self.zone.time(row.at),
                row.revision
            );
            lines.push((0, who, Role::Title));
            let shown = |text: &Option<Arc<str>>| text.as_deref().unwrap_or("—").to_owned();
            lines.push((2, format!("theirs: {}", shown(&row.theirs)), Role::Text));
            lines.push((2, format!("ours: {}", shown(&row.ours)), Role::Text));
        }
        lines
    }

    /// The lines of what is said of a change of an overlay.
    fn of_overlay(&self, cells: usize) -> Option<Vec<(String, Role)>> {
        match &self.answer {
            Answer::Overlay(coming) => Some(coming.wrapped(cells)),
            Answer::Taken(taken) => Some(taken.wrapped(cells)),
            _ => None,
        }
    }

    /// Whether what was refused may be done all the same: what fails are templates, for some nodes.
    #[must_use]
    pub fn may_force(&self) -> bool {
        let force = matches!(self.proposal.what, What::Overlay { force: false, .. });
        force && matches!(self.answer, Answer::Faulty(_))
    }

    fn wrapped(&self, cells: usize) -> Vec<(String, Role)> {
        if let Some(lines) = self.of_overlay(cells) {
            return lines;
        }
        let mut out = Vec::new();
        for (indent, line, role) in self.lines() {
            // A piece that belongs to the one above hangs below it.
            for (at, piece) in text::wrap(&line, cells.saturating_sub(indent + 2))
                .into_iter()
                .enumerate()
            {
                let hang = if at == 0 { indent } else { indent + 2 };
                out.push((format!("{}{piece}", " ".repeat(hang)), role));
            }
        }
        out
    }

    fn title(&self) -> String {
        match &self.answer {
            Answer::Comes(_) | Answer::Overlay(_) | Answer::Asked => {
                format!("{}?", self.proposal.title)
            }
            Answer::Faulty(_) | Answer::Refused(_) => format!("{}: refused", self.proposal.title),
            Answer::Clash(_) | Answer::Taken(_) => {
                format!("{}: somebody else was there", self.proposal.title)
            }
        }
    }

    /// Draws it at the bottom of `body`; `off` says why an action cannot be done now.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect, off: impl Fn(Act) -> Option<String>) {
        let width = body.width.saturating_sub(4).min(116);
        let lines = self.wrapped(usize::from(width.saturating_sub(4)));
        let height = u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(4);
        let inner = frame.window(bottom(body, width, height), &self.title());
        let visible = usize::from(inner.height.saturating_sub(2));
        let most = lines.len().saturating_sub(visible);
        self.most.set(most);
        let first = self.top.min(most);
        for (y, (line, role)) in (inner.y..).zip(lines.iter().skip(first).take(visible)) {
            frame.put(inner.x, y, inner.width, line, *role);
        }
        let left = lines.len().saturating_sub(first + visible);
        if left > 0 {
            let more = format!("↓ {left} more");
            let y = inner.bottom().saturating_sub(2);
            frame.put_right(inner.x, inner.right(), y, &more, Role::Dim);
        }
        self.keys(frame, inner, off);
    }

    fn keys(&self, frame: &mut Frame<'_>, inner: Rect, off: impl Fn(Act) -> Option<String>) {
        let y = inner.bottom().saturating_sub(1);
        let mut x = inner.x;
        if let Some(word) = self.word() {
            let ask = format!("type {word} to do it: ");
            x = frame.put(x, y, inner.width, &ask, Role::Stalled);
            draw_input(frame, (x, y), 16, &self.typed);
            x += 18;
        }
        let mut keys: Vec<(&str, &str, Act)> = Vec::new();
        match &self.answer {
            _ if self.applying => {
                frame.put(x, y, inner.width, "being done …", Role::Dim);
                return;
            }
            Answer::Comes(outcome) if !self.idle(outcome) => keys.push(("⏎", "do it", Act::Apply)),
            Answer::Overlay(coming) if !coming.outcome.changed.is_empty() => {
                keys.push(("⏎", "do it", Act::Apply));
            }
            Answer::Faulty(_) if self.may_force() => {
                keys.push(("o", "do it all the same", Act::Insist));
            }
            Answer::Taken(_) => keys.extend([
                ("t", "take theirs", Act::Theirs),
                ("o", "insist on ours", Act::Insist),
                ("e", "edit ours", Act::Mend),
            ]),
            Answer::Clash(_) => keys.extend([
                ("t", "leave theirs", Act::Theirs),
                ("o", "insist on ours", Act::Insist),
                ("e", "edit ours", Act::Mend),
            ]),
            _ => {}
        }
        if off(Act::Editor).is_none() {
            keys.push(("E", "edit the text again", Act::Editor));
        }
        keys.push(("Esc", "back", Act::Close));
        for (key, word, act) in keys {
            let from = x;
            let role = if off(act).is_some() {
                Role::Line
            } else {
                Role::Text
            };
            let room = inner.right().saturating_sub(x);
            x = frame.pieces(x, y, room, &[(key, Role::Key), (" ", role), (word, role)]);
            let act = if self.word().is_some() && act == Act::Close {
                Act::Cancel
            } else {
                act
            };
            frame.hit(Rect::new(from, y, x.saturating_sub(from), 1), Hit::Act(act));
            x += 3;
        }
    }
}

fn coming(outcome: &Outcome, text: bool) -> Vec<Line> {
    let mut lines = vec![(0, outcome.summary.to_string(), Role::Title)];
    if outcome.diff.is_empty() {
        let idle = if text {
            "no value differs, only what stands around them"
        } else {
            "nothing differs: everything says so already"
        };
        lines.push((0, idle.into(), Role::Dim));
    }
    lines.extend(differences(&outcome.diff));
    if outcome.more > 0 {
        lines.push((
            0,
            format!("⋮ {} more differences", units::count(outcome.more as usize)),
            Role::Dim,
        ));
    }
    lines.extend(
        outcome
            .impact
            .iter()
            .map(|line| (0, line.to_string(), Role::Key)),
    );
    lines.extend(
        outcome
            .warnings
            .iter()
            .map(|fault| (0, format!("! {fault}"), Role::Stalled)),
    );
    lines
}

/// A value line by line, each with its sign; without one these words.
fn said(sign: &str, value: Option<&str>, none: &str, role: Role) -> Vec<Line> {
    match value {
        Some("") => vec![(4, sign.to_owned(), role)],
        Some(value) => {
            let lines = value.lines();
            lines
                .map(|line| (4, format!("{sign} {line}"), role))
                .collect()
        }
        None => vec![(4, none.to_owned(), Role::Dim)],
    }
}

/// What differs, row by row.
#[must_use]
pub fn differences(rows: &[DiffRow]) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in rows {
        let whom = match row.count {
            _ if row.table == Table::Settings => row.names.to_string(),
            1 => format!("{} {}", row.table.one(), row.names),
            count => format!(
                "{} {} {}",
                units::count(count as usize),
                row.table.many(),
                row.names
            ),
        };
        let before = row.before.as_deref();
        let after = row.after.as_deref();
        match row.turn {
            Turn::Added => lines.push((2, format!("+ {whom}"), Role::Good)),
            Turn::Removed => lines.push((2, format!("- {whom}"), Role::Failed)),
            Turn::Renamed => {
                let text = format!("{} → {}", before.unwrap_or("—"), after.unwrap_or("—"));
                lines.push((2, text, Role::Text));
            }
            Turn::Changed => {
                lines.push((2, format!("{} · {whom}", row.key), Role::Text));
                let none = match row.table {
                    Table::Settings => ("- not set", "+ the default"),
                    _ => ("- no value of its own", "+ inherits"),
                };
                lines.extend(said("-", before, none.0, Role::Failed));
                lines.extend(said("+", after, none.1, Role::Good));
            }
        }
    }
    lines
}
