//! Who names whom: every `crate::…` path of a file against the table of sights.

use super::house::SIGHTS;
use super::text::{Source, is_word};

/// Paths that look up, sideways, or around the table.
pub fn breaches(source: &Source) -> Vec<String> {
    let folder = source.folder();
    if folder == "lib" || folder == "main" {
        return Vec::new();
    }
    let Some((_, sees)) = SIGHTS.iter().find(|(name, _)| *name == folder) else {
        return vec![format!(
            "{}:1: folder `{folder}` is not in the table of floors",
            source.path
        )];
    };
    let mut out = Vec::new();
    for (line, name) in named(source) {
        if name != folder && !sees.contains(&name.as_str()) {
            out.push(format!(
                "{}:{line}: `{folder}` may not see `{name}`; it may see {}",
                source.path,
                if sees.is_empty() {
                    "nothing".into()
                } else {
                    sees.join(", ")
                }
            ));
        }
    }
    out.extend(detours(source));
    out
}

/// Every name that follows `crate::`, in code and in tests, with its line. Groups (`crate::{kit::Mac, model}`) may span lines.
pub fn named(source: &Source) -> Vec<(usize, String)> {
    let text = source.code.join("\n");
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(is_word) {
            continue;
        }
        let line = text[..at].matches('\n').count() + 1;
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => out.extend(first_names(group).into_iter().map(|name| (line, name))),
            None => out.push((line, leading_word(rest))),
        }
    }
    out
}

/// The first word of each member of a `{…}` group whose opening brace is already gone.
fn first_names(group: &str) -> Vec<String> {
    let mut out = Vec::new();
    let (mut deep, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => deep += 1,
            '}' if deep > 0 => deep -= 1,
            '}' | ',' if deep == 0 => {
                let name = leading_word(group[start..at].trim_start());
                if !name.is_empty() {
                    out.push(name);
                }
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    out
}

fn leading_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

/// Ways to reach another folder that hide it from a reader: `super` up to the crate, and the crate by its own name.
fn detours(source: &Source) -> Vec<String> {
    let mut out = Vec::new();
    for (at, line) in source.code.iter().enumerate() {
        // A module written inside of the file lies one deeper.
        let top = source.depth() + usize::from(source.test[at]);
        let ups = "super::".repeat(top.max(1));
        if line.contains(&ups) {
            out.push(format!(
                "{}:{}: `{ups}` is the crate itself; write `crate::…` so that the floor can be read",
                source.path,
                at + 1
            ));
        }
        for (col, _) in line.match_indices("muster::") {
            if !line[..col].chars().next_back().is_some_and(is_word) {
                out.push(format!(
                    "{}:{}: write `crate::…`, not the crate's own name",
                    source.path,
                    at + 1
                ));
            }
        }
    }
    out
}
