//! What may be typed of the settings: their keys, and the values of one.

use super::super::help::shape;
use super::super::words::{Quiet, Word};
use crate::api::{Command, Reply, SettingRow};
use crate::model::field::{self, SERVER};
use crate::model::{Key, Table};

/// The keys that there are now; without an engine those of the field table.
pub fn keys(ask: &Quiet) -> Vec<Word> {
    match ask(Command::Settings) {
        Some(Reply::Settings(rows)) => {
            let word = |row: &SettingRow| (row.key.to_string(), row.doc.to_string());
            rows.iter().map(word).collect()
        }
        _ => (SERVER.iter())
            .map(|row| (shape(row), row.doc.to_owned()))
            .collect(),
    }
}

/// The values that the setting of a key may have, where they can be named.
pub fn values(key: &str) -> Vec<Word> {
    let field = Key::parse_in(Table::Settings, key).ok();
    let field = field.and_then(|key| field::of_server(key.field));
    let words = field.map_or(&[][..], |field| field.words());
    let word = |word: &&str| ((*word).to_owned(), String::new());
    words.iter().map(word).collect()
}
