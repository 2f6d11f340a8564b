//! What lies on top of a screen: a stack, of which the top one hears the keys.

mod ask;
mod columns;
mod compare;
mod contrast;
mod copies;
mod diff;
mod drift;
mod fields;
mod form;
mod help;
mod history;
mod lineup;
mod log;
mod make;
mod outcome;
mod palette;
mod pick;
mod prose;
mod replay;
mod section;
mod sheet;
mod told;
mod tried;
mod why;
mod writing;

pub use ask::draw_ask;
pub use columns::{draw_columns, draw_sort};
pub use compare::ComparePane;
pub use contrast::{Contrast, Part, Side};
pub use copies::Copies;
pub use diff::{Answer, DiffPane, differences};
pub use drift::{DriftPane, Lines, Spot};
pub use fields::{Choice, Fields};
pub use form::{draw_form, draw_names};
pub use help::Help;
pub use history::History;
pub use lineup::Lineup;
pub use log::LogPane;
pub use make::Makes;
pub use outcome::{Coming, Taken};
pub use palette::{Entry, Palette, Stock};
pub use pick::{Offer, Pick, Task};
pub use prose::draw_prose;
pub use replay::{Edge, Replay};
pub use section::draw_section;
pub use told::Told;
pub use tried::Tried;
pub use why::WhyPane;
pub use writing::{draw_writing, place as writing_place};

use ratatui::layout::Rect;

use super::filter::Filter;
use super::form::{Form, Names, Prose, Section};
use super::frame::{Frame, Hit};
use super::keys::{Act, Context};
use super::look::Role;
use super::widgets::{Input, List};
use super::writing::{Ask, Writing};
use crate::fleet::Stranger;

/// One layer.
#[derive(Debug)]
pub enum Layer {
    /// The filter line.
    Filter(FilterLine),
    /// The palette.
    Palette(Palette),
    /// Help.
    Help(Help),
    /// Why a node is where it is.
    Why(WhyPane),
    /// Something told in full.
    Told(Told),
    /// A question.
    Confirm(Question),
    /// The choice of columns.
    Columns(List),
    /// The choice of a column to sort by.
    Sort(List),
    /// The choice of what to copy.
    Copy(Copies),
    /// A recorded boot, gone through again.
    Replay(Replay),
    /// The name for a machine to adopt.
    Name(Input, Box<Stranger>),
    /// Names for new entries, or another name for one.
    Names(Names),
    /// The choice of a field to edit.
    Fields(Fields),
    /// A field being edited.
    Form(Box<Form>),
    /// A whole section of an entry being edited.
    Section(Box<Section>),
    /// A value of several lines being edited.
    Prose(Box<Prose>),
    /// What a change comes to.
    Diff(Box<DiffPane>),
    /// The revisions.
    Log(LogPane),
    /// The choice of a profile or a node.
    Pick(Pick),
    /// The profiles that an entry lists, being put in order.
    Lineup(Lineup),
    /// Two entries side by side.
    Compare(Box<ComparePane>),
    /// Texts before and after.
    Contrast(Box<Contrast>),
    /// What came of rendering an overlay for many nodes.
    Tried(Box<Tried>),
    /// The changes of an overlay.
    History(Box<History>),
    /// A file of an overlay being written.
    Writing(Box<Writing>),
    /// Lines to fill in that make, move or change a file of an overlay.
    Ask(Box<Ask>),
    /// The choice of what to make.
    Make(Makes),
    /// Whether a reboot would change nodes.
    Drift(Box<DriftPane>),
}

/// A filter being typed; it is in force while it is being typed.
#[derive(Debug)]
pub struct FilterLine {
    /// The line.
    pub input: Input,
    /// What was in force before, to go back to.
    pub before: Filter,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What Tab can put at its end.
    pub offers: Vec<String>,
}

/// What is done when a question is answered with yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Leave the console.
    Leave,
    /// Stop the boot servers.
    Stop,
    /// Drop what was written and is not saved.
    Drop,
}

/// A question.
#[derive(Debug)]
pub struct Question {
    /// What it is about.
    pub title: String,
    /// What will happen.
    pub lines: Vec<String>,
    /// What yes does.
    pub yes: Asked,
    /// Whether Enter means yes; else it means no.
    pub enter_is_yes: bool,
    /// The keys and what they do.
    pub keys: &'static [(&'static str, &'static str, Act)],
}

impl Layer {
    /// Where keys go.
    #[must_use]
    pub fn context(&self) -> Context {
        match self {
            Self::Filter(_) => Context::Filter,
            Self::Palette(_) => Context::Palette,
            Self::Help(_) => Context::Help,
            Self::Why(_) | Self::Told(_) => Context::Why,
            Self::Confirm(_) => Context::Confirm,
            Self::Columns(_) => Context::Columns,
            Self::Sort(_) => Context::Sort,
            Self::Copy(_) => Context::Copy,
            Self::Replay(_) => Context::Replay,
            Self::Name(..) | Self::Names(_) => Context::Name,
            Self::Fields(_) => Context::Fields,
            Self::Form(_) => Context::Form,
            Self::Section(_) => Context::Section,
            Self::Prose(_) => Context::Prose,
            Self::Diff(pane) if pane.word().is_some() => Context::Sure,
            Self::Diff(_) => Context::Diff,
            Self::Log(_) => Context::Log,
            Self::Pick(_) => Context::Pick,
            Self::Lineup(_) => Context::Lineup,
            Self::Compare(_) => Context::Compare,
            Self::Contrast(_) => Context::Contrast,
            Self::Tried(_) | Self::History(_) => Context::Found,
            Self::Writing(_) => Context::Writing,
            Self::Ask(_) => Context::Ask,
            Self::Make(_) => Context::Make,
            Self::Drift(_) => Context::Drift,
        }
    }
}

