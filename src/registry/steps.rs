//! The field table as the steps of a walk: which words may follow which.

use std::sync::OnceLock;

use crate::model::field::{self, Field, OLDER, OlderOwner};

/// Whose tree is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Node,
    Profile,
    Server,
}

/// What a word of the YAML leads to.
#[derive(Debug, Default)]
pub(super) struct Step {
    words: Vec<(&'static str, Step)>,
    /// Where the name of an entry leads.
    pub any: Option<Box<Step>>,
    /// The field that ends here.
    pub field: Option<&'static Field>,
    /// The older spelling that ends here.
    pub older: Option<&'static field::Older>,
}

impl Step {
    fn at(&mut self, path: &[&'static str]) -> &mut Self {
        let Some((first, rest)) = path.split_first() else {
            return self;
        };
        if *first == "*" {
            return self.any.get_or_insert_default().at(rest);
        }
        let at = match self.words.iter().position(|(word, _)| word == first) {
            Some(at) => at,
            None => {
                self.words.push((first, Self::default()));
                self.words.len() - 1
            }
        };
        self.words[at].1.at(rest)
    }

    /// Where a word leads.
    pub(super) fn word(&self, word: &str) -> Option<&Self> {
        self.words
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, step)| step)
    }

    /// Words to suggest: today's spellings.
    pub(super) fn known(&self) -> impl Iterator<Item = &'static str> {
        let current = |step: &Step| step.older.is_none();
        self.words
            .iter()
            .filter(move |(_, step)| current(step))
            .map(|(word, _)| *word)
    }
}

/// The first step of a walk.
pub(super) fn steps(whose: Whose) -> &'static Step {
    static NODE: OnceLock<Step> = OnceLock::new();
    static SERVER: OnceLock<Step> = OnceLock::new();
    let grow = |rows: &'static [Field], owner: OlderOwner| {
        let mut root = Step::default();
        for field in rows {
            root.at(field.path).field = Some(field);
        }
        for older in OLDER.iter().filter(|older| older.owner == owner) {
            let now = rows.iter().find(|field| field.path == older.now);
            let step = root.at(older.path);
            step.older = Some(older);
            step.field = now;
        }
        root
    };
    match whose {
        Whose::Server => SERVER.get_or_init(|| grow(field::SERVER, OlderOwner::Server)),
        Whose::Node | Whose::Profile => NODE.get_or_init(|| grow(field::NODE, OlderOwner::Node)),
    }
}
