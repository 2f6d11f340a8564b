//! A text of any length being edited. Its cursor moves by graphemes and is placed by cells; what it does not touch stays as it was,
//! byte for byte. Drawing costs the visible rows. Nothing here knows a file, an overlay or the engine.

mod cells;
mod draw;
mod edit;
mod find;
mod history;
mod keys;
mod lines;
mod places;

pub use cells::visible;
pub use draw::Sight;
pub use find::Found;
pub use keys::Go;
pub use lines::{End, Line, Lines, Pos};

use std::cell::{Cell, RefCell};

use crate::console::syntax::{State, Syntax};
use history::History;

/// The text and where its cursor is.
#[derive(Debug, Clone)]
pub struct Editor {
    lines: Lines,
    cursor: Pos,
    /// The other end of what is selected.
    anchor: Option<Pos>,
    /// Whether every move selects.
    selecting: bool,
    /// The column that up and down try to stay in.
    goal: Option<usize>,
    history: History,
    /// What was cut or copied last.
    cut: String,
    /// Blanks of one step to the right: a tab, or some spaces.
    step: &'static str,
    syntax: Syntax,
    /// What each line begins in, as far as that was found out.
    states: RefCell<Vec<State>>,
    /// How often the text was changed.
    version: u64,
    /// First visible line and column at the last draw, and how many lines there were.
    window: Cell<(usize, usize, usize)>,
}

impl Default for Editor {
    fn default() -> Self {
        Self::new("", Syntax::default())
    }
}

impl Editor {
    /// A text with the cursor at its beginning.
    #[must_use]
    pub fn new(text: &str, syntax: Syntax) -> Self {
        let lines = Lines::of(text);
        Self {
            step: step(&lines),
            lines,
            cursor: Pos::default(),
            anchor: None,
            selecting: false,
            goal: None,
            history: History::default(),
            cut: String::new(),
            syntax,
            states: RefCell::new(vec![State::default()]),
            version: 0,
            window: Cell::new((0, 0, 10)),
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        self.lines.text()
    }

    /// Whether the text is this one.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.lines.is(text)
    }

    /// The lines.
    #[must_use]
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Where the cursor is.
    #[must_use]
    pub const fn cursor(&self) -> Pos {
        self.cursor
    }

    /// The line of the cursor and its column in letters, both from 1, as faults count them.
    #[must_use]
    pub fn spot(&self) -> (usize, usize) {
        let before = self.before();
        (self.cursor.row + 1, before.chars().count() + 1)
    }

    /// The line of the cursor up to it.
    #[must_use]
    pub fn before(&self) -> &str {
        let line = self.lines.line(self.cursor.row);
        line.get(..self.cursor.at).unwrap_or(line)
    }

    /// The line of the cursor from it on.
    #[must_use]
    pub fn after(&self) -> &str {
        let line = self.lines.line(self.cursor.row);
        line.get(self.cursor.at..).unwrap_or_default()
    }

    /// What is selected, the earlier end first.
    #[must_use]
    pub fn selection(&self) -> Option<(Pos, Pos)> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some((anchor.min(self.cursor), anchor.max(self.cursor)))
    }

    /// Whether something is selected, or is about to be.
    #[must_use]
    pub const fn selects(&self) -> bool {
        self.anchor.is_some()
    }

    /// Begins to select with every move; ends that.
    pub fn select(&mut self) {
        self.selecting = !self.selecting;
        self.anchor = self.selecting.then_some(self.cursor);
    }

    /// Selects nothing.
    pub const fn unselect(&mut self) {
        self.selecting = false;
        self.anchor = None;
    }

    /// Puts the cursor on a line and a column in letters, both from 1, as near as there are any.
    pub fn seek(&mut self, line: usize, column: usize) {
        let row = line.max(1).min(self.lines.count()) - 1;
        let text = self.lines.line(row);
        let mut letters = text.char_indices();
        let at = letters.nth(column.max(1) - 1);
        let at = at.map_or(text.len(), |(at, _)| places::border(text, at));
        self.put(Pos { row, at });
    }

    /// Puts the cursor somewhere, selecting nothing.
    pub fn put(&mut self, place: Pos) {
        self.unselect();
        self.goal = None;
        self.history.close();
        let row = place.row.min(self.lines.count() - 1);
        let at = places::border(self.lines.line(row), place.at);
        self.cursor = Pos { row, at };
    }

    /// What the cursor stands in.
    #[must_use]
    pub fn state(&self) -> State {
        let state = self.state_of(self.cursor.row);
        self.syntax.read(state, self.before(), &mut Vec::new())
    }

    /// What a line begins in.
    fn state_of(&self, row: usize) -> State {
        let mut states = self.states.borrow_mut();
        while states.len() <= row {
            let at = states.len() - 1;
            let state = states.last().copied().unwrap_or_default();
            let mut next = self
                .syntax
                .read(state, self.lines.line(at), &mut Vec::new());
            next.line_ends();
            states.push(next);
        }
        states.get(row).copied().unwrap_or_default()
    }

    /// How often the text was changed: the same number is the same text.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Something was changed in this line or behind it: what the lines behind it begin in has to be found out anew.
    fn changed(&mut self, row: usize) {
        self.version += 1;
        self.states.borrow_mut().truncate(row + 1);
    }
}

/// The step that the text is set in by: what its first lines that are set in tell.
fn step(lines: &Lines) -> &'static str {
    let mut least = usize::MAX;
    for line in lines.iter().take(400) {
        if line.text.starts_with('\t') {
            return "\t";
        }
        let blanks = places::indent(&line.text);
        if blanks > 0 && blanks < line.text.len() {
            least = least.min(blanks);
        }
    }
    if least == 4 { "    " } else { "  " }
}
