//! Lists.

use super::super::go::{Budget, Function, MANY, Of, Value, Yield, equal};
use super::args::{few, list, number, whole};

/// The functions.
pub static FUNCTIONS: [Function; 36] = [
    Function::pure("list", 0, MANY, make),
    Function::pure("tuple", 0, MANY, make),
    Function::pure("append", 2, 2, append),
    Function::pure("push", 2, 2, append),
    Function::pure("mustAppend", 2, 2, append),
    Function::pure("mustPush", 2, 2, append),
    Function::pure("prepend", 2, 2, prepend),
    Function::pure("mustPrepend", 2, 2, prepend),
    Function::pure("first", 1, 1, first),
    Function::pure("mustFirst", 1, 1, first),
    Function::pure("rest", 1, 1, rest),
    Function::pure("mustRest", 1, 1, rest),
    Function::pure("last", 1, 1, last),
    Function::pure("mustLast", 1, 1, last),
    Function::pure("initial", 1, 1, initial),
    Function::pure("mustInitial", 1, 1, initial),
    Function::pure("reverse", 1, 1, reverse),
    Function::pure("mustReverse", 1, 1, reverse),
    Function::pure("uniq", 1, 1, uniq),
    Function::pure("mustUniq", 1, 1, uniq),
    Function::pure("without", 1, MANY, without),
    Function::pure("mustWithout", 1, MANY, without),
    Function::pure("has", 2, 2, has),
    Function::pure("mustHas", 2, 2, has),
    Function::pure("slice", 1, 3, slice),
    Function::pure("mustSlice", 1, 3, slice),
    Function::pure("concat", 0, MANY, concat),
    Function::pure("chunk", 2, 2, chunk),
    Function::pure("mustChunk", 2, 2, chunk),
    Function::pure("compact", 1, 1, compact),
    Function::pure("mustCompact", 1, 1, compact),
    Function::pure("until", 1, 1, until),
    Function::pure("untilStep", 3, 3, until_step),
    Function::pure("seq", 0, 3, seq),
    Function::pure("all", 0, MANY, all),
    Function::pure("any", 0, MANY, any),
];

fn make(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::list(args.to_vec()))
}

fn all(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(args.iter().all(Value::truth)))
}

fn any(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(args.iter().any(Value::truth)))
}

fn append(_: &mut Budget, args: &[Value]) -> Yield {
    let mut items = list(args, 0)?.items.clone();
    items.push(args[1].clone());
    Ok(Value::list(items))
}

fn prepend(_: &mut Budget, args: &[Value]) -> Yield {
    let mut items = vec![args[1].clone()];
    items.extend_from_slice(&list(args, 0)?.items);
    Ok(Value::list(items))
}

fn first(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(list(args, 0)?.items.first().cloned().unwrap_or(Value::Nil))
}

fn last(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(list(args, 0)?.items.last().cloned().unwrap_or(Value::Nil))
}

/// All but one; of none, Go's list that is `nil`.
fn cut(items: Option<&[Value]>) -> Yield {
    match items {
        Some(items) => Ok(Value::list(items.to_vec())),
        None => Ok(nil()),
    }
}

fn nil() -> Value {
    let list = super::super::go::List {
        items: Vec::new(),
        of: Of::Any,
        nil: true,
    };
    Value::List(list.into())
}

fn rest(_: &mut Budget, args: &[Value]) -> Yield {
    cut(list(args, 0)?.items.split_first().map(|(_, rest)| rest))
}

fn initial(_: &mut Budget, args: &[Value]) -> Yield {
    cut(list(args, 0)?.items.split_last().map(|(_, rest)| rest))
}

fn reverse(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::list(
        list(args, 0)?.items.iter().rev().cloned().collect(),
    ))
}

