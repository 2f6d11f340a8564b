//! From Tera's errors to faults with a place and advice.

use std::collections::BTreeSet;

use tera::{Error, ErrorKind};

use super::functions::NAMES;
use super::layout::Body;
use super::scope::{self, WORDS};
use super::tree::Tree;
use crate::model::{Fault, Node};

/// The fault behind `error`, which the template `path` of `tree` raised; `node` if it was rendered for one.
pub fn fault(tree: &Tree, path: &str, error: &Error, node: Option<&Node>) -> Fault {
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
    let span = report.span();
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let (mut what, mut hint) = say(report.message());
    if what == UNDEFINED {
        let word = excerpt(tree, file, span);
        what = format!("`{word}` is not set here");
        let fields = node.map(fields).unwrap_or_default();
        let near = nearest(&word, fields.iter().map(String::as_str));
        hint = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("for what some nodes lack: {word} | default(value=\"\")"),
        });
    }
    // Tera counts columns from 0.
    let fault = tree.fault_at(
        file,
        place(span.start_line),
        place(span.start_col + 1),
        what,
    );
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

/// The text that the span covers.
fn excerpt(tree: &Tree, path: &str, span: &tera::Span) -> String {
    let template = tree.templates.iter().find(|(name, _)| name == path);
    let text = match template.map(|(_, item)| &item.body) {
        Some(Body::File(data)) => data.get(span.range.clone()).unwrap_or_default(),
        _ => &[],
    };
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
            nearest(word, words).map(|near| format!("did you mean `{near}`?"))
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
