//! What can stand at the cursor of a template: names in scope, functions, words of the language.

use super::names::{meant, members};
use super::scope::Scope;
use crate::api::{Language, VarRow};
use crate::console::syntax::{State, keywords};
use crate::console::widgets::List;
use crate::console::widgets::editor::Editor;

/// Most that are offered at once.
const OFFERED: usize = 60;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The word.
    pub word: String,
    /// What it is, in one line; empty when nobody says.
    pub doc: String,
}

/// What is offered.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    /// Bytes before the cursor that the word takes the place of.
    pub typed: usize,
    /// The likeliest first; never empty.
    pub items: Vec<Offer>,
    /// The cursor among them.
    pub list: List,
}

impl Offers {
    /// At the cursor of a text; none when nothing is known to fit. `asked`: the person wants to see them, so that nothing need have
    /// been typed.
    #[must_use]
    pub fn at(editor: &Editor, language: Language, rows: &[VarRow], asked: bool) -> Option<Self> {
        let State::Code { .. } = editor.state() else {
            return None;
        };
        let before = editor.before();
        let word_char = |c: char| c.is_alphanumeric() || c == '_';
        let head = before.trim_end_matches(word_char);
        let word = &before[head.len()..];
        // A name that goes on behind the cursor is being changed, not written.
        if editor.after().starts_with(word_char) || word.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let path = head.len()
            - head
                .trim_end_matches(|c| word_char(c) || matches!(c, '.' | '$'))
                .len();
        let path = &head[head.len() - path..];
        if word.is_empty() && path.is_empty() && !asked {
            return None;
        }
        let scope = || Scope::at(language, editor.lines(), editor.cursor());
        let all = match language {
            Language::Tera => tera(rows, path, scope),
            Language::Ww | Language::Ipxe => go(language, rows, path, scope),
        };
        Self::matching(all, word, asked)
    }

    fn matching(all: Vec<Offer>, word: &str, asked: bool) -> Option<Self> {
        let lower = word.to_lowercase();
        let rank = |offer: &Offer| {
            let name = offer.word.to_lowercase();
            match name.find(&lower) {
                _ if offer.word.starts_with(word) => Some(0),
                Some(0) => Some(1),
                Some(_) => Some(2),
                None => None,
            }
        };
        let mut ranked: Vec<(u8, Offer)> = all
            .into_iter()
            .filter_map(|offer| Some((rank(&offer)?, offer)))
            .collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked.truncate(OFFERED);
        let items: Vec<Offer> = ranked.into_iter().map(|(_, offer)| offer).collect();
        // A word that is there in full needs no offer, unless longer ones begin with it.
        let whole = items.len() == 1 && items[0].word == word;
        (!items.is_empty() && (asked || !whole)).then(|| Self {
            typed: word.len(),
            items,
            list: List::default(),
        })
    }

    /// The one under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Offer> {
        self.items.get(self.list.within(self.items.len()))
    }
}

fn offer(word: &str, doc: &str) -> Offer {
    Offer {
        word: word.to_owned(),
        doc: doc.to_owned(),
    }
}

fn behind(rows: &[VarRow], path: Vec<String>) -> Vec<Offer> {
    let path = meant(rows, path);
    let members = members(rows, &path);
    members
        .into_iter()
        .map(|(word, doc)| offer(word, doc))
        .collect()
}

fn functions(rows: &[VarRow]) -> impl Iterator<Item = Offer> {
    let functions = rows.iter().filter(|row| row.function);
    functions.map(|row| {
        let doc = if row.doc.is_empty() {
            "a function or filter"
        } else {
            &*row.doc
        };
        offer(&row.name, doc)
    })
}

fn language_words(language: Language) -> impl Iterator<Item = Offer> {
    keywords(language)
        .iter()
        .map(|word| offer(word, "a word of the language"))
}

/// What a name of the template stands for, in words.
fn stands_for(meant: Option<&Vec<String>>) -> String {
    match meant {
        Some(path) if path.last().is_some_and(|last| last == super::names::ANY) => {
            format!("one of {}", path[..path.len() - 1].join("."))
        }
        Some(path) => path.join("."),
        None => "set in this template".into(),
    }
}

fn tera(rows: &[VarRow], path: &str, scope: impl Fn() -> Scope) -> Vec<Offer> {
    let scope = scope();
    if let Some(path) = path.strip_suffix('.') {
        let words: Vec<&str> = path.split('.').collect();
        let whole = scope.resolve(&words);
        return whole.map_or_else(Vec::new, |whole| behind(rows, whole));
    }
    let own = scope.names.iter().rev();
    let own = own.map(|(name, meant)| offer(name, &stands_for(meant.as_ref())));
    let known = behind(rows, Vec::new());
    own.chain(known)
        .chain(functions(rows))
        .chain(language_words(Language::Tera))
        .collect()
}

fn go(language: Language, rows: &[VarRow], path: &str, scope: impl Fn() -> Scope) -> Vec<Offer> {
    let scope = scope();
    match path {
        "" => functions(rows).chain(language_words(language)).collect(),
        "$" => {
            let own = scope.names.iter().rev();
            let own = own.map(|(name, meant)| {
                offer(name.trim_start_matches('$'), &stands_for(meant.as_ref()))
            });
            own.collect()
        }
        path => match path.strip_suffix('.') {
            Some("") => scope.dot.map_or_else(Vec::new, |dot| behind(rows, dot)),
            Some(_) if path == "$." => behind(rows, Vec::new()),
            Some(path) => {
                let whole = scope.go_resolve(path);
                whole.map_or_else(Vec::new, |whole| behind(rows, whole))
            }
            None => Vec::new(),
        },
    }
}
