//! Carries a template out.

use std::sync::Arc;

use super::print;
use super::syntax::{Branch, Kind, Node, Pipe};
use super::value::{Int, Value};
use super::{Error, Result, Template};
use crate::kit::suggest;
use crate::overlay::budget::Budget;

/// How deep pieces of templates may be carried out within one another, calls of templates among them.
const DEEPEST: usize = 300;

/// Why a host ends a rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    /// Something is wrong: a sentence, and advice.
    Fault(String, Option<String>),
    /// All is done.
    Done,
}

impl From<String> for Halt {
    fn from(what: String) -> Self {
        Self::Fault(what, None)
    }
}

/// What a template is carried out with.
pub trait Host {
    /// Takes what is written.
    ///
    /// # Errors
    /// When it is too much.
    fn write(&mut self, data: &[u8]) -> std::result::Result<(), Halt>;

    /// How much may be done.
    fn budget(&mut self) -> &mut Budget;

    /// Carries a function out.
    ///
    /// # Errors
    /// What stops the template.
    fn call(&mut self, name: &'static str, args: &[Value]) -> std::result::Result<Value, Halt>;
}

/// Why the pieces of a list end early.
pub enum Stop {
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// The host ended it.
    Done,
    /// Something is wrong.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// What a piece comes to.
pub type Outcome<T> = std::result::Result<T, Stop>;

/// Carries `template` out for `data`.
///
/// # Errors
/// What stopped it.
pub fn render(template: &Template, data: &Value, host: &mut dyn Host) -> Result<()> {
    let mut state = State {
        template,
        host,
        variables: vec![("$".into(), data.clone())],
        depth: 0,
    };
    match state.list(&template.main, data) {
        Err(Stop::Fault(error)) => Err(error),
        _ => Ok(()),
    }
}

/// Where a rendering is.
pub struct State<'a> {
    template: &'a Template,
    pub(super) host: &'a mut dyn Host,
    pub(super) variables: Vec<(Arc<str>, Value)>,
    depth: usize,
}

impl State<'_> {
    /// Goes one level down.
    ///
    /// # Errors
    /// Beyond [`DEEPEST`].
    pub(super) fn down(&mut self, at: usize) -> Outcome<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let what = format!("goes more than {DEEPEST} levels deep");
            return Err(Error::new(at, what)
                .hint("a template that calls itself has to end")
                .into());
        }
        Ok(())
    }

    /// Comes up again.
    pub(super) fn up(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// What a host says, at a place.
    pub(super) fn halted(at: usize, halt: Halt) -> Stop {
        match halt {
            Halt::Done => Stop::Done,
            Halt::Fault(what, hint) => Stop::Fault(Error { at, what, hint }),
        }
    }

    pub(super) fn spend(&mut self, at: usize, steps: u64) -> Outcome<()> {
        let spent = self.host.budget().spend(steps);
        spent.map_err(|what| Error::new(at, what).into())
    }

    fn list(&mut self, nodes: &[Node], dot: &Value) -> Outcome<()> {
        for node in nodes {
            match node {
                Node::Text(range) => {
                    let text = self.template.text.as_bytes();
                    self.spend(range.start, 1)?;
                    self.write(range.start, &text[range.clone()])?;
                }
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.print(pipe.at, &value)?;
                    }
                }
                Node::Branch(branch) => self.branch(branch, dot)?,
                Node::Template { at, name, pipe } => {
                    self.template(*at, name, pipe.as_ref(), dot)?
                }
                Node::Break => return Err(Stop::Break),
                Node::Continue => return Err(Stop::Continue),
            }
        }
        Ok(())
    }

    fn write(&mut self, at: usize, data: &[u8]) -> Outcome<()> {
        let written = self.host.write(data);
        written.map_err(|halt| Self::halted(at, halt))
    }

    fn print(&mut self, at: usize, value: &Value) -> Outcome<()> {
        if let Value::Text(text) = value {
            let text = text.clone();
            return self.write(at, &text);
        }
        let text = print::top(value).map_err(|what| Error::new(at, what))?;
        self.spend(at, 1 + text.len() as u64 / 64)?;
        self.write(at, &text)
    }

    fn branch(&mut self, branch: &Branch, dot: &Value) -> Outcome<()> {
        let before = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        self.down(branch.pipe.at)?;
        let done = match branch.kind {
            Kind::Range => self.range(branch, &value, dot),
            Kind::If if value.truth() => self.list(&branch.body, dot),
            Kind::With if value.truth() => self.list(&branch.body, &value),
            Kind::If | Kind::With => self.list(&branch.other, dot),
        };
        self.up();
        self.variables.truncate(before);
        done
    }

    fn range(&mut self, branch: &Branch, over: &Value, dot: &Value) -> Outcome<()> {
        let at = branch.pipe.at;
        let mut any = false;
        let mut turn = |state: &mut Self, key: Value, value: Value| {
            any = true;
            state.turn(branch, key, value)
        };
        let over = over.plain();
        match &over {
            Value::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    if turn(self, Value::int(index), item.clone())? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                // The map may be changed inside; Go goes through the keys that there were.
                let keys: Vec<_> = map.read().keys().cloned().collect();
                self.spend(at, keys.len() as u64)?;
                for key in keys {
                    let item = map.read().get(&key).cloned().unwrap_or(Value::Nil);
                    if turn(self, Value::Text(key), item)? {
                        break;
                    }
                }
            }
            Value::Int(number, _) if branch.pipe.variables.len() < 2 => {
                let mut index = 0;
                while index < *number {
                    let value = Value::Int(index, Int::Int);
                    if turn(self, Value::Nil, value)? {
                        break;
                    }
                    index += 1;
                }
            }
            Value::Nil => {}
            other => {
                let what = format!(
                    "range goes through lists and maps, not {}",
                    print::told(other)
                );
                return Err(Error::new(at, what).into());
            }
        }
        if any {
            return Ok(());
        }
        self.list(&branch.other, dot)
    }

    /// One turn of a loop; whether it was the last.
    fn turn(&mut self, branch: &Branch, key: Value, value: Value) -> Outcome<bool> {
        self.spend(branch.pipe.at, 1)?;
        let names = &branch.pipe.variables;
        let before = self.variables.len();
        match names.as_slice() {
            [] => {}
            [one] => self.set(branch, one, value.clone()),
            [first, second, ..] => {
                self.set(branch, first, key);
                self.set(branch, second, value.clone());
            }
        }
        let done = self.list(&branch.body, &value);
        self.variables.truncate(before);
        match done {
            Ok(()) | Err(Stop::Continue) => Ok(false),
            Err(Stop::Break) => Ok(true),
            Err(other) => Err(other),
        }
    }

    fn set(&mut self, branch: &Branch, name: &Arc<str>, value: Value) {
        match branch.pipe.assigns {
            true => self.assign(name, value),
            false => self.variables.push((name.clone(), value)),
        }
    }

    /// Changes the nearest variable of that name.
    pub(super) fn assign(&mut self, name: &str, value: Value) {
        let found = self
            .variables
            .iter_mut()
            .rev()
            .find(|(known, _)| **known == *name);
        if let Some((_, held)) = found {
            *held = value;
        }
    }

    fn template(&mut self, at: usize, name: &str, pipe: Option<&Pipe>, dot: &Value) -> Outcome<()> {
        self.spend(at, 50)?;
        let before = self.variables.len();
        let value = match pipe {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Value::Nil,
        };
        self.variables.truncate(before);
        let Some(nodes) = self.template.defined.get(name) else {
            let fault = Error::new(at, format!("no template {name:?} is defined"));
            let known = self.template.defined.keys().map(String::as_str);
            let hint = suggest::hint(name, known);
            let hint = hint.unwrap_or_else(|| {
                "templates are defined in the same file: {{define \"x\"}}…{{end}}".into()
            });
            return Err(fault.hint(hint).into());
        };
        self.down(at)?;
        let outer = std::mem::replace(&mut self.variables, vec![("$".into(), value.clone())]);
        let done = self.list(nodes, &value);
        self.variables = outer;
        self.up();
        done
    }
}
