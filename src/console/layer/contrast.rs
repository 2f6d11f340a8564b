//! Texts before and after, line by line: what a template makes for two nodes, a file as shipped and as it is, what a change did.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::middle;
use crate::api::Content;
use crate::console::frame::Frame;
use crate::console::look::Role;
use crate::console::screens::Move;
use crate::console::widgets::List;
use crate::kit::diff::{self, Fate};
use crate::kit::{text, units};

/// Unchanged lines around each place.
const AROUND: usize = 3;
/// Most lines that are kept of a difference.
const MOST: usize = 100_000;

/// What a file is on one side.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side {
    /// Whether it is there.
    pub there: bool,
    /// Its content; none of what is no regular file.
    pub content: Option<Content>,
    /// What else is to be told of it: owner and permission bits, where a link points to.
    pub about: String,
}

/// One file on both sides; none until that has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is called.
    pub path: Arc<str>,
    /// Before and after.
    pub sides: [Option<Side>; 2],
}

/// One line. Those of the texts have numbers: in the earlier one, in the later one.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    numbers: Option<(Option<usize>, Option<usize>)>,
    sign: char,
    text: String,
    role: Role,
}

/// The pane.
#[derive(Debug)]
pub struct Contrast {
    /// Tells it from other panes, for answers that come late.
    pub serial: u64,
    title: String,
    /// What stands for `-` and for `+`.
    sides: [String; 2],
    /// Files of which a side is yet to come.
    parts: Vec<Part>,
    lines: Vec<Line>,
    /// Lines that go, and lines that come.
    count: (usize, usize),
    /// Files that are as they were.
    same: usize,
    waits: bool,
    refused: Option<Arc<str>>,
    list: List,
}

impl Contrast {
    /// Of some files, which may be yet to come; none at all, and even which those are.
    #[must_use]
    pub fn new(serial: u64, title: String, sides: [String; 2], parts: Vec<Part>) -> Self {
        let mut pane = Self {
            serial,
            title,
            sides,
            parts: Vec::new(),
            lines: Vec::new(),
            count: (0, 0),
            same: 0,
            waits: true,
            refused: None,
            list: List::default(),
        };
        if !parts.is_empty() {
            pane.came(parts);
        }
        pane
    }

    /// Which files there are has come.
    pub fn came(&mut self, parts: Vec<Part>) {
        self.parts = parts;
        self.settle();
    }

    /// One side of one file has come: 0 before, 1 after.
    pub fn fill(&mut self, at: usize, which: usize, side: Side) {
        let part = self.parts.get_mut(at);
        if let Some(slot) = part.and_then(|part| part.sides.get_mut(which)) {
            *slot = Some(side);
        }
        self.settle();
    }

    /// Once everything is there it is compared.
    fn settle(&mut self) {
        let ready = |part: &Part| part.sides.iter().all(Option::is_some);
        if !self.waits || !self.parts.iter().all(ready) {
            return;
        }
        self.waits = false;
        for part in std::mem::take(&mut self.parts) {
            if let [Some(before), Some(after)] = &part.sides {
                self.add(&part.path, before, after);
            }
        }
    }

    /// What it waits for will not come.
    pub fn lost(&mut self, why: &str) {
        if self.waits {
            self.refused = Some(why.into());
        }
        self.waits = false;
    }

    fn add(&mut self, path: &str, before: &Side, after: &Side) {
        if before == after {
            self.same += 1;
            return;
        }
        let mut head = path.to_owned();
        match (before.there, after.there) {
            (false, true) => head.push_str(&format!(" · only {}", self.sides[1])),
            (true, false) => head.push_str(&format!(" · only {}", self.sides[0])),
            _ if before.about != after.about => {
                head.push_str(&format!(" · {} → {}", before.about, after.about));
            }
            _ => {}
        }
        if !self.lines.is_empty() {
            self.say(String::new(), Role::Text);
        }
        self.say(head, Role::Title);
        let text = |side: &Side| match &side.content {
            None => Some(Arc::from("")),
            Some(content) => content.text().cloned(),
        };
        match (text(before), text(after)) {
            (Some(before), Some(after)) => self.compare(&before, &after),
            _ => {
                let size = |side: &Side| {
                    let bytes = side.content.as_ref().and_then(Content::bytes);
                    units::size(bytes.map_or(0, |bytes| bytes.len() as u64))
                };
                self.say(
                    format!("no text: {} → {}", size(before), size(after)),
                    Role::Dim,
                );
            }
        }
    }

    fn say(&mut self, text: String, role: Role) {
        self.lines.push(Line {
            numbers: None,
            sign: ' ',
            text: text::sanitise(&text),
            role,
        });
    }

    fn compare(&mut self, before: &str, after: &str) {
        for (at, hunk) in diff::lines(before, after, AROUND).into_iter().enumerate() {
            if at > 0 {
                self.say("⋮".into(), Role::Line);
            }
            let (mut old, mut new) = (hunk.old.start, hunk.new.start);
            for line in &hunk.lines {
                let (numbers, role) = match line.fate {
                    Fate::Kept => ((Some(old + 1), Some(new + 1)), Role::Dim),
                    Fate::Gone => ((Some(old + 1), None), Role::Stalled),
                    Fate::Came => ((None, Some(new + 1)), Role::Good),
                };
                old += usize::from(line.fate != Fate::Came);
                new += usize::from(line.fate != Fate::Gone);
                self.count.0 += usize::from(line.fate == Fate::Gone);
                self.count.1 += usize::from(line.fate == Fate::Came);
                if self.lines.len() < MOST {
                    self.lines.push(Line {
                        numbers: Some(numbers),
                        sign: line.fate.sign(),
                        text: text::sanitise(&line.text.replace('\t', "    ")),
                        role,
                    });
                }
                if !line.ended {
                    self.say("no newline at the end".into(), Role::Dim);
                }
            }
        }
    }

