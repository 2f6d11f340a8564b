//! The templates of one overlay in Tera, compiled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tera::{EscapeFn, Tera};

use super::complaint;
use super::fuel::{self, Seams};
use super::functions::{self, Run};
use super::layout::Body;
use super::tree::Tree;
use super::ww;
use crate::model::Fault;

/// What a template names of the words that differ between nodes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names {
    /// `node`
    pub node: bool,
    /// `nodes`
    pub nodes: bool,
}

/// Compiled templates that may include one another. Functions write into one [`Run`]: for one rendering at a time.
pub struct Plates {
    pub(super) tera: Tera,
    pub(super) run: Arc<Run>,
    /// What was put into each template, by path.
    pub(super) seams: HashMap<String, Seams>,
    /// Those that are compiled, and what each names, with what it includes.
    names: HashMap<String, Names>,
}

impl Plates {
    /// What a template names; none if it could not be compiled.
    pub fn names(&self, path: &str) -> Option<Names> {
        self.names.get(path).copied()
    }
}

impl std::fmt::Debug for Plates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plates")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// Plates of one overlay that nobody renders with just now. Compiling costs more than rendering, so they are used again: by one at
/// a time, so that there come to be as many as there are renderings at a time.
#[derive(Debug, Default)]
pub struct Rack(Mutex<Vec<Plates>>);

impl Rack {
    /// A rack with one set of plates.
    pub fn of(plates: Plates) -> Self {
        Self(Mutex::new(vec![plates]))
    }

    /// Hands out plates of `tree`, which is always the same one.
    pub fn with<T>(&self, tree: &Tree, work: impl FnOnce(&Plates) -> T) -> T {
        let kept = self.lock().pop();
        let plates = kept.unwrap_or_else(|| compile(tree, None).0);
        let done = work(&plates);
        self.lock().push(plates);
        done
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Plates>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compiles the templates of `tree`: those that can be, and one fault for each that cannot. What they print of values goes
/// through `escape`, if there is one.
pub fn compile(tree: &Tree, escape: Option<EscapeFn>) -> (Plates, Vec<Fault>) {
    let mut texts = Vec::new();
    let mut faults = Vec::new();
    for (path, item) in tree.templates.iter().filter(|(path, _)| !ww::is_go(path)) {
        let Body::File(data) = &item.body else {
            continue;
        };
        match std::str::from_utf8(data) {
            Ok(text) => texts.push((path.as_str(), text)),
            Err(_) => faults.push(tree.fault(path, "a template must be UTF-8")),
        }
    }
    let run = Arc::new(Run::default());
    let mut left_out: Vec<&str> = Vec::new();
    let (tera, seams) = loop {
        let found = match together(tree, &texts, escape, &run) {
            Ok(made) => break made,
            Err(found) => found,
        };
        // The rest is tried without them. That these are missing then is no news.
        let (bad, good): (Vec<_>, Vec<_>) = texts.iter().partition(|(path, _)| {
            let place = tree.fault(path, "").spot;
            let is = |fault: &Fault| {
                let places = (fault.spot.as_ref(), place.as_ref());
                matches!(places, (Some(one), Some(other)) if one.file == other.file)
            };
            found.iter().any(is)
        });
        let news = |fault: &Fault| !left_out.iter().any(|path| fault.what.contains(path));
        faults.extend(found.into_iter().filter(news));
        texts = if bad.is_empty() { Vec::new() } else { good };
        left_out.extend(bad.iter().map(|(path, _)| path));
    };
    let mut names = HashMap::new();
    for (path, _) in texts {
        let words = tera.get_template_variables(path);
        let names_word = |word| words.as_ref().is_ok_and(|words| words.contains(word));
        let found = Names {
            node: names_word("node"),
            nodes: names_word("nodes"),
        };
        names.insert(path.to_owned(), found);
    }
    let plates = Plates {
        tera,
        run,
        seams,
        names,
    };
    (plates, faults)
}

/// Compiles templates that may include one another.
fn together(
    tree: &Tree,
    texts: &[(&str, &str)],
    escape: Option<EscapeFn>,
    run: &Arc<Run>,
) -> Result<(Tera, HashMap<String, Seams>), Vec<Fault>> {
    let fresh = || {
        let mut tera = Tera::new();
        tera.autoescape_on(escape.map(|_| ".tera"));
        if let Some(escape) = escape {
            tera.set_escape_fn(escape);
        }
        functions::register(&mut tera, run);
        fuel::register(&mut tera, run);
        tera
    };
    let metered: Vec<_> = texts.iter().map(|(_, text)| fuel::meter(text)).collect();
    let paths = texts.iter().map(|(path, _)| *path);
    let mut tera = fresh();
    let all = paths
        .clone()
        .zip(metered.iter().map(|one| one.text.as_str()));
    if tera.add_raw_templates(all).is_ok() {
        let all: Vec<_> = paths.clone().zip(&metered).collect();
        if let Some(path) = fuel::too_deep(&all) {
            let what = "includes templates that include others, too deep";
            return Err(vec![tree.fault(path, what)]);
        }
        let all = paths.zip(metered.into_iter().map(|one| one.seams));
        let seams = all.map(|(path, seams)| (path.to_owned(), seams)).collect();
        return Ok((tera, seams));
    }
    // Faults are told of what was written. What compiles only as it was written is rendered so.
    tera = fresh();
    match tera.add_raw_templates(texts.iter().copied()) {
        Ok(()) => Ok((tera, HashMap::new())),
        Err(error) => Err(complaints(tree, texts, &error, &fresh)),
    }
}

/// What is wrong with templates that do not compile together. Alone, each shows its own error; together only the first one does.
fn complaints(
    tree: &Tree,
    texts: &[(&str, &str)],
    together: &tera::Error,
    fresh: &dyn Fn() -> Tera,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let none = HashMap::new();
    for (path, text) in texts {
        if let Err(error) = fresh().add_raw_template(path, text)
            && matches!(error.kind(), tera::ErrorKind::SyntaxError(_))
        {
            faults.push(complaint::fault(tree, path, &error, None, &none));
        }
    }
    if faults.is_empty() {
        let path = texts.first().map_or("", |(path, _)| path);
        faults.push(complaint::fault(tree, path, together, None, &none));
    }
    faults
}
