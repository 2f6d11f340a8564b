//! One file of an overlay being written.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::kept::Kept;
use super::offers::Offers;
use super::seek::Seek;
use crate::api::{Content, Draft, FileKind, Language, OverlayFile, OverlayStep, VarRow};
use crate::console::keys::Chord;
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

    /// A key that is no action.
    pub fn key(&mut self, chord: Chord, rows: &[VarRow]) {
        if let Some(seek) = &mut self.seek {
            match chord.code {
                KeyCode::Enter => {
                    self.sought = seek.input.text().to_owned();
                    self.seek = None;
                }
                _ => {
                    seek.input.key(chord);
                    self.sought_anew();
                }
            }
            return;
        }
        if self.key_of_offers(chord) {
            return;
        }
        let typed = chord.typed().is_some();
        let open = self.offers.take().is_some();
        let Some(editor) = self.editor_mut() else {
            return;
        };
        let wants = chord.code == KeyCode::Tab
            && editor
                .before()
                .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
        if wants && self.offer(rows, true) {
            // One alone is meant.
            if self
                .offers
                .as_ref()
                .is_some_and(|offers| offers.items.len() == 1)
            {
                self.accept();
            }
            return;
        }
        if let Some(editor) = self.editor_mut() {
            editor.key(chord);
        }
        if typed || (open && chord.code == KeyCode::Backspace) {
            self.offer(rows, false);
        }
    }

    /// A key of the list of what can stand here; whether it was one.
    fn key_of_offers(&mut self, chord: Chord) -> bool {
        let Some(offers) = &mut self.offers else {
            return false;
        };
        let len = offers.items.len();
        match chord.code {
            KeyCode::Down if !chord.ctrl && !chord.shift => offers.list.step(1, len),
            KeyCode::Up if !chord.ctrl && !chord.shift => offers.list.step(-1, len),
            KeyCode::Tab => self.accept(),
            // A word that is there in full is not in the way of a line end.
            KeyCode::Enter => {
                let typed = offers.typed;
                let whole = offers
                    .chosen()
                    .is_some_and(|offer| offer.word.len() == typed);
                if whole {
                    return false;
                }
                self.accept();
            }
            _ => return false,
        }
        true
    }

    /// Looks for what can stand at the cursor; whether there is anything.
    pub fn offer(&mut self, rows: &[VarRow], asked: bool) -> bool {
        self.offers = match (self.language(), &self.body) {
            (Some(language), Body::Text(editor)) => Offers::at(editor, language, rows, asked),
            _ => None,
        };
        self.offers.is_some()
    }

    /// Takes what is chosen of what can stand here.
    pub fn accept(&mut self) {
        let Some(offers) = self.offers.take() else {
            return;
        };
        if let (Some(offer), Some(editor)) = (offers.chosen(), self.editor_mut()) {
            editor.complete(offers.typed, &offer.word);
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str) {
        self.offers = None;
        if let Some(seek) = &mut self.seek {
            seek.input.insert(text);
            return self.sought_anew();
        }
        if let Some(editor) = self.editor_mut() {
            editor.insert(text);
        }
    }

    /// Opens the search, or goes on with the word of the last one.
    pub fn search(&mut self) {
        self.offers = None;
        if let Body::Text(editor) = &self.body {
            self.seek = Some(Seek::new(editor, ""));
        }
    }

    fn sought_anew(&mut self) {
        if let (Some(seek), Body::Text(editor)) = (&self.seek, &mut self.body) {
            let _nowhere = seek.changed(editor);
        }
    }

    /// To the next match of what was searched for last, or to the one before. Says what there is to say of it.
    pub fn seek_on(&mut self, back: bool) -> Option<String> {
        let word = match &self.seek {
            Some(seek) => seek.input.text().to_owned(),
            None => self.sought.clone(),
        };
        if word.is_empty() || word.starts_with(':') {
            return Some("nothing was searched for yet: ctrl-f".into());
        }
        let editor = self.editor_mut()?;
        let from = match (editor.selection(), back) {
            (Some((from, _)), true) => from,
            _ => editor.cursor(),
        };
        match editor.find(&word, from, back) {
            Some(found) => {
                editor.show(found);
                found.around.then(|| "around the end of the text".into())
            }
            None => Some(format!("`{word}` is nowhere in it")),
        }
    }

    /// Esc: closes what is open inside of it; whether there was anything.
    pub fn step_back(&mut self) -> bool {
        if self.offers.take().is_some() {
            return true;
        }
        if let Some(seek) = self.seek.take() {
            if let Body::Text(editor) = &mut self.body {
                seek.back(editor);
            }
            return true;
        }
        if let Body::Text(editor) = &mut self.body
            && editor.selects()
        {
            editor.unselect();
            return true;
        }
        false
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
