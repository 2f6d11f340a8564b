//! Rules for one file: its size, its names, and what it may do on its floor.

use super::house::{
    CLOCKS, DECIDING, FILE_LIMIT, FUNCTION_LIMIT, GRAB_BAGS, INLINE_LIMIT, LONG_FUNCTIONS,
    LONG_TABLES, READS_FILES,
};
use super::text::{Source, block_end, is_word};

/// A file opens with `//!`.
pub fn opening(source: &Source) -> Vec<String> {
    match source.raw.first() {
        Some(line) if line.starts_with("//! ") => Vec::new(),
        _ => vec![format!(
            "{}:1: a file opens with `//!` and what it holds (a folder's `mod.rs`: what lives there and what may not)",
            source.path
        )],
    }
}

/// At most 400 lines of code.
pub fn file_size(source: &Source) -> Vec<String> {
    let lines = source.lines().count();
    if lines <= FILE_LIMIT || LONG_TABLES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    vec![format!(
        "{}:1: {lines} lines of code, at most {FILE_LIMIT}: split it by noun",
        source.path
    )]
}

/// At most 60 lines of code from a function's name to its closing brace.
pub fn function_size(source: &Source) -> Vec<String> {
    let mut out = Vec::new();
    for (line, text) in source.lines() {
        for (column, _) in text.match_indices("fn ") {
            if text[..column].chars().next_back().is_some_and(is_word) {
                continue;
            }
            let name: String = text[column + 3..]
                .chars()
                .take_while(|c| is_word(*c))
                .collect();
            let at = line - 1;
            let column = text[..column].chars().count();
            let Some(end) = block_end(&source.code, at, column).filter(|_| !name.is_empty()) else {
                continue;
            };
            let lines = source.code[at..=end]
                .iter()
                .filter(|text| !text.trim().is_empty())
                .count();
            let listed = LONG_FUNCTIONS.contains(&format!("{}: {name}", source.path).as_str());
            if lines > FUNCTION_LIMIT && !listed {
                out.push(format!(
                    "{}:{line}: `{name}` has {lines} lines of code, at most {FUNCTION_LIMIT}",
                    source.path
                ));
            }
        }
    }
    out
}

/// Tests inside of a file are for private invariants.
pub fn inline_tests(source: &Source) -> Vec<String> {
    let lines = source
        .code
        .iter()
        .zip(&source.test)
        .filter(|(line, test)| **test && !line.trim().is_empty())
        .count();
    if lines < INLINE_LIMIT {
        return Vec::new();
    }
    vec![format!(
        "{}: {lines} lines of inline tests, fewer than {INLINE_LIMIT}: stories belong in tests/{}/",
        source.path,
        source.folder()
    )]
}

/// No unwrapping, no panics, no printing, and no lint allowed to let them through.
pub fn panics(source: &Source) -> Vec<String> {
    const CALLS: &[(&str, &str)] = &[
        (".unwrap()", "say what went wrong, where, and what to do"),
        ("panic!(", "nothing that arrives may end the program"),
        ("todo!(", "finish it or leave it out"),
        ("unimplemented!(", "finish it or leave it out"),
        ("dbg!(", "write a tracing line or an event"),
        (
            "println!(",
            "write to a passed-in writer, or a tracing line",
        ),
        (
            "eprintln!(",
            "write to a passed-in writer, or a tracing line",
        ),
        ("print!(", "write to a passed-in writer"),
        ("clippy::unwrap_used", "the lint stays on"),
        ("clippy::expect_used", "the lint stays on"),
        ("clippy::panic", "the lint stays on"),
        ("clippy::print_std", "the lint stays on"),
    ];
    let mut out = find(source, CALLS);
    for (line, text) in source.lines() {
        // Without an argument it is a method of somebody's own, as of a parser.
        if text.replace(".expect()", "").contains(".expect(") {
            out.push(format!(
                "{}:{line}: `.expect(`: say what went wrong, where, and what to do",
                source.path
            ));
        }
    }
    out
}

