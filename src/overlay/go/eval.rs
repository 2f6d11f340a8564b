//! Pipelines to values.

use std::sync::Arc;

use super::exec::{Outcome, State};
use super::print;
use super::syntax::{Command, Name, Pipe, What, Word};
use super::value::{Map, Value};
use super::{Error, Function, LONGEST, MANY, Run};
use crate::kit::suggest;

impl State<'_> {
    /// What a pipeline comes to; its variables are declared or assigned.
    pub(super) fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Outcome<Value> {
        self.spend(pipe.at, 1)?;
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Value::Nil);
        // A loop gives its variables their values itself, at each turn.
        for name in &pipe.variables {
            match pipe.assigns {
                true => self.assign(name, value.clone()),
                false => self.variables.push((name.clone(), value.clone())),
            }
        }
        Ok(value)
    }

    /// `last` is what the command before it in the pipeline came to.
    fn command(&mut self, command: &Command, dot: &Value, last: Option<Value>) -> Outcome<Value> {
        let Some((first, rest)) = command.words.split_first() else {
            return Ok(Value::Nil);
        };
        match &first.kind {
            What::Function(function) => self.function(first.at, function, rest, dot, last),
            What::Field(names) => self.chain(dot.clone(), names, Some((rest, last)), dot),
            What::Variable(name, names) if !names.is_empty() => {
                let value = self.variable(name);
                self.chain(value, names, Some((rest, last)), dot)
            }
            What::Chain(inner, names) => {
                let value = self.word(inner, dot)?;
                self.chain(value, names, Some((rest, last)), dot)
            }
            _ if !rest.is_empty() || last.is_some() => {
                let what = format!(
                    "`{}` is no function and can be given nothing",
                    first.shown()
                );
                Err(Error::new(first.at, what).into())
            }
            _ => self.word(first, dot),
        }
    }

    /// What an operand that is given nothing comes to.
    fn word(&mut self, word: &Word, dot: &Value) -> Outcome<Value> {
        match &word.kind {
            What::Dot => Ok(dot.clone()),
            What::Nil => Ok(Value::Nil),
            What::Constant(value) => Ok(value.clone()),
            What::Field(names) => self.chain(dot.clone(), names, None, dot),
            What::Variable(name, names) => {
                let value = self.variable(name);
                self.chain(value, names, None, dot)
            }
            What::Function(function) => self.function(word.at, function, &[], dot, None),
            What::Pipe(pipe) => {
                self.down(word.at)?;
                let value = self.pipe(pipe, dot)?;
                self.up();
                Ok(value)
            }
            What::Chain(inner, names) => {
                let value = self.word(inner, dot)?;
                self.chain(value, names, None, dot)
            }
        }
    }

    fn variable(&self, name: &str) -> Value {
        let found = self
            .variables
            .iter()
            .rev()
            .find(|(known, _)| **known == *name);
        found.map_or(Value::Nil, |(_, value)| value.clone())
    }

    /// Goes from a value through names; the last of them may be a method that is given arguments.
    fn chain(
        &mut self,
        mut value: Value,
        names: &[Name],
        given: Option<(&[Word], Option<Value>)>,
        dot: &Value,
    ) -> Outcome<Value> {
        let Some(((at, last), before)) = names.split_last() else {
            return Ok(value);
        };
        for (at, name) in before {
            value = member(*at, &value, name, &[])?;
        }
        let (words, piped) = given.unwrap_or((&[], None));
        if words.is_empty() && piped.is_none() {
            return Ok(member(*at, &value, last, &[])?);
        }
        let method = matches!(&value, Value::Object(object) if object.is_method(last));
        if !method && !matches!(value, Value::Nil) {
            let what = format!("`.{last}` is no method and can be given nothing");
            return Err(Error::new(*at, what).into());
        }
        let args = self.arguments(words, dot, piped)?;
        Ok(member(*at, &value, last, &args)?)
    }

    fn arguments(
        &mut self,
        words: &[Word],
        dot: &Value,
        last: Option<Value>,
    ) -> Outcome<Vec<Value>> {
        let mut args = Vec::with_capacity(words.len() + 1);
        for word in words {
            args.push(self.word(word, dot)?);
        }
        args.extend(last);
        Ok(args)
    }

    fn function(
        &mut self,
        at: usize,
        function: &'static Function,
        words: &[Word],
        dot: &Value,
        last: Option<Value>,
    ) -> Outcome<Value> {
        let (least, most) = function.args;
        let count = words.len() + usize::from(last.is_some());
        let name = function.name;
        if count < least || count > most {
            let wants = match (least, most) {
                (least, MANY) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            let what = format!(
                "{name} wants {wants} argument{}, and is given {count}",
                if wants == "1" { "" } else { "s" }
            );
            return Err(Error::new(at, what).into());
        }
        match function.run {
            Run::And => return self.until(false, words, dot, last),
            Run::Or => return self.until(true, words, dot, last),
            Run::Refused(why) => {
                return Err(Error::new(at, format!("{name} is not carried out: {why}")).into());
            }
            Run::Pure(_) | Run::Host => {}
        }
        let args = self.arguments(words, dot, last)?;
        self.spend(at, 1 + args.iter().map(size).sum::<u64>())?;
        let value = match function.run {
            Run::Pure(run) => {
                run(self.host.budget(), &args).map_err(|what| failed(at, name, &what, &args))?
            }
            _ => self
                .host
                .call(name, &args)
                .map_err(|halt| Self::halted(at, halt))?,
        };
        if let Value::Text(text) = &value
            && text.len() > LONGEST
        {
            return Err(Error::new(at, format!("{name} makes a text of more than 16 MiB")).into());
        }
        self.spend(at, size(&value))?;
        Ok(value)
    }

    /// `and` and `or`: the first argument whose truth is `sought`, else the last; what comes after it is not looked at.
    fn until(
        &mut self,
        sought: bool,
        words: &[Word],
        dot: &Value,
        last: Option<Value>,
    ) -> Outcome<Value> {
        let mut value = Value::Nil;
        for word in words {
            value = self.word(word, dot)?;
            if value.truth() == sought {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }
}

fn failed(at: usize, name: &str, what: &str, args: &[Value]) -> Error {
    let given = args.iter().map(print::told).collect::<Vec<_>>();
    let given = if given.is_empty() {
        "nothing".into()
    } else {
        given.join(", ")
    };
    Error::new(at, format!("{name}: {what}")).hint(format!("it is given {given}"))
}

/// What going through a value costs: its elements, at the top level.
fn size(value: &Value) -> u64 {
    match value {
        Value::Text(text) => text.len() as u64 / crate::overlay::budget::TEXT,
        Value::List(list) => list.items.len() as u64 / 4,
        Value::Map(map) => map.read().len() as u64 / 4,
        _ => 0,
    }
}

/// The member `name` of a value.
fn member(at: usize, value: &Value, name: &Arc<str>, args: &[Value]) -> Result<Value, Error> {
    match value {
        // As Go: a chain that begins with a missing key stays missing.
        Value::Nil => Ok(Value::Nil),
        Value::Map(map) => Ok(map
            .read()
            .get(name.as_bytes())
            .cloned()
            .unwrap_or(Value::Nil)),
        Value::Object(object) => match object.member(name, args) {
            Some(Ok(value)) => Ok(value),
            Some(Err(what)) => Err(Error::new(at, format!(".{name}: {what}"))),
            None => match object.plain() {
                Some(plain @ (Value::Map(_) | Value::Object(_))) => member(at, &plain, name, args),
                _ => Err(lacking(at, object.type_name(), name, &object.names())),
            },
        },
        other => {
            let what = format!(
                "`.{name}` is asked of {}, which has no fields",
                print::told(other)
            );
            Err(Error::new(at, what))
        }
    }
}

fn lacking(at: usize, of: &str, name: &str, names: &[&'static str]) -> Error {
    let fault = Error::new(at, format!("{of} has no field or method `{name}`"));
    match suggest::hint(name, names.iter().copied()) {
        Some(hint) => fault.hint(hint),
        None => fault.hint(format!("there is: {}", names.join(", "))),
    }
}

/// The value under a key; none of ours ever fails.
pub fn entry(map: &Map, key: &[u8]) -> Value {
    map.read()
        .get(key)
        .cloned()
        .unwrap_or_else(|| map.of.zero())
}
