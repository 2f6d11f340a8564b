//! From Tera's errors to faults with a place and advice.

use tera::{Error, ErrorKind, ReportError};

use super::functions::NAMES;
use super::scope::WORDS;
use super::tree::Tree;
use crate::model::Fault;

/// The fault behind `error`, which the template `path` of `tree` raised.
pub fn fault(tree: &Tree, path: &str, error: &Error) -> Fault {
    let report = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => report,
        ErrorKind::CircularInclude { include_chain, .. } => {
            let chain = include_chain.join(" → ");
            return tree.fault(path, format!("templates include one another: {chain}"));
        }
        _ => return tree.fault(path, first_line(&error.to_string())),
    };
    let file = if report.filename().is_empty() {
        path
    } else {
        report.filename()
    };
    let span = report.span();
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    let (what, hint) = say(report);
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

fn say(report: &ReportError) -> (String, Option<String>) {
    let message = first_line(report.message());
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
