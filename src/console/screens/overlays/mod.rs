//! The overlays: their files, a template as it is written, what it makes for a node, and who uses it.
//!
//! What is chosen (overlay, file, node) is kept by name, so that news never move the cursor. What is asked for follows from that:
//! [`Overlays::questions`] says what is missing or may be out of date, and [`Overlays::came`] takes the answers in.

mod asked;
mod cursor;
mod draw;
mod made;
mod overview;
mod paper;
mod question;
mod template;
mod tree;
mod trouble;
mod ways;

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use ratatui::layout::Rect;

use self::asked::Asked;
use self::paper::{Align, Paper};
use self::tree::{Row, Source};
use crate::api::{
    Checked, Draft, FileRow, OverlayDetail, OverlayFile, OverlayItem, Rendered, Rendering,
};
use crate::console::widgets::List;
use crate::kit::Stamp;
use crate::model::Spot;

pub use self::draw::Parts;
pub use self::question::{Cast, Question};

/// From this width on the panes stand side by side.
pub const BESIDE: u16 = 100;

/// The panes, in the order in which Tab goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// Overlays and files.
    #[default]
    Tree,
    /// The file as it is written; of an overlay who uses it.
    Template,
    /// What it makes for a node.
    Made,
}

/// All of them, with their names as pages of a small screen.
pub const PANES: [(Pane, &str); 3] = [
    (Pane::Tree, "Overlays"),
    (Pane::Template, "Template"),
    (Pane::Made, "As node"),
];

/// The state of that screen.
#[derive(Debug, Default)]
pub struct Overlays {
    /// The overlay under the cursor, or whose file that is.
    pub overlay: Option<Arc<str>>,
    /// The path in it that the cursor is on; none on the overlay itself.
    pub file: Option<Arc<str>>,
    /// The node that was chosen to render for.
    pub node: Option<Arc<str>>,
    /// Where keys go.
    pub pane: Pane,
    /// Whether that pane is shown alone.
    pub alone: bool,
    /// The overlay whose files are listed.
    open: Option<Arc<str>>,
    folded: HashSet<Arc<str>>,
    /// Whether that node is rendered for even where it does not get the overlay.
    strange: bool,
    items: Asked<(), Vec<OverlayItem>>,
    opened: Asked<Arc<str>, OverlayDetail>,
    looked: Asked<Arc<str>, OverlayDetail>,
    written: Asked<(Arc<str>, Arc<str>), OverlayFile>,
    rendering: Asked<Cast, Rendering>,
    /// Of an overlay with faults: whom they break.
    broken: Asked<Arc<str>, Checked>,
    /// What somebody is writing in place of the file, and since when nothing was asked with it.
    draft: Option<Draft>,
    /// What the answers were given for: changes of files, revision of the registry.
    state: (u64, u64),
    /// When a rendering was asked for, and how long the last one took, in milliseconds.
    asked_at: Stamp,
    took: u64,
    rows: Vec<Row>,
    list: List,
    /// Words of the filter that the rows were made with.
    words: String,
    /// They hid something that one went to.
    freed: bool,
    /// The nodes that get the overlay under the cursor.
    users: Vec<Arc<str>>,
    /// The file as lines, which one that is, and where in it the cursor is.
    paper: Paper,
    paper_of: Option<(Arc<str>, Arc<str>)>,
    reading: List,
    /// What is made of it as lines, and where in it the cursor is.
    output: Paper,
    result: List,
    /// Cells of the texts that lie left of what is seen.
    shift: usize,
    /// Which outputs are listed, where all of an overlay are.
    listed: Vec<usize>,
    /// Which of several outputs is shown, by its path.
    shown: Option<Arc<str>>,
    align: Align,
    /// Of an overlay: users and faults.
    overview: List,
    /// A line that the cursor goes to once the file is there.
    wanted: Option<u32>,
    /// An overlay that the cursor goes to once it is listed.
    expected: Option<Arc<str>>,
    /// A place that the cursor goes to once the files of the overlay are there.
    awaited: Option<Spot>,
    /// Where the text of the file was drawn last.
    spot: Cell<Option<Rect>>,
}

