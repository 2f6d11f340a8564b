//! `warewulf.conf` of any release, made a `muster.conf`.

use std::path::Path;
use std::sync::Arc;

use super::{Change, lasting, placed, refusals, registry};
use crate::model::{Fault, Level, Settings, Spot};
use crate::registry::edit::{self, Swaps};
use crate::registry::steps::Whose;

/// Settings made muster's.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The new text.
    pub text: String,
    /// What was changed, in the order of the lines. What is not acted on became a comment.
    pub changes: Vec<Change>,
    /// What is wrong with the file and stays so, at its places in the old text.
    pub faults: Vec<Fault>,
    /// The settings as they are now.
    pub settings: Arc<Settings>,
    /// What the file says, acted on or not: key and value, as `paths.datadir`.
    pub stated: Vec<(Arc<str>, String)>,
}

impl Configured {
    /// What the file says under a key.
    #[must_use]
    pub fn stated(&self, key: &str) -> Option<&str> {
        let found = self.stated.iter().find(|(known, _)| **known == *key);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads `text`, which is in `file`, and writes it as muster's: keys that mean the same stay as they are, the others become
/// comments.
///
/// # Errors
/// Why it cannot be done: the text is no YAML, says something twice, or would mean something else afterwards.
pub fn settings(text: &str, file: &Path) -> Result<Configured, Vec<Fault>> {
    let shown = file.to_string_lossy();
    let load = |text: &str| {
        let view = registry(file).load(Some(text), None).view;
        (view.settings.clone(), view.faults.clone())
    };
    let bad = |faults: &[Fault]| {
        let broken =
            |fault: &&Fault| fault.level == Level::Error && fault.what.starts_with("the file ");
        let found: Vec<Fault> = faults.iter().filter(broken).cloned().collect();
        lasting(found.clone(), &found, &shown)
    };
    let (before, old) = load(text);
    let mut refused = bad(&old);
    refused.extend(refusals(&old, &shown));
    if !refused.is_empty() {
        return Err(refused);
    }
    let spoken = text.lines().any(edit::lines::speaks);
    let renewed = match spoken {
        true => edit::renewed(text, Whose::Server, &Swaps::new()).map_err(|why| {
            let spot = Spot {
                file: shown.as_ref().into(),
                line: super::line(why.line),
                column: 1,
            };
            vec![Fault::error(format!("it cannot be edited in place: {}", why.why)).at(spot)]
        })?,
        false => edit::Renewed {
            text: text.to_owned(),
            changes: Vec::new(),
        },
    };
    let (after, new) = load(&renewed.text);
    if plain(&before) != plain(&after) {
        let fault = Fault::error("the settings would be others afterwards");
        return Err(vec![
            fault.hint("nothing is written; this is a fault of muster's"),
        ]);
    }
    let said = before.listing.iter().filter(|(.., set)| *set);
    let stated = said.map(|(key, value, _)| (key.clone(), value.clone()));
    Ok(Configured {
        stated: stated.collect(),
        text: renewed.text,
        changes: placed(renewed.changes, 0).collect(),
        faults: lasting(old, &new, &shown),
        settings: after,
    })
}

/// What acts of settings: not the list of what the file says.
fn plain(settings: &Settings) -> Settings {
    Settings {
        listing: Vec::new(),
        ..settings.clone()
    }
}
