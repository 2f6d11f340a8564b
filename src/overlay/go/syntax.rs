//! A template as it was read.

use std::ops::Range;
use std::sync::Arc;

use super::Function;
use super::value::Value;

/// A piece of a template.
#[derive(Debug)]
pub enum Node {
    /// Text, at these bytes.
    Text(Range<usize>),
    /// `{{ pipe }}`
    Print(Pipe),
    /// `if`, `with`, `range`
    Branch(Branch),
    /// `template "name" pipe`
    Template {
        /// Where the name stands.
        at: usize,
        /// The name.
        name: String,
        /// What dot becomes.
        pipe: Option<Pipe>,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// Which kind of branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `if`
    If,
    /// `with`
    With,
    /// `range`
    Range,
}

impl Kind {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// A condition or a loop.
#[derive(Debug)]
pub struct Branch {
    /// Which.
    pub kind: Kind,
    /// What is looked at.
    pub pipe: Pipe,
    /// What is done.
    pub body: Vec<Node>,
    /// What is done else.
    pub other: Vec<Node>,
}

/// Commands that hand their values on.
#[derive(Debug)]
pub struct Pipe {
    /// Where it begins.
    pub at: usize,
    /// Variables that take its value; two only in `range`.
    pub variables: Vec<Arc<str>>,
    /// Whether they are there already (`=`).
    pub assigns: bool,
    /// The commands.
    pub commands: Vec<Command>,
}

/// A word and its arguments.
#[derive(Debug)]
pub struct Command {
    /// The first of them says what is done.
    pub words: Vec<Word>,
}

/// An operand, and where it begins.
#[derive(Debug)]
pub struct Word {
    /// Which byte.
    pub at: usize,
    /// What it is.
    pub kind: What,
}

/// A name in a chain, and the byte where it begins.
pub type Name = (usize, Arc<str>);

/// What an operand is.
#[derive(Debug)]
pub enum What {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// A constant.
    Constant(Value),
    /// `.a.b`
    Field(Vec<Name>),
    /// `$x.a.b`
    Variable(Arc<str>, Vec<Name>),
    /// A function.
    Function(&'static Function),
    /// `(pipe)`
    Pipe(Box<Pipe>),
    /// `(pipe).a.b`, or a function's value
    Chain(Box<Word>, Vec<Name>),
}

impl Word {
    /// As it was written, more or less, for messages.
    pub fn shown(&self) -> String {
        let chain = |names: &[Name]| -> String {
            let names = names.iter().map(|(_, name)| format!(".{name}"));
            names.collect()
        };
        match &self.kind {
            What::Dot => ".".into(),
            What::Nil => "nil".into(),
            What::Constant(value) => super::print::shown(value),
            What::Field(names) => chain(names),
            What::Variable(name, names) => format!("{name}{}", chain(names)),
            What::Function(function) => function.name.into(),
            What::Pipe(_) => "(…)".into(),
            What::Chain(word, names) => format!("{}{}", word.shown(), chain(names)),
        }
    }
}
