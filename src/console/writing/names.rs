//! Names that templates may use, as paths of words. Where anything may stand the listing has a word in capitals, as in
//! `.NetDevs.NAME.IpCIDR`; in a path that is [`ANY`].

use crate::api::VarRow;

/// Stands for whatever may be there: a device, an element of a list.
pub const ANY: &str = "*";

/// Whether a word of the listing stands for anything.
fn any(word: &str) -> bool {
    word == ANY || (word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()) && word != "ID")
}

/// The words of a listed name.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split('.').filter(|word| !word.is_empty());
    words.flat_map(|word| match word.strip_suffix("[]") {
        Some(list) => [Some(list), Some(ANY)].into_iter().flatten(),
        None => [Some(word), None].into_iter().flatten(),
    })
}

/// Whether a word of a path is that of a listed name.
fn same(own: &str, listed: &str) -> bool {
    own == listed || any(listed)
}

/// What stands right behind a path, with the line that tells of it; in the order of the listing, each once.
pub fn members<'r>(rows: &'r [VarRow], path: &[String]) -> Vec<(&'r str, &'r str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for row in rows.iter().filter(|row| !row.function) {
        let mut listed = words(&row.name);
        let fits = path
            .iter()
            .all(|own| listed.next().is_some_and(|word| same(own, word)));
        let Some(next) = listed.next().filter(|next| fits && !any(next)) else {
            continue;
        };
        let doc = if listed.next().is_none() {
            &*row.doc
        } else {
            ""
        };
        match found.iter_mut().find(|(name, _)| *name == next) {
            Some((_, known)) if known.is_empty() => *known = doc,
            Some(_) => {}
            None => found.push((next, doc)),
        }
    }
    found
}

/// What an element of a list has. An element of `nodes` has what `node` has, which is listed once.
pub fn meant(rows: &[VarRow], path: Vec<String>) -> Vec<String> {
    if path.len() >= 2
        && path[0] == "nodes"
        && path[1] == ANY
        && members(rows, &path[..2]).is_empty()
    {
        let rest = path.into_iter().skip(2);
        return std::iter::once("node".to_owned()).chain(rest).collect();
    }
    path
}
