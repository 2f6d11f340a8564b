//! The language of Go's `text/template`, alone: no function beyond those built into it, no data, nothing of overlays.
//!
//! [`Template::parse`] reads a text, [`Template::render`] writes it for a [`Value`]. Functions come in [`Library`]s; those that
//! do something besides computing reach the outside through a [`Host`]. Whatever the text, nothing panics, and work is bounded:
//! nesting by [`DEEPEST`], everything else by the [`Budget`].

mod builtin;
mod compare;
mod eval;
mod exec;
mod lex;
mod literal;
mod parse;
mod pipe;
pub mod print;
mod syntax;
pub mod value;

use std::collections::HashMap;

pub use builtin::BUILTINS;
pub use compare::{equal, order};
pub use exec::{Halt, Host};
pub use print::{char_len, printf, quote};
pub use value::{Entries, Int, List, Map, Object, Of, Value};

pub use super::budget::Budget;

/// How deep actions, parentheses and calls of templates may be nested together.
pub const DEEPEST: usize = 120;
/// The longest text that a function may yield.
pub const LONGEST: usize = 16 << 20;

/// What is wrong with a template, and where: a byte of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Which byte.
    pub at: usize,
    /// One sentence without a full stop.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What a function yields: a value, or a sentence.
pub type Yield = std::result::Result<Value, String>;

/// How a function is carried out.
#[derive(Clone, Copy)]
pub enum Run {
    /// It only computes.
    Pure(fn(&mut Budget, &[Value]) -> Yield),
    /// By the [`Host`].
    Host,
    /// `and`: stops at the first argument that is false.
    And,
    /// `or`: stops at the first argument that is true.
    Or,
    /// It is known and not carried out, for this reason.
    Refused(&'static str),
}

/// A function of templates.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Least and most arguments.
    pub args: (usize, usize),
    /// How it is carried out.
    pub run: Run,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    /// A function that computes.
    pub const fn pure(
        name: &'static str,
        least: usize,
        most: usize,
        run: fn(&mut Budget, &[Value]) -> Yield,
    ) -> Self {
        Self {
            name,
            args: (least, most),
            run: Run::Pure(run),
        }
    }
}

/// Any number of arguments.
pub const MANY: usize = usize::MAX;

/// Functions by name.
#[derive(Debug, Default)]
pub struct Library(HashMap<&'static str, &'static Function>);

impl Library {
    /// The functions of these tables; of two with one name the later one.
    #[must_use]
    pub fn new(tables: &[&'static [Function]]) -> Self {
        let all = tables.iter().flat_map(|table| table.iter());
        Self(all.map(|one| (one.name, one)).collect())
    }

    /// A function.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Function> {
        self.0.get(name).copied()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

/// A template that was read.
#[derive(Debug)]
pub struct Template {
    text: String,
    main: Vec<syntax::Node>,
    defined: HashMap<String, Vec<syntax::Node>>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str, library: &Library) -> Result<Self> {
        let (main, defined) = parse::parse(text, library)?;
        Ok(Self {
            text: text.to_owned(),
            main,
            defined,
        })
    }

    /// What was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes it for `data` to the end of `host`'s output. What was written before a fault stays there.
    ///
    /// # Errors
    /// What stopped it; none where the host itself ended it.
    pub fn render(&self, data: &Value, host: &mut dyn Host) -> Result<()> {
        exec::render(self, data, host)
    }
}