/// Below the hands: no sockets, files, processes, environment or waiting.
pub fn hands(source: &Source) -> Vec<String> {
    const ALWAYS: &[(&str, &str)] = &[
        (
            "std::net::Tcp",
            "sockets belong to daemon/, link/ and rehearse/",
        ),
        (
            "std::net::Udp",
            "sockets belong to daemon/, link/ and rehearse/",
        ),
        (
            "std::os::unix::net",
            "sockets belong to daemon/, link/ and rehearse/",
        ),
        ("std::process", "processes belong to daemon/"),
        ("std::env", "pass the value in"),
        ("std::io::std", "pass a reader or writer in"),
        ("thread::sleep", "time is an argument"),
        ("tokio::", "decisions wait for nothing; daemon/ does"),
        ("hyper", "bytes come and go through daemon/"),
        ("nix::", "system calls belong to daemon/"),
        ("rusqlite", "the database is named in daemon/history/ alone"),
        ("crossterm", "the terminal belongs to console/"),
        ("ratatui", "the terminal belongs to console/"),
    ];
    const FILES: &[(&str, &str)] = &[
        ("std::fs", "pass the text or a way to read it in"),
        ("File::open", "pass the bytes in"),
    ];
    let folder = source.folder();
    if !DECIDING.contains(&folder) {
        return Vec::new();
    }
    let mut out = find(source, ALWAYS);
    if !READS_FILES.contains(&folder) {
        out.extend(find(source, FILES));
    }
    out
}

/// Time is read by `daemon/clock.rs` and handed down; floor 7 has its own.
pub fn clocks(source: &Source) -> Vec<String> {
    const CLOCK: &[(&str, &str)] = &[
        ("Instant::now", "time is an argument, or `daemon::clock`"),
        ("SystemTime::now", "time is an argument, or `daemon::clock`"),
    ];
    let folder = source.folder();
    let watched = DECIDING.contains(&folder) || folder == "daemon";
    if !watched || CLOCKS.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    find(source, CLOCK)
}

/// Files, modules and types are named by the noun they hold.
pub fn names(source: &Source) -> Vec<String> {
    let mut out = Vec::new();
    let bad = |name: &str| {
        words(name)
            .into_iter()
            .find(|word| GRAB_BAGS.contains(&word.as_str()))
    };
    for part in source.path.split('/') {
        if let Some(word) = bad(part.trim_end_matches(".rs")) {
            out.push(format!(
                "{}:1: `{word}` in a file name says nothing",
                source.path
            ));
        }
    }
    for (line, text) in source.lines() {
        for keyword in ["struct ", "enum ", "trait ", "type ", "mod ", "union "] {
            for (at, _) in text.match_indices(keyword) {
                if text[..at].chars().next_back().is_some_and(is_word) {
                    continue;
                }
                let name: String = text[at + keyword.len()..]
                    .chars()
                    .take_while(|c| is_word(*c))
                    .collect();
                if let Some(word) = bad(&name) {
                    out.push(format!(
                        "{}:{line}: `{word}` in `{name}` says nothing",
                        source.path
                    ));
                }
            }
        }
    }
    out
}

/// `PacketHandler` and `packet_handler` → packet, handler.
pub fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c == '-' || c == '.' || c.is_uppercase() {
            out.push(String::new());
        }
        if let Some(last) = out.last_mut().filter(|_| c.is_alphanumeric()) {
            last.extend(c.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Lines outside of tests in which one of `needles` begins as a word of its own.
fn find(source: &Source, needles: &[(&str, &str)]) -> Vec<String> {
    let mut out = Vec::new();
    for (line, text) in source.lines() {
        for (needle, why) in needles {
            let word = needle.starts_with(is_word);
            let hit = text
                .match_indices(needle)
                .any(|(at, _)| !word || !text[..at].chars().next_back().is_some_and(is_word));
            if hit {
                out.push(format!("{}:{line}: `{needle}`: {why}", source.path));
            }
        }
    }
    out
}
