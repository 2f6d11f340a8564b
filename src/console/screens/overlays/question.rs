//! What the screen asks the engine for, and what it makes of the answers.

use std::sync::Arc;
use std::time::Duration;

use super::paper::{Align, Paper};
use super::{List, Overlays, Pane};
use crate::api::{FileKind, Mirror, OverlayCommand, OverlayDetail, OverlayReply};
use crate::console::syntax::Syntax;
use crate::kit::{Stamp, hostlist};

/// How long after a change of files or of the registry it is asked again: many files are often saved at once.
const SETTLE: Duration = Duration::from_millis(150);
/// Renderings that take no longer are asked for with every key.
const FAST: u64 = 20;

/// How long to wait after a key, when the last rendering took so many milliseconds.
pub const fn patience(took: u64) -> Duration {
    if took <= FAST { Duration::ZERO } else { SETTLE }
}

/// What is rendered, for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// The overlay.
    pub overlay: Arc<str>,
    /// The node.
    pub node: Arc<str>,
    /// Only what comes of this file.
    pub file: Option<Arc<str>>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// All overlays.
    List,
    /// The overlay whose files are listed.
    Open(Arc<str>),
    /// The overlay under the cursor, when that is another one.
    Look(Arc<str>),
    /// A file as it is written.
    File(Arc<str>, Arc<str>),
    /// What is made for a node.
    Render(Cast),
    /// Whom the faults of an overlay break.
    Broken(Arc<str>),
}

