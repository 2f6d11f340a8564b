//! Rules for the repository as a tree of files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::house::{SIGHTS, TOP};
use super::text::Source;

/// Top of the repository.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the repository that is or would be tracked, relative to its top; without git, everything but build output.
pub fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(top())
        .output();
    if let Ok(out) = listed
        && out.status.success()
        && !out.stdout.is_empty()
    {
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        return text
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
            .filter(|path| top().join(path).is_file())
            .collect();
    }
    let mut out = Vec::new();
    walk(top(), &mut out);
    out
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let inside = path.strip_prefix(top()).unwrap().to_owned();
        if inside == Path::new("target") || inside == Path::new(".git") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            walk(&path, out);
        } else {
            out.push(inside);
        }
    }
}

/// Every Rust file below `src/`.
pub fn sources() -> Vec<Source> {
    let mut out: Vec<Source> = files()
        .into_iter()
        .filter(|path| path.starts_with("src") && path.extension().is_some_and(|end| end == "rs"))
        .map(|path| {
            let text = fs::read_to_string(top().join(&path)).unwrap();
            Source::new(&path.to_string_lossy(), &text)
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Folders of `src/` that no floor knows, and folders without a `mod.rs`.
pub fn folder_breaches() -> Vec<String> {
    let all = files();
    let mut folders: Vec<&Path> = all
        .iter()
        .filter(|path| path.starts_with("src"))
        .filter_map(|path| path.parent())
        // The program's own parts are no floor: `main.rs` is their door.
        .filter(|folder| *folder != Path::new("src") && *folder != Path::new("src/main"))
        .collect();
    folders.sort();
    folders.dedup();
    let mut out = Vec::new();
    for folder in folders {
        let parts: Vec<_> = folder.components().skip(1).collect();
        let name = folder.strip_prefix("src").unwrap().to_string_lossy();
        if parts.len() == 1 && !SIGHTS.iter().any(|(known, _)| **known == *name) {
            out.push(format!(
                "{}: not in the table of floors; a folder is added there with its first caller",
                folder.display()
            ));
        }
        let rust = all.iter().any(|path| {
            path.starts_with(folder) && path.extension().is_some_and(|end| end == "rs")
        });
        // Below a floor `dhcp.rs` may stand beside `dhcp/` in its place.
        let door = top().join(folder).join("mod.rs").is_file()
            || (parts.len() > 1 && top().join(folder).with_extension("rs").is_file());
        if rust && !door {
            out.push(format!(
                "{}: has no mod.rs to say what lives there",
                folder.display()
            ));
        }
    }
    out
}

/// Notes to oneself, and words that point out of the repository.
pub fn word_breaches() -> Vec<String> {
    // Put together here, so that this file does not find itself.
    let words = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["HA", "CK"].concat(),
        ["issue", " #"].concat(),
    ];
    let mut out = Vec::new();
    for path in files() {
        if path == Path::new("Cargo.lock") {
            continue;
        }
        let bytes = fs::read(top().join(&path)).unwrap();
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        for (at, line) in text.lines().enumerate() {
            out.extend(
                loose_words(line, &words)
                    .map(|word| format!("{}:{}: `{word}`", path.display(), at + 1)),
            );
        }
    }
    out
}

/// Those of `words` that stand in `line` with nothing alphanumeric around them (`mktemp XXXXXX` is none).
pub fn loose_words<'a>(line: &'a str, words: &'a [String]) -> impl Iterator<Item = &'a String> {
    words.iter().filter(move |word| {
        line.match_indices(word.as_str()).any(|(at, _)| {
            let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let open = word.ends_with('#');
            !joined(line[..at].chars().next_back())
                && (open || !joined(line[at + word.len()..].chars().next()))
        })
    })
}

/// Entries at the top that the design does not name.
pub fn top_breaches() -> Vec<String> {
    let mut names: Vec<String> = files()
        .iter()
        .filter_map(|path| path.components().next())
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| !TOP.contains(&name.as_str()))
        .map(|name| format!("{name}: not one of {}", TOP.join(" ")))
        .collect()
}

/// Files that are no text and no picture of the screen.
pub fn binary_breaches() -> Vec<String> {
    files()
        .into_iter()
        .filter(|path| !path.starts_with("screenshots"))
        .filter(|path| fs::read(top().join(path)).unwrap().contains(&0))
        .map(|path| format!("{}: only screenshots/ holds binary files", path.display()))
        .collect()
}
