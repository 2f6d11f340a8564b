//! Tokens to pipelines: commands, operands, declarations.

use std::sync::Arc;

use super::lex::{Kind as Sort, Token};
use super::parse::Parser;
use super::syntax::{Command, Name, Pipe, What, Word};
use super::value::Value;
use super::{Error, Result};
use crate::kit::suggest;

/// Words of the language, which name no function.
const WORDS: [&str; 11] = [
    "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with", "nil",
];

impl Parser<'_> {
    /// A pipeline up to `}}` or `)`, which stays. `pair` = it may declare two variables.
    pub(super) fn pipe(&mut self, wanted: &str, pair: bool) -> Result<Pipe> {
        self.down()?;
        let at = self.here();
        let (variables, assigns) = self.declaration(pair)?;
        let mut commands = Vec::new();
        loop {
            let at = self.here();
            let words = self.words()?;
            let Some(first) = words.first() else {
                // Go takes a `|` at the end for nothing.
                if commands.is_empty() || self.takes(|kind| matches!(kind, Sort::Sign('|'))) {
                    return Err(self.unexpected(wanted));
                }
                break;
            };
            if !Self::is_command(&first.kind) {
                return Err(Error::new(first.at, "nil does nothing by itself"));
            }
            let constant = matches!(first.kind, What::Dot | What::Constant(_));
            if constant && !commands.is_empty() {
                return Err(Error::new(
                    at,
                    format!(
                        "`{}` can be given nothing: it is no function",
                        first.shown()
                    ),
                ));
            }
            commands.push(Command { words });
            if !self.takes(|kind| matches!(kind, Sort::Sign('|'))) {
                break;
            }
        }
        // Declared names are not seen in their own pipeline.
        if !assigns {
            self.variables.extend(variables.iter().cloned());
        }
        self.up();
        Ok(Pipe {
            at,
            variables,
            assigns,
            commands,
        })
    }

    /// `$x :=`, `$x =`, `$i, $x :=`
    fn declaration(&mut self, pair: bool) -> Result<(Vec<Arc<str>>, bool)> {
        let kind = |at: usize| self.tokens.get(self.next + at).map(|token| &token.kind);
        let Some(Sort::Variable(first)) = kind(0) else {
            return Ok((Vec::new(), false));
        };
        let mut names: Vec<Arc<str>> = vec![first.as_str().into()];
        let mut length = 1;
        if let (Some(Sort::Sign(',')), Some(Sort::Variable(second))) = (kind(1), kind(2)) {
            names.push(second.as_str().into());
            length = 3;
        }
        let assigns = match kind(length) {
            Some(Sort::Declare) => false,
            Some(Sort::Assign) => true,
            _ if length == 3 => {
                self.next += length;
                return Err(self.unexpected(":="));
            }
            _ => return Ok((Vec::new(), false)),
        };
        if length == 3 && !pair {
            return Err(Error::new(self.here(), "only range declares two variables"));
        }
        if assigns {
            for name in &names {
                self.known(self.here(), name)?;
            }
        }
        self.next += length + 1;
        Ok((names, assigns))
    }

    fn known(&self, at: usize, name: &str) -> Result<()> {
        if self.variables.iter().any(|known| **known == *name) {
            return Ok(());
        }
        let fault = Error::new(at, format!("there is no variable {name} here"));
        let known = self.variables.iter().map(AsRef::as_ref);
        Err(
            match suggest::hint(name, known.filter(|known| *known != "$")) {
                Some(hint) => fault.hint(hint),
                None => fault.hint(format!(
                    "it is declared by {name} := …, and ends with its if, range or with"
                )),
            },
        )
    }

    /// The operands of one command.
    fn words(&mut self) -> Result<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            let parted = self.peek().is_some_and(|token| token.spaced);
            let Some(word) = self.operand()? else {
                return Ok(words);
            };
            let glued = !words.is_empty() && !parted;
            if glued {
                return Err(Error::new(
                    word.at,
                    format!("`{}` needs a blank before it", word.shown()),
                ));
            }
            words.push(word);
        }
    }

    /// An operand and the names behind it; none where the command ends.
    fn operand(&mut self) -> Result<Option<Word>> {
        let at = self.here();
        let Some(Token { kind, .. }) = self.peek().cloned() else {
            return Ok(None);
        };
        let kind = match kind {
            Sort::Word(name) => {
                self.next += 1;
                self.named(at, &name)?
            }
            Sort::Dot => {
                self.next += 1;
                What::Dot
            }
            Sort::Constant(value) => {
                self.next += 1;
                What::Constant(value)
            }
            Sort::Variable(name) => {
                self.known(at, &name)?;
                self.next += 1;
                What::Variable(name.as_str().into(), Vec::new())
            }
            Sort::Field(_) => What::Field(Vec::new()),
            Sort::Sign('(') => {
                self.next += 1;
                let pipe = self.pipe("a value", false)?;
                if !self.takes(|kind| matches!(kind, Sort::Sign(')'))) {
                    return Err(self.unexpected("a `)`"));
                }
                What::Pipe(Box::new(pipe))
            }
            Sort::Text(_)
            | Sort::Open
            | Sort::Close
            | Sort::Sign(_)
            | Sort::Declare
            | Sort::Assign => {
                return match kind {
                    Sort::Close | Sort::Sign(')' | '|') => Ok(None),
                    _ => Err(self.unexpected("a value")),
                };
            }
        };
        self.behind(at, kind).map(Some)
    }

    /// An operand with the names behind it.
    fn behind(&mut self, at: usize, kind: What) -> Result<Word> {
        let first = matches!(kind, What::Field(_));
        let names = self.chain(first);
        let kind = match kind {
            What::Field(_) => What::Field(names),
            What::Variable(name, _) => What::Variable(name, names),
            kind if names.is_empty() => kind,
            What::Constant(_) | What::Nil | What::Dot => {
                let word = Word { at, kind };
                return Err(Error::new(
                    names[0].0,
                    format!("`{}` has no fields", word.shown()),
                ));
            }
            kind => What::Chain(Box::new(Word { at, kind }), names),
        };
        Ok(Word { at, kind })
    }

    /// Names with dots, each right behind the other.
    fn chain(&mut self, mut first: bool) -> Vec<Name> {
        let mut names = Vec::new();
        while let Some(Token {
            at,
            kind: Sort::Field(name),
            spaced,
        }) = self.peek()
        {
            if *spaced && !first {
                break;
            }
            names.push((*at, name.as_str().into()));
            first = false;
            self.next += 1;
        }
        names
    }

    fn named(&self, at: usize, name: &str) -> Result<What> {
        match name {
            "true" => return Ok(What::Constant(Value::Bool(true))),
            "false" => return Ok(What::Constant(Value::Bool(false))),
            "nil" => return Ok(What::Nil),
            _ => {}
        }
        if let Some(function) = self.library.get(name) {
            return Ok(What::Function(function));
        }
        if WORDS.contains(&name) {
            return Err(Error::new(
                at,
                format!("`{name}` stands where a value is expected"),
            ));
        }
        let fault = Error::new(at, format!("there is no function `{name}`"));
        let names: std::collections::BTreeSet<&str> = self.library.names().chain(WORDS).collect();
        Err(match suggest::hint(name, names) {
            Some(hint) => fault.hint(hint),
            None => fault.hint(format!(
                "a field is written with a dot: .{name}; a text in quotes: \"{name}\""
            )),
        })
    }
}