    /// Scrolls on a screen of so many rows.
    pub fn step(&mut self, by: Move, rows: u16) {
        // The row at the cursor is the first that is seen.
        let most = self
            .lines
            .len()
            .saturating_sub(usize::from(rows.saturating_sub(6)));
        self.list.at = by.from(self.list.at.min(most), most + 1);
    }

    /// To the next place that differs, or the one before.
    pub fn place_by(&mut self, by: isize) {
        let begins = |at: &usize| {
            let differs = |at: usize| self.lines.get(at).is_some_and(|line| line.sign != ' ');
            differs(*at) && !at.checked_sub(1).is_some_and(differs)
        };
        let here = self.list.at + AROUND;
        let next = if by > 0 {
            (here + 1..self.lines.len()).find(begins)
        } else {
            (0..here).rev().find(begins)
        };
        if let Some(next) = next {
            self.list.at = next.saturating_sub(AROUND);
        }
    }

    /// All of it as plain text, for copying.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("--- {}\n+++ {}\n", self.sides[0], self.sides[1]);
        for line in &self.lines {
            if line.numbers.is_some() {
                out.push(line.sign);
            }
            out.push_str(&line.text);
            out.push('\n');
        }
        out
    }

    /// Draws it over `body`.
    pub fn draw(&self, frame: &mut Frame<'_>, body: Rect) {
        let width = body.width.saturating_sub(2).min(140);
        let rows = self.lines.len().max(1) + 5;
        let height = u16::try_from(rows).unwrap_or(u16::MAX).max(7);
        let area = middle(body, width, height.min(body.height));
        let inner = frame.window(area, &text::clip(&self.title, usize::from(width) - 6));
        let sides = [
            ("- ", Role::Stalled),
            (&*self.sides[0], Role::Stalled),
            ("   + ", Role::Good),
            (&*self.sides[1], Role::Good),
        ];
        frame.pieces(inner.x, inner.y, inner.width, &sides);
        let body = Rect::new(
            inner.x,
            inner.y + 1,
            inner.width,
            inner.height.saturating_sub(3),
        );
        if let Some(why) = &self.refused {
            frame.put(
                body.x,
                body.y,
                body.width,
                &format!("✗ {why}"),
                Role::Failed,
            );
        } else if self.lines.is_empty() {
            let text = if self.waits {
                "asking …"
            } else {
                "nothing differs"
            };
            frame.put(body.x, body.y, body.width, text, Role::Dim);
        }
        self.draw_lines(frame, body);
        self.foot(frame, inner, usize::from(body.height));
    }

    fn draw_lines(&self, frame: &mut Frame<'_>, area: Rect) {
        let numbers = self.lines.iter().filter_map(|line| line.numbers);
        let highest = numbers.flat_map(|(old, new)| [old, new]).flatten().max();
        let digits = highest.map_or(1, |highest| highest.ilog10() as usize + 1);
        let first = self.first(usize::from(area.height));
        for (y, line) in (area.y..area.bottom()).zip(self.lines.iter().skip(first)) {
            let Some((old, new)) = line.numbers else {
                frame.put(area.x, y, area.width, &line.text, line.role);
                continue;
            };
            let number = |at: Option<usize>| {
                let text = at.map(|at| at.to_string()).unwrap_or_default();
                text::pad_left(&text, digits)
            };
            let front = format!("{} {} ", number(old), number(new));
            let sign = format!("{} ", line.sign);
            let pieces = [
                (&*front, Role::Line),
                (&*sign, line.role),
                (&*line.text, line.role),
            ];
            frame.pieces(area.x, y, area.width, &pieces);
        }
    }

    fn first(&self, height: usize) -> usize {
        self.list.at.min(self.lines.len().saturating_sub(height))
    }

    fn foot(&self, frame: &mut Frame<'_>, inner: Rect, height: usize) {
        let y = inner.bottom().saturating_sub(1);
        let keys = [
            ("n N", Role::Key),
            (" next place   ", Role::Dim),
            ("y", Role::Key),
            (" copy   ", Role::Dim),
            ("Esc", Role::Key),
            (" close", Role::Dim),
        ];
        let x = frame.pieces(inner.x, y, inner.width, &keys);
        let (gone, come) = self.count;
        let mut told = format!("-{} +{}", units::count(gone), units::count(come));
        if self.same > 0 {
            told.push_str(&format!(" · {} the same", units::count(self.same)));
        }
        let below = self.lines.len().saturating_sub(self.first(height) + height);
        if below > 0 {
            told.push_str(&format!(" · ↓ {} more", units::count(below)));
        }
        if !self.waits {
            frame.put_right(x + 2, inner.right(), y, &told, Role::Dim);
        }
    }
}