impl Question {
    /// Whether another one is asked for the same place on the screen: of each kind one is on its way at a time.
    #[must_use]
    pub fn like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Overlays {
    /// Takes note of what the engine says of itself: another count of changes of files, or another revision, and every answer may be
    /// another one.
    pub fn notice(&mut self, mirror: &Mirror, now: Stamp) {
        let state = (mirror.head.overlays, mirror.head.revision);
        if self.state != state {
            self.state = state;
            self.doubt(now + SETTLE);
        }
    }

    /// Everything may be another: it is asked for again at `due`.
    pub fn doubt(&mut self, due: Stamp) {
        self.items.doubt(due);
        self.opened.doubt(due);
        self.looked.doubt(due);
        self.written.doubt(due);
        self.rendering.doubt(due);
        self.broken.doubt(due);
    }

    /// When there will be something to ask; `busy` says of a question whether one like it is on its way: its answer wakes us.
    #[must_use]
    pub fn wake(&self, busy: impl Fn(&Question) -> bool) -> Option<Stamp> {
        let none = || Arc::from("");
        let cast = Cast {
            overlay: none(),
            node: none(),
            file: None,
        };
        let all = [
            (Question::List, self.items.wake()),
            (Question::Open(none()), self.opened.wake()),
            (Question::Look(none()), self.looked.wake()),
            (Question::File(none(), none()), self.written.wake()),
            (Question::Render(cast), self.rendering.wake()),
            (Question::Broken(none()), self.broken.wake()),
        ];
        let free = all.into_iter().filter(|(question, _)| !busy(question));
        free.filter_map(|(_, wake)| wake).min()
    }

    /// What is to be asked now; `busy` says of a question whether one like it is on its way.
    pub fn questions(&mut self, now: Stamp, busy: impl Fn(&Question) -> bool) -> Vec<Question> {
        let mut out = Vec::new();
        let mut ask = |question: Question, due: &mut dyn FnMut() -> bool| {
            if !busy(&question) && due() {
                out.push(question);
            }
        };
        ask(Question::List, &mut || self.items.due(&(), now));
        match self.open.clone() {
            Some(name) => ask(Question::Open(name.clone()), &mut || {
                self.opened.due(&name, now)
            }),
            None => self.opened.rest(),
        }
        let other = self.overlay.clone();
        match other.filter(|name| Some(name) != self.open.as_ref()) {
            Some(name) => ask(Question::Look(name.clone()), &mut || {
                self.looked.due(&name, now)
            }),
            None => self.looked.rest(),
        }
        let is_file = self.row().is_some_and(|row| row.kind != FileKind::Folder);
        match self.file_key().filter(|_| is_file) {
            Some(key) => ask(Question::File(key.0.clone(), key.1.clone()), &mut || {
                self.written.due(&key, now)
            }),
            None => self.written.rest(),
        }
        match self.wanted_cast() {
            Some(cast) => ask(Question::Render(cast.clone()), &mut || {
                let due = self.rendering.due(&cast, now);
                self.asked_at = if due { now } else { self.asked_at };
                due
            }),
            None => self.rendering.rest(),
        }
        match self.overlay.clone().filter(|_| self.fails()) {
            Some(name) => ask(Question::Broken(name.clone()), &mut || {
                self.broken.due(&name, now)
            }),
            None => self.broken.rest(),
        }
        out
    }

    /// What is to be rendered: of the file under the cursor, else all of the overlay.
    pub(super) fn wanted_cast(&self) -> Option<Cast> {
        let overlay = self.overlay.clone()?;
        // Who gets it has to be known first.
        self.detail()?;
        Some(Cast {
            overlay,
            node: self.cast()?.clone(),
            file: match self.row() {
                Some(row) if row.kind == FileKind::Folder => None,
                _ => self.file.clone(),
            },
        })
    }

    /// A question as it is sent.
    #[must_use]
    pub fn command(&self, question: &Question) -> OverlayCommand {
        match question.clone() {
            Question::List => OverlayCommand::List,
            Question::Broken(name) => OverlayCommand::Check {
                names: vec![name],
                nodes: self
                    .detail()
                    .map(|detail| detail.nodes.clone())
                    .filter(|nodes| !nodes.is_empty()),
                draft: None,
            },
            Question::Open(name) | Question::Look(name) => OverlayCommand::Show { name },
            Question::File(name, path) => OverlayCommand::File { name, path },
            Question::Render(cast) => {
                let draft = self.draft.clone();
                OverlayCommand::Render {
                    draft: draft.filter(|draft| Some(&draft.path) == cast.file.as_ref()),
                    name: cast.overlay,
                    node: cast.node,
                    file: cast.file,
                }
            }
        }
    }

    /// What is shown, for another node.
    #[must_use]
    pub fn question_for(&self, node: &Arc<str>) -> Option<OverlayCommand> {
        let cast = Cast {
            node: node.clone(),
            ..self.wanted_cast()?
        };
        Some(self.command(&Question::Render(cast)))
    }

    /// An answer has come, or why there is none.
    pub fn came(&mut self, question: Question, answer: Result<OverlayReply, Arc<str>>, now: Stamp) {
        match question {
            Question::List => {
                let items = pick(answer, |reply| match reply {
                    OverlayReply::List(items) => Some(items),
                    _ => None,
                });
                self.items.came((), items);
                let new = self.expected.take();
                match new.filter(|name| self.item(name).is_some()) {
                    Some(name) => self.go(&name, None),
                    None => self.relist(),
                }
            }
            Question::Open(name) | Question::Look(name) => {
                let detail = pick(answer, |reply| match reply {
                    OverlayReply::Show(detail) => Some(*detail),
                    _ => None,
                });
                self.detail_came(name, detail);
            }
            Question::File(name, path) => {
                let file = pick(answer, |reply| match reply {
                    OverlayReply::File(file) => Some(*file),
                    _ => None,
                });
                self.written.came((name, path), file);
                self.reread();
            }
            Question::Broken(name) => {
                let found = pick(answer, |reply| match reply {
                    OverlayReply::Check(found) => Some(*found),
                    _ => None,
                });
                self.broken.came(name, found);
            }
            Question::Render(cast) => {
                let made = pick(answer, |reply| match reply {
                    OverlayReply::Render(made) => Some(*made),
                    _ => None,
                });
                self.took = now.0.saturating_sub(self.asked_at.0);
                self.rendering.came(cast, made);
                self.remake();
            }
        }
    }

    /// An overlay in full has come.
    fn detail_came(&mut self, name: Arc<str>, detail: Result<OverlayDetail, Arc<str>>) {
        if detail.is_err() {
            self.awaited = None;
        }
        if self.open.as_ref() == Some(&name) {
            let first = self.opened.of(&name).is_none();
            self.opened.came(name, detail);
            if first {
                self.fold_many();
            }
        } else {
            self.looked.came(name, detail);
        }
        self.recast();
        self.relist();
        self.find();
    }

    /// Finds anew who gets the overlay under the cursor.
    pub(super) fn recast(&mut self) {
        let nodes = self.detail().map(|detail| detail.nodes.clone());
        let names = nodes.and_then(|nodes| hostlist::expand(&nodes).ok());
        self.users = names
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect();
    }

    /// The file has come: another one begins at its top, the same one stays where it is.
    fn reread(&mut self) {
        let Some(key) = self.file_key() else { return };
        let text = match self.written.of(&key) {
            Some(file) => file
                .content
                .as_ref()
                .and_then(|content| content.text().cloned()),
            None if self.written.refused(&key).is_some() => None,
            None => return,
        };
        let text = text.unwrap_or_default();
        if text != *self.paper.text() {
            let language = self.row().and_then(|row| match row.kind {
                FileKind::Template(language) => Some(language),
                _ => None,
            });
            self.paper = Paper::new(text, Syntax::of(&key.1, language));
        }
        if self.paper_of.as_ref() != Some(&key) {
            self.reading = List::default();
            self.paper_of = Some(key);
        }
        self.reading.at = self.reading.within(self.paper.len());
        self.arrive();
        self.realign();
    }

    /// To the line that is wanted, once its file is there.
    pub(super) fn arrive(&mut self) {
        let there = self.paper_of.is_some() && self.paper_of == self.file_key();
        if let Some(line) = self.wanted.take_if(|_| there) {
            self.reading.at = (line.max(1) as usize - 1).min(self.paper.len().saturating_sub(1));
            self.pane = Pane::Template;
        }
    }

    /// What is made has come.
    pub(super) fn remake(&mut self) {
        self.list_made();
        let content = self
            .output()
            .and_then(|one| one.content.as_ref()?.text().cloned());
        let content = content.unwrap_or_default();
        if *content != **self.output.text() {
            let path = self
                .output()
                .map(|one| one.path.clone())
                .unwrap_or_default();
            self.output = Paper::new(content, Syntax::of(&path, None));
        }
        if self.made_of_file() {
            self.result.at = self.result.within(self.output.len());
        }
        self.realign();
    }

    fn realign(&mut self) {
        self.align = Align::of(&self.paper, &self.output);
        if self.made_of_file() && self.pane != Pane::Made {
            self.result.at = self.align.right(self.reading.at);
        }
    }

    /// Another file is under the cursor. What is shown of the old one stays until the new one has come.
    pub(super) fn leave(&mut self) {
        self.overview = List::default();
        self.result = List::default();
        self.shown = None;
        self.draft = None;
        self.reread();
        self.remake();
    }
}

/// What of an answer is wanted, or why it is not there.
fn pick<T>(
    answer: Result<OverlayReply, Arc<str>>,
    of: impl FnOnce(OverlayReply) -> Option<T>,
) -> Result<T, Arc<str>> {
    let other = || Arc::from("the engine gave another answer than was asked for");
    answer.and_then(|reply| of(reply).ok_or_else(other))
}
