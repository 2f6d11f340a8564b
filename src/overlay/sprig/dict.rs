//! Dicts, the only values that can be changed.

use std::sync::Arc;

use super::super::go::{Budget, Entries, Function, MANY, Map, Value, Yield};
use super::args::{dict, spelled, text};

/// How deep dicts may be nested in one another.
const DEEPEST: usize = 64;

/// The functions.
pub static FUNCTIONS: [Function; 18] = [
    Function::pure("dict", 0, MANY, make),
    Function::pure("get", 2, 2, get),
    Function::pure("set", 3, 3, set),
    Function::pure("unset", 2, 2, unset),
    Function::pure("hasKey", 2, 2, has_key),
    Function::pure("pluck", 1, MANY, pluck),
    Function::pure("keys", 0, MANY, keys),
    Function::pure("values", 1, 1, values),
    Function::pure("pick", 1, MANY, pick),
    Function::pure("omit", 1, MANY, omit),
    Function::pure("merge", 1, MANY, merge),
    Function::pure("mustMerge", 1, MANY, merge),
    Function::pure("mergeOverwrite", 1, MANY, overwrite),
    Function::pure("mustMergeOverwrite", 1, MANY, overwrite),
    Function::pure("deepCopy", 1, 1, deep_copy),
    Function::pure("mustDeepCopy", 1, 1, deep_copy),
    Function::pure("dig", 3, MANY, dig),
    Function::pure("deepEqual", 2, 2, deep_equal),
];

fn make(_: &mut Budget, args: &[Value]) -> Yield {
    let mut entries = Entries::new();
    for pair in args.chunks(2) {
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::text(""));
        entries.insert(spelled(&pair[0])?, value);
    }
    Ok(Value::map(entries))
}

fn get(_: &mut Budget, args: &[Value]) -> Yield {
    let found = dict(args, 0)?.read().get(&text(args, 1)?).cloned();
    Ok(found.unwrap_or_else(|| Value::text("")))
}

fn set(budget: &mut Budget, args: &[Value]) -> Yield {
    let (map, key) = (dict(args, 0)?, text(args, 1)?);
    put(budget, &map, key, args[2].clone())?;
    Ok(args[0].clone())
}

/// Puts a value into a dict, unless the dict would then hold itself.
fn put(budget: &mut Budget, map: &Arc<Map>, key: bytes::Bytes, value: Value) -> Result<(), String> {
    apart(budget, map, &value, 0)?;
    map.write().insert(key, value);
    Ok(())
}

fn apart(budget: &mut Budget, map: &Arc<Map>, value: &Value, depth: usize) -> Result<(), String> {
    budget.spend(1)?;
    if depth > DEEPEST {
        return Err(format!("the value is nested more than {DEEPEST} deep"));
    }
    match value {
        Value::Map(inner) if Arc::ptr_eq(inner, map) => Err("a dict cannot hold itself".into()),
        Value::Map(inner) => {
            let inner: Vec<Value> = inner.read().values().cloned().collect();
            inner
                .iter()
                .try_for_each(|value| apart(budget, map, value, depth + 1))
        }
        Value::List(list) => list
            .items
            .iter()
            .try_for_each(|value| apart(budget, map, value, depth + 1)),
        _ => Ok(()),
    }
}

fn unset(_: &mut Budget, args: &[Value]) -> Yield {
    dict(args, 0)?.write().remove(&text(args, 1)?);
    Ok(args[0].clone())
}

fn has_key(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(
        dict(args, 0)?.read().contains_key(&text(args, 1)?),
    ))
}

fn pluck(_: &mut Budget, args: &[Value]) -> Yield {
    let key = text(args, 0)?;
    let mut found = Vec::new();
    for at in 1..args.len() {
        found.extend(dict(args, at)?.read().get(&key).cloned());
    }
    Ok(Value::list(found))
}

/// Sorted, where Go gives them in no order at all.
fn keys(_: &mut Budget, args: &[Value]) -> Yield {
    let mut found = Vec::new();
    for at in 0..args.len() {
        found.extend(dict(args, at)?.read().keys().cloned());
    }
    Ok(Value::texts(found))
}