/// The width of a box that is to be so wide: where little would be left beside it, the whole screen's.
#[must_use]
pub const fn wide(screen: u16, width: u16) -> u16 {
    if screen < width + 8 { screen } else { width }
}

/// A box of that size in the middle of the screen.
#[must_use]
pub fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let width = wide(area.width, width);
    let height = height.min(area.height.saturating_sub(2));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 3,
        width,
        height,
    )
}

/// A box of that size at the bottom of a body, so that what it is about stays in sight above it.
#[must_use]
pub fn bottom(body: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(body.width.saturating_sub(2));
    let height = height.min(body.height);
    Rect::new(
        body.x + (body.width - width) / 2,
        body.bottom().saturating_sub(height),
        width,
        height,
    )
}

/// Draws a line being typed, its cursor reversed.
pub fn draw_input(frame: &mut Frame<'_>, at: (u16, u16), cells: u16, input: &Input) -> u16 {
    let (x, y) = at;
    let (before, after) = input.halves();
    // Keep the cursor visible: of a long line the end before the cursor is shown.
    let mut head = before;
    while crate::kit::text::width(head) + 2 > usize::from(cells) {
        let mut chars = head.chars();
        if chars.next().is_none() {
            break;
        }
        head = chars.as_str();
    }
    let end = x.saturating_add(cells);
    let at = frame.put(x, y, cells, head, Role::Input);
    let mut letters = after.chars();
    let under = letters
        .next()
        .map_or_else(|| " ".to_owned(), |c| c.to_string());
    let next = frame.put(at, y, end.saturating_sub(at), &under, Role::Input);
    frame.tint(Rect::new(at, y, next.saturating_sub(at), 1), Role::Cursor);
    frame.put(
        next,
        y,
        end.saturating_sub(next),
        letters.as_str(),
        Role::Input,
    )
}

/// Draws keys and what they do, from `at` on, each to be clicked.
pub fn draw_keys(frame: &mut Frame<'_>, at: (u16, u16), end: u16, keys: &[(&str, &str, Act)]) {
    let (mut x, y) = at;
    for (key, word, act) in keys {
        let from = x;
        let room = end.saturating_sub(x);
        let pieces = [(*key, Role::Key), (" ", Role::Text), (*word, Role::Text)];
        x = frame.pieces(x, y, room, &pieces);
        let area = Rect::new(from, y, x.saturating_sub(from), 1);
        frame.hit(area, Hit::Act(*act));
        x += 3;
    }
}

/// Draws the line at the top of a window that searches; what is left between so many rows of head and of foot is for what it
/// finds.
pub fn draw_search(
    frame: &mut Frame<'_>,
    inner: Rect,
    sign: &str,
    input: &Input,
    (head, foot): (u16, u16),
) -> Rect {
    let x = frame.put(inner.x, inner.y, 2, sign, Role::Key);
    draw_input(frame, (x, inner.y), inner.right().saturating_sub(x), input);
    let height = inner.height.saturating_sub(head + foot);
    Rect::new(inner.x, inner.y + head, inner.width, height)
}

/// Draws a question.
pub fn draw_question(frame: &mut Frame<'_>, question: &Question) {
    let wrapped: Vec<String> = question
        .lines
        .iter()
        .flat_map(|line| crate::kit::text::wrap(line, 62))
        .collect();
    let height = u16::try_from(wrapped.len()).unwrap_or(8) + 4;
    let inner = frame.window(middle(frame.area(), 68, height), &question.title);
    for (y, line) in (inner.y..inner.bottom()).zip(&wrapped) {
        frame.put(inner.x, y, inner.width, line, Role::Text);
    }
    let y = inner.bottom().saturating_sub(1);
    draw_keys(frame, (inner.x, y), inner.right(), question.keys);
}

/// Draws the question for a name.
pub fn draw_name(frame: &mut Frame<'_>, input: &Input, stranger: &Stranger) {
    let inner = frame.window(middle(frame.area(), 76, 8), "adopt");
    let arch = stranger
        .arch
        .map_or_else(|| "unknown kind".to_owned(), crate::fleet::Arch::word);
    let asks = format!(
        "{} · {arch} · {} · asked {}×, {} ago",
        stranger.mac,
        stranger.via,
        stranger.asks,
        frame.ages.since(stranger.last),
    );
    frame.put(inner.x, inner.y, inner.width, &asks, Role::Dim);
    let x = frame.put(inner.x, inner.y + 2, inner.width, "as  ", Role::Text);
    draw_input(
        frame,
        (x, inner.y + 2),
        inner.right().saturating_sub(x),
        input,
    );
    let hint = if input.text().trim().is_empty() {
        "empty: the next name of the naming pattern"
    } else {
        "written to nodes.conf; it boots at its next request"
    };
    frame.put(inner.x, inner.y + 3, inner.width, hint, Role::Dim);
    let y = inner.bottom().saturating_sub(1);
    let keys = [
        ("⏎", Role::Key),
        (" adopt   ", Role::Text),
        ("Esc", Role::Key),
        (" cancel", Role::Text),
    ];
    frame.pieces(inner.x, y, inner.width, &keys);
}
