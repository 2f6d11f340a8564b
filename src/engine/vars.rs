//! What templates may name, for listings.

use crate::api::{Language, VarRow};
use crate::overlay;

/// Every name of a language, data before functions.
pub(super) fn rows(language: Language) -> Vec<VarRow> {
    if language == Language::Tera {
        let words = overlay::scope::WORDS
            .iter()
            .map(|(name, doc)| word(name, doc));
        let members = overlay::MEMBERS.iter().map(|(name, doc)| word(name, doc));
        let functions = overlay::FUNCTIONS.iter();
        let functions = functions.map(|(name, doc)| function(name, doc));
        return words.chain(members).chain(functions).collect();
    }
    let script = language == Language::Ipxe;
    let vars = overlay::vars(script).into_iter();
    let data = vars.map(|var| word(&format!("{}.{}", var.of, var.name), var.doc));
    let functions = overlay::function_names(script).into_iter();
    let functions = functions.map(|(name, doc)| function(name, doc.unwrap_or_default()));
    data.chain(functions).collect()
}

fn word(name: &str, doc: &str) -> VarRow {
    VarRow {
        name: name.into(),
        function: false,
        doc: doc.into(),
    }
}

fn function(name: &str, doc: &str) -> VarRow {
    VarRow {
        function: true,
        ..word(name, doc)
    }
}
