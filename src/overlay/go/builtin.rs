//! The functions built into the language.

use bytes::Bytes;

use super::compare::{eq, ge, gt, le, lt, ne};
use super::eval::entry;
use super::print::escape;
use super::value::{Int, Value};
use super::{Function, MANY, Run, Yield, print, printf as format};
use crate::overlay::budget::Budget;

/// What every template may call.
pub static BUILTINS: [Function; 19] = [
    Function {
        name: "and",
        args: (1, MANY),
        run: Run::And,
    },
    Function {
        name: "or",
        args: (1, MANY),
        run: Run::Or,
    },
    Function::pure("not", 1, 1, not),
    Function::pure("eq", 2, MANY, eq),
    Function::pure("ne", 2, 2, ne),
    Function::pure("lt", 2, 2, lt),
    Function::pure("le", 2, 2, le),
    Function::pure("gt", 2, 2, gt),
    Function::pure("ge", 2, 2, ge),
    Function::pure("len", 1, 1, len),
    Function::pure("index", 1, MANY, index),
    Function::pure("slice", 1, 4, slice),
    Function::pure("print", 0, MANY, print_all),
    Function::pure("println", 0, MANY, println),
    Function::pure("printf", 1, MANY, printf),
    Function::pure("html", 0, MANY, html),
    Function::pure("js", 0, MANY, js),
    Function::pure("urlquery", 0, MANY, urlquery),
    Function::pure("call", 1, MANY, call),
];

fn not(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(!args[0].truth()))
}

fn call(_: &mut Budget, args: &[Value]) -> Yield {
    Err(format!(
        "{} is no function that can be called",
        print::told(&args[0])
    ))
}

fn len(_: &mut Budget, args: &[Value]) -> Yield {
    match args[0].plain() {
        Value::Text(text) => Ok(Value::int(text.len())),
        Value::List(list) => Ok(Value::int(list.items.len())),
        Value::Map(map) => Ok(Value::int(map.read().len())),
        other => Err(format!("{} has no length", print::told(&other))),
    }
}

/// A number that counts from 0, at most `most`.
fn at(value: &Value, most: usize) -> Result<usize, String> {
    match value.plain() {
        Value::Int(number, _) => usize::try_from(number)
            .ok()
            .filter(|number| *number <= most)
            .ok_or_else(|| format!("{number} is out of range: there are {most}")),
        other => Err(format!(
            "{} is no position; it must be a whole number",
            print::told(&other)
        )),
    }
}

fn index(_: &mut Budget, args: &[Value]) -> Yield {
    let mut value = args[0].plain();
    if matches!(value, Value::Nil) {
        return Err("nothing is not indexed: a key is missing, or nil".into());
    }
    for key in &args[1..] {
        value = match (&value, key.plain()) {
            (Value::List(list), key) => {
                let at = at(&key, list.items.len())?;
                let out = || format!("{at} is out of range: there are {}", list.items.len());
                list.items.get(at).ok_or_else(out)?.clone()
            }
            (Value::Text(text), key) => {
                let at = at(&key, text.len())?;
                let byte = text
                    .get(at)
                    .ok_or_else(|| format!("{at} is out of range: there are {}", text.len()))?;
                Value::Int(i128::from(*byte), Int::Uint8)
            }
            (Value::Map(map), Value::Text(key)) => entry(map, &key),
            (Value::Map(_), key) => {
                return Err(format!(
                    "a map is indexed with a text, not {}",
                    print::told(&key)
                ));
            }
            (other, _) => return Err(format!("{} cannot be indexed", print::told(other))),
        };
    }
    Ok(value)
}

fn slice(_: &mut Budget, args: &[Value]) -> Yield {
    let value = args[0].plain();
    let length = match &value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.items.len(),
        other => return Err(format!("{} cannot be cut", print::told(other))),
    };
    if args.len() == 4 && matches!(value, Value::Text(_)) {
        return Err("a text is cut with two positions at most".into());
    }
    let places: Result<Vec<usize>, String> = args[1..].iter().map(|arg| at(arg, length)).collect();
    let places = places?;
    let from = places.first().copied().unwrap_or(0);
    let to = places.get(1).copied().unwrap_or(length);
    if from > to || places.get(2).is_some_and(|most| to > *most) {
        return Err(format!(
            "the positions {from} and {to} are in the wrong order"
        ));
    }
    Ok(match value {
        Value::Text(text) => Value::Text(text.slice(from..to)),
        Value::List(list) => Value::typed(list.items[from..to].to_vec(), list.of),
        other => other,
    })
}

fn print_all(_: &mut Budget, args: &[Value]) -> Yield {
    print::all(args).map(Value::Text)
}

fn println(_: &mut Budget, args: &[Value]) -> Yield {
    print::line(args).map(Value::Text)
}

fn printf(_: &mut Budget, args: &[Value]) -> Yield {
    match args[0].plain() {
        Value::Text(text) => format(&text, &args[1..]).map(Value::Text),
        other => Err(format!(
            "the format must be a text, not {}",
            print::told(&other)
        )),
    }
}

/// One text as it is, anything else as `print` writes it.
fn flat(args: &[Value]) -> Result<Bytes, String> {
    match args {
        [Value::Text(text)] => Ok(text.clone()),
        args => {
            // What is not there prints here as in an action.
            let shown = |arg: &Value| match arg {
                Value::Nil => Value::text("<no value>"),
                other => other.clone(),
            };
            print::all(&args.iter().map(shown).collect::<Vec<_>>())
        }
    }
}

fn html(_: &mut Budget, args: &[Value]) -> Yield {
    flat(args).map(|text| Value::Text(escape::html(&text)))
}

fn js(_: &mut Budget, args: &[Value]) -> Yield {
    flat(args).map(|text| Value::Text(escape::js(&text)))
}

fn urlquery(_: &mut Budget, args: &[Value]) -> Yield {
    flat(args).map(|text| Value::Text(escape::urlquery(&text)))
}
