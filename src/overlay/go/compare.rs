//! `eq` and its family.

use std::cmp::Ordering;

use super::print;
use super::value::Value;
use crate::overlay::budget::Budget;

/// Whether two values are equal all the way down, whatever they are, as Go's `reflect.DeepEqual` has it.
///
/// # Errors
/// When it takes too long.
pub fn equal(budget: &mut Budget, a: &Value, b: &Value) -> Result<bool, String> {
    deep(budget, a, b, 0)
}

fn deep(budget: &mut Budget, a: &Value, b: &Value, depth: usize) -> Result<bool, String> {
    budget.spend(1)?;
    if depth > 100 {
        return Err("the values are nested more than 100 deep".into());
    }
    match (a, b) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a, of), Value::Int(b, other)) => Ok(a == b && of == other),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        (Value::List(a), Value::List(b)) => {
            if a.items.len() != b.items.len() || a.of != b.of {
                return Ok(false);
            }
            for (a, b) in a.items.iter().zip(&b.items) {
                if !deep(budget, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(a), Value::Map(b)) => {
            let (a, b) = (a.read().clone(), b.read().clone());
            if a.len() != b.len() {
                return Ok(false);
            }
            for ((key, a), (other, b)) in a.iter().zip(&b) {
                if key != other || !deep(budget, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(one), Value::Object(two)) => {
            if std::sync::Arc::ptr_eq(one, two) {
                return Ok(true);
            }
            match (one.plain(), two.plain()) {
                (Some(one), Some(two)) if a.type_name() == b.type_name() => {
                    deep(budget, &one, &two, depth + 1)
                }
                _ => Ok(false),
            }
        }
        _ => Ok(false),
    }
}

/// `eq a b…`: whether the first is any of the others.
pub fn eq(_: &mut Budget, args: &[Value]) -> super::Yield {
    let (first, others) = args.split_first().ok_or("nothing to compare")?;
    let first = first.plain();
    for other in others {
        if same(&first, &other.plain())? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// `ne a b`
pub fn ne(_: &mut Budget, args: &[Value]) -> super::Yield {
    same(&args[0].plain(), &args[1].plain()).map(|same| Value::Bool(!same))
}

fn same(a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Nil, other) | (other, Value::Nil) => Ok(matches!(other, Value::Nil)),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a, _), Value::Int(b, _)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        (Value::List(_) | Value::Map(_), Value::List(_) | Value::Map(_)) => {
            Err("lists and maps cannot be compared; deepEqual does it".into())
        }
        (Value::Object(a), Value::Object(b)) => match (a.text(), b.text()) {
            (Some(one), Some(two)) if a.type_name() == b.type_name() => Ok(one == two),
            _ => Ok(std::sync::Arc::ptr_eq(a, b)),
        },
        (a, b) => Err(unlike(a, b)),
    }
}

fn unlike(a: &Value, b: &Value) -> String {
    let mut what = format!(
        "{} and {} are of different types and cannot be compared",
        print::told(a),
        print::told(b)
    );
    if let (Value::Int(..), Value::Text(_)) | (Value::Text(_), Value::Int(..)) = (a, b) {
        what.push_str("; a number in quotes is a text");
    }
    what
}

/// Which of two comes first; none for a number that is none.
///
/// # Errors
/// A sentence for what has no order.
pub fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    match (a, b) {
        (Value::Int(a, _), Value::Int(b, _)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        (Value::Bool(_) | Value::Nil | Value::List(_) | Value::Map(_) | Value::Object(_), _) => {
            Err(format!("{} has no order", print::told(a)))
        }
        (a, b) => Err(unlike(a, b)),
    }
}

fn ordered(args: &[Value], fits: impl Fn(Ordering) -> bool) -> super::Yield {
    let found = order(&args[0].plain(), &args[1].plain())?;
    Ok(Value::Bool(found.is_some_and(fits)))
}

/// `lt a b`
pub fn lt(_: &mut Budget, args: &[Value]) -> super::Yield {
    ordered(args, Ordering::is_lt)
}

/// `le a b`
pub fn le(_: &mut Budget, args: &[Value]) -> super::Yield {
    ordered(args, Ordering::is_le)
}

/// `gt a b`
pub fn gt(_: &mut Budget, args: &[Value]) -> super::Yield {
    ordered(args, Ordering::is_gt)
}

/// `ge a b`
pub fn ge(_: &mut Budget, args: &[Value]) -> super::Yield {
    ordered(args, Ordering::is_ge)
}
