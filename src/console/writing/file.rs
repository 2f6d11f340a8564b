//! One file of an overlay being written.

use std::sync::Arc;

use super::kept::Kept;
use super::offers::Offers;
use super::seek::Seek;
use crate::api::{Content, Draft, FileKind, Language, OverlayFile, OverlayStep};
use crate::console::syntax::Syntax;
use crate::console::widgets::editor::Editor;

/// Largest text that is edited here, in bytes; a larger one takes an editor of one's own.
const LARGEST: usize = 4 << 20;

/// What is known of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// It was asked for.
    Asked,
    /// It is there.
    There,
    /// There is none yet.
    New,
    /// It cannot be edited; why.
    Refused(Arc<str>),
}

/// What is in it.
#[derive(Debug, Clone)]
pub enum Body {
    /// Text.
    Text(Box<Editor>),
    /// What is not to be edited here, and why.
    Bytes(Vec<u8>, &'static str),
}

/// The file.
#[derive(Debug)]
pub struct Writing {
    /// Tells it from others, for answers that come late.
    pub serial: u64,
    /// The overlay.
    pub name: Arc<str>,
    /// Path in it.
    pub path: Arc<str>,
    /// What is known of it.
    pub stand: Stand,
    /// Digest of the file that was looked at; empty of a new one.
    pub base: Arc<str>,
    /// Saving makes the site's copy of a shipped overlay.
    pub copies: bool,
    /// What is written.
    pub body: Body,
    /// The same before anything was written.
    before: Content,
    /// What can stand at the cursor.
    pub offers: Option<Offers>,
    /// The search.
    pub seek: Option<Seek>,
    /// What was searched for last.
    pub sought: String,
    /// The person's editor is to be started with it as soon as it has come.
    pub outside: bool,
    /// It gives way for a moment to what it makes, where there is no room for both.
    pub peeks: bool,
    /// The line to begin at, from 1.
    line: usize,
}

/// The language of a template, by its path.
fn language(path: &str) -> Option<Language> {
    if path.ends_with(".tera") {
        Some(Language::Tera)
    } else if path.ends_with(".ww") {
        Some(Language::Ww)
    } else {
        None
    }
}

impl Writing {
    /// Of a file that was asked for; the cursor will begin at that line, from 1.
    #[must_use]
    pub fn new(serial: u64, name: Arc<str>, path: Arc<str>, line: usize) -> Self {
        let syntax = Syntax::of(&path, language(&path));
        Self {
            serial,
            name,
            path,
            stand: Stand::Asked,
            base: "".into(),
            copies: false,
            body: Body::Text(Box::new(Editor::new("", syntax))),
            before: Content::Text("".into()),
            offers: None,
            seek: None,
            sought: String::new(),
            outside: false,
            peeks: false,
            line,
        }
    }

    /// The language of its template; none when it is none.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        language(&self.path)
    }

    /// The file has come.
    pub fn file_came(&mut self, file: &OverlayFile) {
        match (&file.row.kind, &file.content) {
            (FileKind::File | FileKind::Template(_), Some(content)) => {
                self.stand = Stand::There;
                self.base = file.digest.clone();
                self.before = content.clone();
                self.put(content);
            }
            (FileKind::Folder, _) if !file.digest.is_empty() => {
                self.stand = Stand::Refused("a folder has no text: i makes a file in it".into());
            }
            (FileKind::Symlink(to), _) => {
                let why = format!("a link to {to}: D and i l make another one");
                self.stand = Stand::Refused(why.into());
            }
            (FileKind::Special(word), _) => {
                let why = format!("a {word} has no text");
                self.stand = Stand::Refused(why.into());
            }
            (_, None) | (FileKind::Folder, Some(_)) => self.stand = Stand::New,
        }
    }

