//! Tokens to the pieces of a template.

use std::collections::HashMap;
use std::sync::Arc;

use super::lex::{self, Kind as Sort, Token};
use super::syntax::{Branch, Kind, Node, What};
use super::{DEEPEST, Error, Library, Result};

/// Pieces of a template, and those that it defines by name.
pub type Parsed = (Vec<Node>, HashMap<String, Vec<Node>>);

/// Reads a template.
///
/// # Errors
/// The first thing that is wrong.
pub fn parse(text: &str, library: &Library) -> Result<Parsed> {
    let mut parser = Parser {
        tokens: lex::tokens(text)?,
        next: 0,
        end: text.len(),
        library,
        variables: vec!["$".into()],
        loops: 0,
        depth: 0,
        defined: HashMap::new(),
        text,
    };
    let (main, ended) = parser.list(true)?;
    if let Some((at, word)) = ended {
        return Err(Error::new(at, format!("{{{{{word}}}}} belongs to nothing"))
            .hint("it stands behind if, range, with, define or block"));
    }
    Ok((main, parser.defined))
}

/// What ended a list: where, and `else` or `end`.
type Ended = Option<(usize, &'static str)>;

/// Where in the tokens, and what is known.
pub struct Parser<'a> {
    pub(super) tokens: Vec<Token>,
    pub(super) next: usize,
    pub(super) end: usize,
    pub(super) library: &'a Library,
    pub(super) variables: Vec<Arc<str>>,
    loops: u32,
    depth: usize,
    defined: HashMap<String, Vec<Node>>,
    text: &'a str,
}