/// In the order of their keys.
fn values(_: &mut Budget, args: &[Value]) -> Yield {
    let found = dict(args, 0)?.read().values().cloned().collect();
    Ok(Value::list(found))
}

fn chosen(args: &[Value], keep: bool) -> Yield {
    let names = (1..args.len()).map(|at| text(args, at));
    let names: Vec<_> = names.collect::<Result<_, _>>()?;
    let mut entries = dict(args, 0)?.read().clone();
    entries.retain(|key, _| names.contains(key) == keep);
    Ok(Value::map(entries))
}

fn pick(_: &mut Budget, args: &[Value]) -> Yield {
    chosen(args, true)
}

fn omit(_: &mut Budget, args: &[Value]) -> Yield {
    chosen(args, false)
}

fn merge(budget: &mut Budget, args: &[Value]) -> Yield {
    merged(budget, args, false)
}

fn overwrite(budget: &mut Budget, args: &[Value]) -> Yield {
    merged(budget, args, true)
}

fn merged(budget: &mut Budget, args: &[Value], over: bool) -> Yield {
    let into = dict(args, 0)?;
    for at in 1..args.len() {
        join(budget, &into, &dict(args, at)?, over, 0)?;
    }
    Ok(args[0].clone())
}

/// Takes from `from` what `into` lacks or has empty or, with `over`, whatever there is; dicts in both are merged.
fn join(
    budget: &mut Budget,
    into: &Arc<Map>,
    from: &Arc<Map>,
    over: bool,
    depth: usize,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("the dicts are nested more than {DEEPEST} deep"));
    }
    if Arc::ptr_eq(into, from) {
        return Ok(());
    }
    let entries: Vec<_> = from
        .read()
        .iter()
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    for (key, value) in entries {
        budget.spend(1)?;
        let old = into.read().get(&key).cloned();
        match (&old, &value) {
            (Some(Value::Map(old)), Value::Map(new)) => join(budget, old, new, over, depth + 1)?,
            (Some(old), _) if !over && old.truth() => {}
            _ => put(budget, into, key, value)?,
        }
    }
    Ok(())
}

fn deep_copy(budget: &mut Budget, args: &[Value]) -> Yield {
    copy(budget, &args[0], 0)
}

fn copy(budget: &mut Budget, value: &Value, depth: usize) -> Yield {
    budget.spend(1)?;
    if depth > DEEPEST {
        return Err(format!("the value is nested more than {DEEPEST} deep"));
    }
    match value {
        Value::Map(map) => {
            let entries: Vec<_> = map
                .read()
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            let copies = entries
                .into_iter()
                .map(|(k, v)| Ok((k, copy(budget, &v, depth + 1)?)));
            let copies: Entries = copies.collect::<Result<_, String>>()?;
            Ok(Value::Map(Arc::new(Map::new(copies, map.of))))
        }
        Value::List(list) => {
            let copies = list.items.iter().map(|item| copy(budget, item, depth + 1));
            Ok(Value::typed(
                copies.collect::<Result<_, String>>()?,
                list.of,
            ))
        }
        other => Ok(other.clone()),
    }
}

fn dig(_: &mut Budget, args: &[Value]) -> Yield {
    let last = args.len() - 1;
    let mut map = dict(args, last)?;
    for at in 0..last - 1 {
        let key = text(args, at)?;
        let Some(found) = map.read().get(&key).cloned() else {
            return Ok(args[last - 1].clone());
        };
        if at == last - 2 {
            return Ok(found);
        }
        map = dict(&[found], 0)
            .map_err(|_| format!("below {:?} there is no dict", String::from_utf8_lossy(&key)))?;
    }
    Ok(args[last - 1].clone())
}

fn deep_equal(budget: &mut Budget, args: &[Value]) -> Yield {
    super::super::go::equal(budget, &args[0], &args[1]).map(Value::Bool)
}