impl Overlays {
    /// Every overlay.
    #[must_use]
    pub fn items(&self) -> &[OverlayItem] {
        self.items.held().map_or(&[], Vec::as_slice)
    }

    /// An overlay by its name.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<&OverlayItem> {
        self.items().iter().find(|item| *item.name == *name)
    }

    /// All that is known of the overlay under the cursor.
    #[must_use]
    pub fn detail(&self) -> Option<&OverlayDetail> {
        let name = self.overlay.as_ref()?;
        self.opened.of(name).or_else(|| self.looked.of(name))
    }

    /// The files of the open overlay.
    fn files(&self) -> &[FileRow] {
        let open = self.open.as_ref().and_then(|name| self.opened.of(name));
        open.map_or(&[], |detail| detail.files.as_slice())
    }

    fn source(&self) -> Source<'_> {
        Source {
            items: self.items(),
            open: self.open.as_ref(),
            files: self.files(),
            folded: &self.folded,
            words: &self.words,
        }
    }

    /// The row of the file under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<&FileRow> {
        let path = self.file.as_ref()?;
        self.files().iter().find(|row| row.path == *path)
    }

    /// The file under the cursor as it is written, once it has come.
    #[must_use]
    pub fn written(&self) -> Option<&OverlayFile> {
        self.written.of(&self.file_key()?)
    }

    fn file_key(&self) -> Option<(Arc<str>, Arc<str>)> {
        Some((self.overlay.clone()?, self.file.clone()?))
    }

    /// The line under the cursor in the file, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        u32::try_from(self.reading.within(self.paper.len()) + 1).unwrap_or(u32::MAX)
    }

    /// The nodes that get the overlay under the cursor, in the order of the list of nodes.
    #[must_use]
    pub fn users(&self) -> &[Arc<str>] {
        &self.users
    }

    /// The node that is rendered for: the chosen one if it gets the overlay, else the first that does.
    #[must_use]
    pub fn cast(&self) -> Option<&Arc<str>> {
        let chosen = self.node.as_ref();
        let gets = |node: &&Arc<str>| self.strange || self.users.contains(*node);
        chosen.filter(gets).or(self.users.first()).or(chosen)
    }

    /// What came last of what is made for a node.
    #[must_use]
    pub fn rendering(&self) -> Option<&Rendering> {
        self.rendering.held()
    }

    /// What the file under the cursor makes, or all that the overlay makes.
    #[must_use]
    pub fn outputs(&self) -> &[Rendered] {
        self.rendering
            .held()
            .map_or(&[], |made| made.files.as_slice())
    }

    /// The output that is shown.
    #[must_use]
    pub fn output(&self) -> Option<&Rendered> {
        let outputs = self.outputs();
        let chosen = self.shown.as_ref();
        let chosen = chosen.and_then(|path| outputs.iter().find(|one| one.path == *path));
        chosen.or(outputs.first()).filter(|_| self.made_of_file())
    }

    /// Whether what came last was made of one file.
    fn made_of_file(&self) -> bool {
        let key = self.rendering.key();
        key.is_some_and(|cast| cast.file.is_some())
    }

    /// What somebody is writing in place of the file under the cursor; none, and the file counts again. What comes of it is asked
    /// for at once as long as answers come fast, else a little later.
    pub fn write(&mut self, draft: Option<Draft>, now: Stamp) {
        self.draft = draft;
        self.rendering.doubt(now + question::patience(self.took));
    }

    /// The cursor goes to an overlay that is not listed yet, as soon as it is.
    pub fn await_overlay(&mut self, name: &Arc<str>) {
        self.expected = Some(name.clone());
    }

    /// What somebody is writing.
    #[must_use]
    pub const fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }

    /// Where the text of the file was drawn last, without its line numbers.
    #[must_use]
    pub fn spot(&self) -> Option<Rect> {
        self.spot.get()
    }
}
