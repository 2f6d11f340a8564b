//! `muster overlay edit`: a file of an overlay in the person's editor, until it is right or they give up. Nothing that was typed is
//! lost.

use std::sync::Arc;

use super::super::desk::Desk;
use super::super::entry::kept;
use super::super::failure::Failure;
use super::super::outcome;
use super::carry::{self, Asks, Done, Manner, Wanted};
use super::file;
use crate::api::{Content, FileKind, OverlayStep};
use crate::model::Fault;

/// How often one text may be given back to its author.
const ROUNDS: usize = 100;

/// What a new template begins with. It makes nothing: not even an empty line.
const TERA: &str = "{#- Rendered for each node: `{{ node.id }}` is its name. `muster overlay vars` tells what there is to name,\n    \
                    `muster overlay render OVERLAY NODE` what comes of it. -#}\n";
const GO: &str = "{{- /* Rendered for each node: `{{.Id}}` is its name. `muster overlay vars --ww` tells what there is to name,\n       \
                  `muster overlay render OVERLAY NODE` what comes of it. */ -}}\n";

/// Has a file edited, and saves it.
///
/// # Errors
/// Refusals; an editor that fails.
pub fn edit(
    desk: &mut Desk<'_, '_>,
    (name, path): (&str, &Arc<str>),
    mode: Option<u32>,
    manner: &Manner,
) -> Result<(), Failure> {
    let there = file(desk, name, path)?;
    let old = match (&there.content, &there.row.kind) {
        (Some(Content::Text(text)), _) => Some(text.clone()),
        (Some(Content::Bytes { .. }), _) => {
            let what = format!("{path} is no text; `muster overlay import` takes a file as it is");
            return Err(Failure::Refused(what));
        }
        (None, FileKind::File | FileKind::Template(_)) => None,
        (None, _) => return Err(Failure::Refused(format!("{path} is no file"))),
    };
    let begun = old.as_deref().unwrap_or_else(|| beginning(path));
    let (mut shown, mut line) = (begun.to_owned(), 1);
    let plain = path
        .strip_suffix(".tera")
        .or_else(|| path.strip_suffix(".ww"));
    desk.person.calls(plain.unwrap_or(path));
    for _ in 0..ROUNDS {
        let typed = desk.person.edits(&shown, line).map_err(Failure::Refused)?;
        if typed == begun && mode.is_none() {
            return Err(kept(desk, false));
        }
        let wanted = Wanted::Steps {
            name: name.into(),
            steps: vec![OverlayStep::Write {
                path: path.clone(),
                content: Content::Text(typed.as_str().into()),
                mode,
            }],
            base: Some(there.digest.clone()),
        };
        let faults = match carry::attempt(desk, wanted, manner, Asks::Somebody) {
            Ok(Done::Well) => return Ok(()),
            Ok(Done::Declined) => return Err(kept(desk, true)),
            Ok(Done::Faulty(faults)) => faults,
            Err(failure) => return Err(with_text(desk, failure)),
        };
        outcome::faults(desk.err, &faults);
        if !desk.person.there() || !desk.person.agrees("Edit it again?") {
            let failure = kept(desk, true);
            if !carry::forced(&faults) {
                return Err(failure);
            }
            let more = format!(
                "`muster overlay write {name} {path} --force` saves it from there all the same"
            );
            return Err(with(failure, &more));
        }
        (shown, line) = (typed, first(&faults));
    }
    Err(kept(desk, true))
}

/// Whatever became of it, the text is theirs, and is kept.
fn with_text(desk: &mut Desk<'_, '_>, failure: Failure) -> Failure {
    match kept(desk, true) {
        Failure::Refused(more) => with(failure, &more),
        _ => failure,
    }
}

/// A failure that says more.
fn with(failure: Failure, more: &str) -> Failure {
    match failure {
        Failure::Refused(text) => Failure::Refused(format!("{text}; {more}")),
        Failure::Unreached(text) => Failure::Unreached(format!("{text}; {more}")),
        other => other,
    }
}

/// The line of the first fault that has one.
fn first(faults: &[Fault]) -> u32 {
    let spot = faults.iter().find_map(|fault| fault.spot.as_ref());
    spot.map_or(1, |spot| spot.line)
}

fn beginning(path: &str) -> &'static str {
    if path.ends_with(".tera") {
        TERA
    } else if path.ends_with(".ww") {
        GO
    } else {
        ""
    }
}
