//! What the screen asks the engine for, and what it makes of the answers.

use std::sync::Arc;
use std::time::Duration;

use super::paper::{Align, Paper};
use super::{List, Overlays, Pane};
use crate::api::{FileKind, Mirror, OverlayCommand, OverlayReply};
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

    /// When there will be something to ask.
    #[must_use]
    pub fn wake(&self) -> Option<Stamp> {
        let all = [
            self.items.wake(),
            self.opened.wake(),
            self.looked.wake(),
            self.written.wake(),
            self.rendering.wake(),
            self.broken.wake().filter(|_| self.fails()),
        ];
        all.into_iter().flatten().min()
    }

    /// What is to be asked now; `busy` says of a question whether one like it is on its way.
    pub fn questions(&mut self, now: Stamp, busy: impl Fn(&Question) -> bool) -> Vec<Question> {
        let mut out = Vec::new();
        if !busy(&Question::List) && self.items.due(&(), now) {
            out.push(Question::List);
        }
        let open = self.open.clone();
        if let Some(name) = open {
            let question = Question::Open(name.clone());
            if !busy(&question) && self.opened.due(&name, now) {
                out.push(question);
            }
        }
        let under = self
            .overlay
            .clone()
            .filter(|name| Some(name) != self.open.as_ref());
        if let Some(name) = under {
            let question = Question::Look(name.clone());
            if !busy(&question) && self.looked.due(&name, now) {
                out.push(question);
            }
        }
        let is_file = self
            .row()
            .is_some_and(|row| !matches!(row.kind, FileKind::Folder));
        if let Some((name, path)) = self.file_key().filter(|_| is_file) {
            let question = Question::File(name.clone(), path.clone());
            if !busy(&question) && self.written.due(&(name, path), now) {
                out.push(question);
            }
        }
        if let Some(cast) = self.wanted_cast() {
            let question = Question::Render(cast.clone());
            if !busy(&question) && self.rendering.due(&cast, now) {
                self.asked_at = now;
                out.push(question);
            }
        }
        if let Some(name) = self.overlay.clone().filter(|_| self.fails()) {
            let question = Question::Broken(name.clone());
            if !busy(&question) && self.broken.due(&name, now) {
                out.push(question);
            }
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
        let other = || Arc::from("the engine gave another answer than was asked for");
        match question {
            Question::List => {
                let answer = answer.and_then(|reply| match reply {
                    OverlayReply::List(items) => Ok(items),
                    _ => Err(other()),
                });
                self.items.came((), answer);
                let new = self.expected.take();
                match new.filter(|name| self.item(name).is_some()) {
                    Some(name) => self.go(&name, None),
                    None => self.relist(),
                }
            }
            Question::Open(name) | Question::Look(name) => {
                let answer = answer.and_then(|reply| match reply {
                    OverlayReply::Show(detail) => Ok(*detail),
                    _ => Err(other()),
                });
                if self.open.as_ref() == Some(&name) {
                    let first = self.opened.of(&name).is_none();
                    self.opened.came(name, answer);
                    if first {
                        self.fold_many();
                    }
                } else {
                    self.looked.came(name, answer);
                }
                self.recast();
                self.relist();
                self.find();
            }
            Question::File(name, path) => {
                let answer = answer.and_then(|reply| match reply {
                    OverlayReply::File(file) => Ok(*file),
                    _ => Err(other()),
                });
                self.written.came((name, path), answer);
                self.reread();
            }
            Question::Broken(name) => {
                let answer = answer.and_then(|reply| match reply {
                    OverlayReply::Check(found) => Ok(*found),
                    _ => Err(other()),
                });
                self.broken.came(name, answer);
            }
            Question::Render(cast) => {
                let answer = answer.and_then(|reply| match reply {
                    OverlayReply::Render(made) => Ok(*made),
                    _ => Err(other()),
                });
                self.took = now.0.saturating_sub(self.asked_at.0);
                self.rendering.came(cast, answer);
                self.remake();
            }
        }
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