    fn put(&mut self, content: &Content) {
        let bytes = content.bytes().unwrap_or_default();
        self.body = match content.text() {
            Some(text) if text.len() <= LARGEST => {
                let mut editor = Editor::new(text, Syntax::of(&self.path, self.language()));
                editor.seek(self.line, 1);
                Body::Text(Box::new(editor))
            }
            Some(_) => Body::Bytes(bytes, "it is larger than 4 MB"),
            None => Body::Bytes(bytes, "it is not UTF-8 text"),
        };
    }

    /// A draft of it that was kept is taken up.
    pub fn take_up(&mut self, kept: &Kept) {
        let there = self.before == kept.content;
        if let Stand::Refused(_) = self.stand
            && !there
        {
            return;
        }
        if !there {
            // Saved over what somebody else wrote meanwhile, it clashes.
            self.base = kept.base.clone();
        }
        self.take(&kept.content.bytes().unwrap_or_default());
    }

    /// Takes a text from elsewhere, as an editor; what was there can be had back.
    pub fn take(&mut self, bytes: &[u8]) {
        self.offers = None;
        match (std::str::from_utf8(bytes), &mut self.body) {
            (Ok(text), Body::Text(editor)) if text.len() <= LARGEST => {
                if !editor.is(text) {
                    editor.rewrite(text);
                }
            }
            _ => self.put(&Content::of(bytes)),
        }
    }

    /// What is written.
    #[must_use]
    pub fn content(&self) -> Content {
        match &self.body {
            Body::Text(editor) => Content::Text(editor.text().into()),
            Body::Bytes(bytes, _) => Content::of(bytes),
        }
    }

    /// Whether it differs from what it began with.
    #[must_use]
    pub fn touched(&self) -> bool {
        match (&self.body, &self.before) {
            (Body::Text(editor), Content::Text(before)) => !editor.is(before),
            (Body::Text(_), Content::Bytes { .. }) => true,
            (Body::Bytes(..), before) => self.content() != *before,
        }
    }

    /// Whether there is something that is not saved: what is new is, even when it is empty.
    #[must_use]
    pub fn unsaved(&self) -> bool {
        match self.stand {
            Stand::There | Stand::New => self.touched(),
            Stand::Asked | Stand::Refused(_) => false,
        }
    }

    /// What renderings are made with; none as long as it is as on disk.
    #[must_use]
    pub fn draft(&self) -> Option<Draft> {
        self.unsaved().then(|| Draft {
            path: self.path.clone(),
            content: self.content(),
        })
    }

    /// What saving does.
    #[must_use]
    pub fn steps(&self) -> Vec<OverlayStep> {
        vec![OverlayStep::Write {
            path: self.path.clone(),
            content: self.content(),
            mode: None,
        }]
    }

    /// The text, where it is edited here.
    #[must_use]
    pub fn editor(&self) -> Option<&Editor> {
        match &self.body {
            Body::Text(editor) => Some(editor),
            Body::Bytes(..) => None,
        }
    }

    /// The same, to be changed; none before it has come.
    pub fn editor_mut(&mut self) -> Option<&mut Editor> {
        let ready = matches!(self.stand, Stand::There | Stand::New);
        match &mut self.body {
            Body::Text(editor) if ready => Some(editor),
            _ => None,
        }
    }

    /// What is to be kept of it outside of the console; none when there is nothing that is not saved.
    #[must_use]
    pub fn kept(&self, at: crate::kit::Stamp) -> Option<Kept> {
        self.unsaved().then(|| Kept {
            name: self.name.clone(),
            path: self.path.clone(),
            base: self.base.clone(),
            content: self.content(),
            at,
        })
    }

    /// Somebody else wrote the file meanwhile: what is typed stands against theirs from now on.
    pub fn over(&mut self, theirs: Option<&Content>, digest: &Arc<str>) {
        self.base = digest.clone();
        self.before = theirs.cloned().unwrap_or(Content::Text("".into()));
        if self.stand == Stand::New && theirs.is_some() {
            self.stand = Stand::There;
        }
    }
}
