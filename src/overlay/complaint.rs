//! From Tera's errors to faults with a place and advice.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use tera::{Error, ErrorKind};

use super::fuel::Seams;
use super::functions::NAMES;
use super::layout::Body;
use super::scope::{self, WORDS};
use super::tree::Tree;
use crate::model::{Fault, Node};

/// The fault behind `error`, which the template `path` of `tree` raised; `node` if it was rendered for one; `seams` by template
/// if what was compiled is not what was written.
pub fn fault(
    tree: &Tree,
    path: &str,
    error: &Error,
    node: Option<&Node>,
    seams: &HashMap<String, Seams>,
) -> Fault {
    let report = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => report,
        ErrorKind::CircularInclude { include_chain, .. } => {
            let chain = include_chain.join(" → ");
            return tree.fault(path, format!("templates include one another: {chain}"));
        }
        _ => return unplaced(tree, path, &error.to_string()),
    };
    let file = if report.filename().is_empty() {
        path
    } else {
        report.filename()
    };
    let (line, column, range) = place(tree, file, report.span(), seams.get(file));
    let (mut what, mut hint) = say(report.message());
    if what == UNDEFINED {
        let word = excerpt(tree, file, range);
        what = format!("`{word}` is not set here");
        let fields = node.map(fields).unwrap_or_default();
        let near = nearest(&word, fields.iter().map(String::as_str));
        hint = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("for what some nodes lack: {word} | default(value=\"\")"),
        });
    }
    let fault = tree.fault_at(file, line, column, what);
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// An unknown function, filter, test or include is told as a printed report: `error: …`, then ` --> file:line:column`.
fn unplaced(tree: &Tree, path: &str, text: &str) -> Fault {
    let message = text.lines().find_map(|line| line.strip_prefix("error: "));
    let (what, hint) = say(message.unwrap_or(text));
    let locus = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "));
    let mut parts = locus.into_iter().flat_map(|locus| locus.rsplitn(3, ':'));
    let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    let (column, line) = (number(), number());
    let fault = tree.fault_at(parts.next().unwrap_or(path), line, column, what);
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// What Tera says of a last member that is missing, without naming it.
const UNDEFINED: &str = "Tried to render a variable that is undefined";

/// Line, column and bytes of a span in the text as it was written.
fn place(
    tree: &Tree,
    path: &str,
    span: &tera::Span,
    seams: Option<&Seams>,
) -> (u32, u32, Range<usize>) {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let Some(seams) = seams else {
        // Tera counts columns from 0.
        let (line, column) = (number(span.start_line), number(span.start_col + 1));
        return (line, column, span.range.clone());
    };
    let mut range = seams.original(span.range.start)..seams.original(span.range.end);
    let text = text_of(tree, path);
    let mut before = text.get(..range.start).unwrap_or_default();
    // What is wrong with a value that goes through a meter is told at the meter: it stands before the bar.
    if let Some(value) = before.strip_suffix(b"|").map(<[u8]>::trim_ascii_end) {
        let opens = |byte: &u8| byte.is_ascii_whitespace() || b"({,=|".contains(byte);
        let start = value.iter().rposition(opens).map_or(0, |at| at + 1);
        range = start..value.len();
        before = &text[..start];
    }
    let before = String::from_utf8_lossy(before);
    let line = 1 + before.matches('\n').count();
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (number(line), number(column), range)
}

fn text_of<'a>(tree: &'a Tree, path: &str) -> &'a [u8] {
    let template = tree.templates.iter().find(|(name, _)| name == path);
    match template.map(|(_, item)| &item.body) {
        Some(Body::File(data)) => data,
        _ => &[],
    }
}

/// The text at `range`.
fn excerpt(tree: &Tree, path: &str, range: Range<usize>) -> String {
    let text = text_of(tree, path).get(range).unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.trim()
        .trim_start_matches('.')
        .chars()
        .take(60)
        .collect()
}

/// All names below `node`.
fn fields(node: &Node) -> BTreeSet<String> {
    fn walk(value: &serde_json::Value, names: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                names.extend(map.keys().cloned());
                map.values().for_each(|value| walk(value, names));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| walk(value, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    walk(
        &serde_json::to_value(scope::node(node)).unwrap_or_default(),
        &mut names,
    );
    names
}

fn say(message: &str) -> (String, Option<String>) {
    let message = first_line(message);
    let (what, fields) = match message.split_once(" Available fields: ") {
        Some((what, fields)) => (what.to_owned(), Some(fields)),
        None => (message.clone(), None),
    };
    let what = what.trim_end_matches('.').to_owned();
    let Some(word) = what.split('`').nth(1) else {
        return (what, None);
    };
    let word = word.rsplit('.').next().unwrap_or(word);
    let hint = match fields {
        Some(fields) => nearest(word, fields.split(", ")).map_or_else(
            || Some(format!("there is: {fields}")),
            |near| Some(format!("did you mean `{near}`?")),
        ),
        None => {
            let words = WORDS.iter().map(|(word, _)| *word).chain(NAMES);
            let near = nearest(word, words).map(|near| format!("did you mean `{near}`?"));
            // A tag, most likely: those are free.
            let lacks = || format!("for what some nodes lack: {word} | default(value=\"\")");
            near.or_else(|| what.starts_with("Field ").then(lacks))
        }
    };
    (what, hint)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The candidate most like `word`, if any is like it at all.
pub fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    among
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(like, candidate)| *like > 0.8 && *candidate != word)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