impl Parser<'_> {
    /// The next token, which stays.
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    /// Takes the next token.
    pub(super) fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    /// Takes the next token if it is that one.
    pub(super) fn takes(&mut self, fits: impl Fn(&Sort) -> bool) -> bool {
        let found = self.peek().is_some_and(|token| fits(&token.kind));
        self.next += usize::from(found);
        found
    }

    /// Where the next token is.
    pub(super) fn here(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    /// Goes one level down.
    ///
    /// # Errors
    /// Beyond [`DEEPEST`].
    pub(super) fn down(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::new(
                self.here(),
                format!("is nested more than {DEEPEST} deep"),
            ));
        }
        Ok(())
    }

    /// Comes up again.
    pub(super) fn up(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// What was not expected here.
    pub(super) fn unexpected(&self, wanted: &str) -> Error {
        match self.peek() {
            Some(token) => Error::new(
                token.at,
                format!("`{}` stands where {wanted} is expected", token.kind.shown()),
            ),
            None => Error::new(
                self.end,
                format!("the template ends where {wanted} is expected"),
            ),
        }
    }

    pub(super) fn close(&mut self, wanted: &str) -> Result<()> {
        if self.takes(|kind| matches!(kind, Sort::Close)) {
            return Ok(());
        }
        Err(self.unexpected(wanted))
    }

    /// Pieces up to `else`, `end` or the end of the text.
    fn list(&mut self, top: bool) -> Result<(Vec<Node>, Ended)> {
        self.down()?;
        let mut nodes = Vec::new();
        let ended = loop {
            let Some(token) = self.take() else { break None };
            if let Sort::Text(range) = token.kind {
                nodes.push(Node::Text(range));
                continue;
            }
            let word = match self.peek() {
                Some(Token {
                    kind: Sort::Word(word),
                    ..
                }) => word.clone(),
                _ => String::new(),
            };
            let at = self.here();
            match word.as_str() {
                "end" => {
                    self.next += 1;
                    self.close("}}")?;
                    break Some((at, "end"));
                }
                "else" => {
                    self.next += 1;
                    break Some((at, "else"));
                }
                "define" if !top => {
                    return Err(Error::new(at, "define stands inside of another action")
                        .hint("templates are defined outside of if, range, with and define"));
                }
                word => nodes.extend(self.action(word, at)?),
            }
        };
        self.up();
        Ok((nodes, ended))
    }

    fn action(&mut self, word: &str, at: usize) -> Result<Option<Node>> {
        match word {
            "if" | "with" | "range" | "block" | "define" | "template" | "break" | "continue" => {
                self.next += 1;
            }
            _ => {
                let pipe = self.pipe("a value", false)?;
                self.close("a value or }}")?;
                return Ok(Some(Node::Print(pipe)));
            }
        }
        match word {
            "if" => self.branch(Kind::If, at).map(Some),
            "with" => self.branch(Kind::With, at).map(Some),
            "range" => self.branch(Kind::Range, at).map(Some),
            "template" => self.template().map(Some),
            "block" => self.block(at).map(Some),
            "define" => self.define(at).map(|()| None),
            _ if self.loops == 0 => Err(Error::new(
                at,
                format!("{{{{{word}}}}} stands outside of range"),
            )),
            word => {
                self.close("}}")?;
                Ok(Some(if word == "break" {
                    Node::Break
                } else {
                    Node::Continue
                }))
            }
        }
    }

    fn branch(&mut self, kind: Kind, at: usize) -> Result<Node> {
        let before = self.variables.len();
        let pipe = self.pipe(
            &format!("what {} looks at", kind.word()),
            kind == Kind::Range,
        )?;
        self.close("}}")?;
        let inner = u32::from(kind == Kind::Range);
        self.loops += inner;
        let within = self.variables.len();
        let (body, ended) = self.list(false)?;
        // What is declared inside ends there; what the condition declares is seen by `else` too.
        self.variables.truncate(within);
        self.loops -= inner;
        let mut other = Vec::new();
        let mut last = ended;
        if let Some((place, "else")) = ended {
            if kind != Kind::Range && !matches!(self.peek().map(|t| &t.kind), Some(Sort::Close)) {
                // `else if` is an if inside of else, and both end at once.
                let (word, next) = match kind {
                    Kind::If => ("if", Kind::If),
                    _ => ("with", Kind::With),
                };
                if !self.takes(|sort| matches!(sort, Sort::Word(found) if found == word)) {
                    return Err(self.unexpected(&format!("}}}} or {word}")));
                }
                self.down()?;
                other.push(self.branch(next, place)?);
                self.up();
                self.variables.truncate(before);
                return Ok(Node::Branch(Branch {
                    kind,
                    pipe,
                    body,
                    other,
                }));
            }
            self.close("}}")?;
            (other, last) = self.list(false)?;
        }
        self.variables.truncate(before);
        match last {
            Some((_, "end")) => Ok(Node::Branch(Branch {
                kind,
                pipe,
                body,
                other,
            })),
            Some((at, _)) => Err(Error::new(at, "a second else")),
            None => Err(Error::new(
                at,
                format!("{} has no {{{{end}}}}", kind.word()),
            )),
        }
    }

    fn name(&mut self) -> Result<(usize, String)> {
        let at = self.here();
        match self.take().map(|token| token.kind) {
            Some(Sort::Constant(super::Value::Text(name))) => {
                Ok((at, String::from_utf8_lossy(&name).into_owned()))
            }
            _ => Err(Error::new(at, "the name of a template is a text in quotes")),
        }
    }

    fn template(&mut self) -> Result<Node> {
        let (at, name) = self.name()?;
        let bare = matches!(self.peek().map(|t| &t.kind), Some(Sort::Close));
        let pipe = match bare {
            true => None,
            false => Some(self.pipe("what the template is given", false)?),
        };
        self.close("}}")?;
        Ok(Node::Template { at, name, pipe })
    }

    fn define(&mut self, at: usize) -> Result<()> {
        let (_, name) = self.name()?;
        self.close("}}")?;
        self.body(at, name)
    }

    fn block(&mut self, at: usize) -> Result<Node> {
        let (place, name) = self.name()?;
        let pipe = self.pipe("what the block is given", false)?;
        self.close("}}")?;
        self.body(at, name.clone())?;
        Ok(Node::Template {
            at: place,
            name,
            pipe: Some(pipe),
        })
    }

    /// The pieces of a template that is defined: variables and loops around it are not seen inside.
    fn body(&mut self, at: usize, name: String) -> Result<()> {
        let outer = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let loops = std::mem::take(&mut self.loops);
        let (nodes, ended) = self.list(false)?;
        (self.variables, self.loops) = (outer, loops);
        match ended {
            Some((_, "end")) => {}
            Some((at, _)) => return Err(Error::new(at, "else stands in no if, range or with")),
            None => {
                return Err(Error::new(
                    at,
                    format!("template {name:?} has no {{{{end}}}}"),
                ));
            }
        }
        // One that holds nothing does not hide another, and is hidden by any.
        let blank = |range: &std::ops::Range<usize>| self.text[range.clone()].trim().is_empty();
        let empty = |nodes: &[Node]| {
            let mut nodes = nodes.iter();
            nodes.all(|node| matches!(node, Node::Text(range) if blank(range)))
        };
        match self.defined.get(&name) {
            Some(old) if !empty(old) && !empty(&nodes) => Err(Error::new(
                at,
                format!("template {name:?} is defined twice"),
            )),
            Some(_) if empty(&nodes) => Ok(()),
            _ => {
                self.defined.insert(name, nodes);
                Ok(())
            }
        }
    }

    /// Whether an operand can begin a command; `nil` cannot.
    pub(super) fn is_command(word: &What) -> bool {
        !matches!(word, What::Nil)
    }
}
