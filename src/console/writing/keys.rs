//! What keys do to a file being written.

use crossterm::event::KeyCode;

use super::file::{Body, Writing};
use super::offers::Offers;
use super::seek::Seek;
use crate::api::VarRow;
use crate::console::keys::Chord;

impl Writing {
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
}
