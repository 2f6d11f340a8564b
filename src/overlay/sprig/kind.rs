//! What a value is, and what stands in for one that is empty.

use super::super::go::{Budget, Function, MANY, Value, Yield};
use super::args::{string, text, truth};

/// The functions.
pub static FUNCTIONS: [Function; 9] = [
    Function::pure("default", 1, MANY, default),
    Function::pure("empty", 1, 1, |_, args| Ok(Value::Bool(!args[0].truth()))),
    Function::pure("coalesce", 0, MANY, coalesce),
    Function::pure("ternary", 3, 3, ternary),
    Function::pure("typeOf", 1, 1, |_, args| {
        Ok(Value::text(&type_of(&args[0])))
    }),
    Function::pure("typeIs", 2, 2, type_is),
    Function::pure("typeIsLike", 2, 2, type_is_like),
    Function::pure("kindOf", 1, 1, |_, args| Ok(Value::text(kind_of(&args[0])))),
    Function::pure("kindIs", 2, 2, kind_is),
];

fn default(_: &mut Budget, args: &[Value]) -> Yield {
    let given = args.get(1).filter(|given| given.truth());
    Ok(given.unwrap_or(&args[0]).clone())
}

fn coalesce(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(args
        .iter()
        .find(|arg| arg.truth())
        .cloned()
        .unwrap_or(Value::Nil))
}

fn ternary(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(args[usize::from(!truth(args, 2)?)].clone())
}

fn type_of(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".into(),
        other => other.type_name(),
    }
}

fn type_is(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(string(args, 0)? == type_of(&args[1])))
}

fn type_is_like(_: &mut Budget, args: &[Value]) -> Yield {
    let (sought, found) = (string(args, 0)?, type_of(&args[1]));
    Ok(Value::Bool(
        sought == found || format!("*{sought}") == found,
    ))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_, of) => of.word(),
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => match (object.plain(), object.type_name()) {
            (_, name) if name.starts_with('*') => "ptr",
            (Some(plain), _) => kind_of(&plain),
            (None, name) if name.starts_with("net.IP") => "slice",
            _ => "struct",
        },
    }
}

fn kind_is(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(text(args, 0)? == kind_of(&args[1]).as_bytes()))
}