/// Whether a list holds something.
fn holds(budget: &mut Budget, items: &[Value], sought: &Value) -> Result<bool, String> {
    for item in items {
        if equal(budget, item, sought)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(budget: &mut Budget, args: &[Value]) -> Yield {
    let mut items: Vec<Value> = Vec::new();
    for item in &list(args, 0)?.items {
        if !holds(budget, &items, item)? {
            items.push(item.clone());
        }
    }
    Ok(Value::list(items))
}

fn without(budget: &mut Budget, args: &[Value]) -> Yield {
    let mut items = Vec::new();
    for item in &list(args, 0)?.items {
        if !holds(budget, &args[1..], item)? {
            items.push(item.clone());
        }
    }
    Ok(Value::list(items))
}

fn has(budget: &mut Budget, args: &[Value]) -> Yield {
    if matches!(args[1], Value::Nil) {
        return Ok(Value::Bool(false));
    }
    let list = list(args, 1)?;
    holds(budget, &list.items, &args[0].plain()).map(Value::Bool)
}

fn slice(_: &mut Budget, args: &[Value]) -> Yield {
    // The language's own function of that name cuts texts.
    if let Value::Text(text) = args[0].plain() {
        let (from, to) = ends(args, text.len())?;
        return Ok(Value::Text(text.slice(from..to)));
    }
    let list = list(args, 0)?;
    if list.items.is_empty() {
        return Ok(Value::Nil);
    }
    let (from, to) = ends(args, list.items.len())?;
    Ok(Value::typed(list.items[from..to].to_vec(), list.of))
}

fn ends(args: &[Value], length: usize) -> Result<(usize, usize), String> {
    let from = args.get(1).map_or(0, number);
    let to = args.get(2).map_or(length as i64, number);
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    range
        .filter(|(from, to)| from <= to && *to <= length)
        .ok_or_else(|| format!("{from} to {to} lies outside of the {length} that there are"))
}

fn concat(_: &mut Budget, args: &[Value]) -> Yield {
    let mut items = Vec::new();
    for at in 0..args.len() {
        items.extend_from_slice(&list(args, at)?.items);
    }
    Ok(if items.is_empty() {
        nil()
    } else {
        Value::list(items)
    })
}

fn chunk(_: &mut Budget, args: &[Value]) -> Yield {
    let size = usize::try_from(whole(args, 0)?)
        .ok()
        .filter(|size| *size > 0);
    let size = size.ok_or("the size must be 1 or more")?;
    let list = list(args, 1)?;
    let chunks = list
        .items
        .chunks(size)
        .map(|part| Value::list(part.to_vec()));
    Ok(Value::typed(chunks.collect(), Of::Named("[]interface {}")))
}

fn compact(_: &mut Budget, args: &[Value]) -> Yield {
    let list = list(args, 0)?;
    Ok(Value::list(
        list.items
            .iter()
            .filter(|item| item.truth())
            .cloned()
            .collect(),
    ))
}

/// `from`, `from + step`, … before `to`.
fn steps(budget: &mut Budget, from: i64, to: i64, step: i64) -> Result<Vec<i64>, String> {
    let toward = i128::from(to) - i128::from(from);
    if step == 0 || toward == 0 || (toward > 0) != (step > 0) {
        return Ok(Vec::new());
    }
    let count = few((toward.abs() + i128::from(step).abs() - 1) / i128::from(step).abs())?;
    budget.spend(count as u64)?;
    Ok((0..count as i64)
        .map(|at| from.wrapping_add(at.wrapping_mul(step)))
        .collect())
}

fn ints(numbers: Vec<i64>) -> Value {
    let int = |number| Value::Int(i128::from(number), super::super::go::Int::Int);
    Value::typed(numbers.into_iter().map(int).collect(), Of::Int)
}

fn until(budget: &mut Budget, args: &[Value]) -> Yield {
    let count = whole(args, 0)?;
    steps(budget, 0, count, if count < 0 { -1 } else { 1 }).map(ints)
}

fn until_step(budget: &mut Budget, args: &[Value]) -> Yield {
    steps(budget, whole(args, 0)?, whole(args, 1)?, whole(args, 2)?).map(ints)
}

fn seq(budget: &mut Budget, args: &[Value]) -> Yield {
    let (from, step, to) = match args.len() {
        0 => return Ok(Value::text("")),
        1 => (1, None, whole(args, 0)?),
        2 => (whole(args, 0)?, None, whole(args, 1)?),
        _ => (whole(args, 0)?, Some(whole(args, 1)?), whole(args, 2)?),
    };
    let way = if to < from { -1 } else { 1 };
    if to < from && step.is_some_and(|step| step > 0) {
        return Ok(Value::text(""));
    }
    let numbers = steps(budget, from, to.saturating_add(way), step.unwrap_or(way))?;
    let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Ok(Value::text(&words.join(" ")))
}
