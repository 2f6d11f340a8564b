//! What a template may call besides Tera's own filters. There is no way to the environment, the clock, the network or to files
//! that were not allowed.
//!
//! | call | does |
//! |---|---|
//! | `file(path="x", mode="0600")` | what follows goes to `x`; relative to the template's folder, or absolute on the node |
//! | `symlink(target="t")` | the current file becomes a symbolic link to `t` |
//! | `abort()` | nothing of this template is written |
//! | `include_file(path="/p", optional=true)` | the text of a server file |
//! | `value \| sh` | quoted for a POSIX shell |

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::budget::Budget;

/// Names of our functions and filters, for "did you mean".
pub const NAMES: [&str; 5] = ["file", "symlink", "abort", "include_file", "sh"];

/// What a template asked for while it was rendered; its place in the output is marked with NUL, index, NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive {
    /// Continue in this file, with this mode if given.
    File(String, Option<u32>),
    /// Make the current file a link to this.
    Symlink(String),
}

/// One rendering of one template.
#[derive(Debug, Default)]
pub struct Run {
    inner: Mutex<Inner>,
}

/// State of a [`Run`].
#[derive(Debug, Default)]
pub struct Inner {
    /// Directives in the order of their markers.
    pub directives: Vec<Directive>,
    /// Server files read so far; none for one that is not there.
    pub files: HashMap<String, Option<String>>,
    /// A server file that must be read before the template can go on: path, and whether it may be absent.
    pub wanted: Option<(String, bool)>,
    /// The template called `abort`.
    pub aborted: bool,
    /// What was done so far, over all passes.
    pub budget: Budget,
}

impl Run {
    /// The state.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, directive: Directive) -> Value {
        let mut inner = self.lock();
        inner.directives.push(directive);
        // Safe: where values are escaped, this is none.
        Value::safe_string(&format!("\0{}\0", inner.directives.len() - 1))
    }

    fn include(&self, path: &str, optional: bool) -> TeraResult<Value> {
        let mut inner = self.lock();
        match inner.files.get(path) {
            Some(Some(text)) => Ok(Value::safe_string(text)),
            Some(None) => Ok(Value::from("")),
            None => {
                // Functions outlive any borrowed door, so the render stops here, the file is read, and it starts over.
                inner.wanted = Some((path.to_owned(), optional));
                Err(Error::message("a file is read"))
            }
        }
    }
}

/// Teaches `tera` the functions, bound to one run.
pub fn register(tera: &mut Tera, run: &Arc<Run>) {
    let to = run.clone();
    tera.register_function(
        "file",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            let path = args.must_get::<String>("path")?;
            let mode = args
                .get::<String>("mode")?
                .map(|text| octal(&text))
                .transpose()?;
            Ok(to.mark(Directive::File(path, mode)))
        },
    );
    let to = run.clone();
    tera.register_function(
        "symlink",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            Ok(to.mark(Directive::Symlink(args.must_get::<String>("target")?)))
        },
    );
    let to = run.clone();
    tera.register_function(
        "abort",
        move |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            to.lock().aborted = true;
            Err(Error::message("aborted"))
        },
    );
    let to = run.clone();
    tera.register_function(
        "include_file",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            let path = args.must_get::<String>("path")?;
            to.include(&path, args.get::<bool>("optional")?.unwrap_or(false))
        },
    );
    tera.register_filter("sh", |value: &Value, _: Kwargs, _: &State<'_>| {
        quote(&value.to_string())
    });
}

/// In single quotes, so that a shell reads it as one word and nothing in it acts.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn octal(text: &str) -> TeraResult<u32> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| {
            Error::message(format!(
                "`{text}` is no file mode; write it in octal, as \"0640\""
            ))
        })
}
