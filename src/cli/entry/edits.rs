//! From what is asked to edits of each target.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::wish::{Concrete, Wishes};
use crate::api::EntryRow;
use crate::model::field::NODE;
use crate::model::{Branch, Edit, Key, Place};

/// An entry that wishes are about.
#[derive(Debug, Clone)]
pub struct Target {
    /// Which.
    pub place: Place,
    /// The network device that it usually means.
    pub device: Arc<str>,
    /// What it says itself, if that was looked up.
    pub own: Option<EntryRow>,
    /// Netmasks that are in force for it, by the keys that say them, if they were looked up.
    pub masks: Vec<(Key, Ipv4Addr)>,
}

impl Target {
    /// The netmask that `key` says.
    #[must_use]
    pub fn mask(&self, key: &Key) -> Option<Ipv4Addr> {
        let found = self.masks.iter().find(|(known, _)| known == key);
        found.map(|(_, mask)| *mask)
    }
}

/// The edits that make every target say what is asked, in the order of the targets: addresses count up along them.
///
/// # Errors
/// Addresses that do not suffice, and whole entries that no target has.
pub fn edits(targets: &[Target], wishes: &Wishes) -> Result<Vec<Edit>, String> {
    let mut edits = Vec::new();
    for wish in &wishes.wishes {
        let mut dropped: Option<(String, usize)> = None;
        for (at, target) in targets.iter().enumerate() {
            let place = target.place.clone();
            match wish.of(wishes, at, target)? {
                Concrete::Set(key, value) => edits.push(Edit::Set {
                    place,
                    key: text(&key),
                    value,
                }),
                Concrete::Clear(key) => edits.push(Edit::Unset {
                    place,
                    key: text(&key),
                }),
                Concrete::Drop(section, names) => {
                    let found = branches(target, section, &names);
                    let count = dropped.map_or(0, |(_, count)| count) + found.len();
                    dropped = Some((branch(section, &names), count));
                    edits.extend(found.into_iter().map(|key| Edit::Drop {
                        place: place.clone(),
                        key: key.into(),
                    }));
                }
            }
        }
        if let Some((what, 0)) = dropped {
            let whose = match targets {
                [one] => format!("{} says", one.place),
                _ => "none of them says".into(),
            };
            let hint = others(targets, wish_section(wish));
            return Err(format!("{whose} nothing of `{what}` itself{hint}"));
        }
    }
    Ok(edits)
}

fn text(key: &Key) -> Arc<str> {
    key.to_string().into()
}

const fn wish_section(wish: &super::wish::Wish) -> &'static [&'static str] {
    match wish {
        super::wish::Wish::Drop { section, .. } => section,
        _ => &[],
    }
}

/// What there would be to take away.
fn others(targets: &[Target], section: &[&str]) -> String {
    let mut names: Vec<Arc<str>> = Vec::new();
    for (key, _) in targets.iter().flat_map(keys) {
        let inside = key.path().len() > section.len()
            && section
                .iter()
                .zip(key.path())
                .all(|(step, word)| *step == "*" || **step == *word);
        let last = section.iter().filter(|step| **step == "*").count();
        let name = last.checked_sub(1).and_then(|at| key.names.get(at));
        if let Some(name) = name.filter(|name| inside && !names.contains(name)) {
            names.push(name.clone());
        }
    }
    match names.as_slice() {
        [] => String::new(),
        names => format!("; there is {}", names.join(", ")),
    }
}

fn keys(target: &Target) -> Vec<(Key, Arc<str>)> {
    let own = target.own.iter().flat_map(|own| &own.values);
    own.filter_map(|(text, _)| Some((Key::parse(text).ok()?, text.clone())))
        .collect()
}

/// The beginnings of keys that a target has among its own and that `names` mean.
fn branches(
    target: &Target,
    section: &'static [&'static str],
    names: &[Option<Arc<str>>],
) -> Vec<String> {
    let keys = keys(target);
    let mut found: Vec<String> = Vec::new();
    for (key, _) in &keys {
        let fits = names
            .iter()
            .zip(&key.names)
            .all(|(wanted, name)| wanted.as_ref().is_none_or(|wanted| wanted == name));
        if !fits || key.names.len() < names.len() {
            continue;
        }
        let full: Vec<Option<Arc<str>>> = key
            .names
            .iter()
            .take(names.len())
            .cloned()
            .map(Some)
            .collect();
        let text = branch(section, &full);
        let holds = Branch::parse(&text).is_ok_and(|branch| branch.holds(key));
        if holds && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The dotted text of an entry: that of a key inside it, without its last word.
fn branch(section: &'static [&'static str], names: &[Option<Arc<str>>]) -> String {
    let inside = NODE
        .iter()
        .find(|field| field.path.starts_with(section) && field.path.len() == section.len() + 1);
    let Some(inside) = inside else {
        return String::new();
    };
    let names = names
        .iter()
        .map(|name| name.clone().unwrap_or_else(|| "*".into()))
        .collect();
    let text = Key {
        field: inside.id,
        names,
    }
    .to_string();
    let last = inside.id.rsplit('.').next().unwrap_or_default();
    text.strip_suffix(last)
        .map_or(text.as_str(), |text| text.trim_end_matches('.'))
        .to_owned()
}
