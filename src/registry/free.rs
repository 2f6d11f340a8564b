//! Free YAML (resources): from trees, and merged between layers.

use serde_yaml::{Mapping, Number, Value};

use super::tree::{Tree, What};

/// A tree as free YAML. An unquoted scalar becomes a number or a switch only when that is written back as the same text:
/// `6.10`, `0644`, `yes` and `1e3` stay texts.
pub(super) fn value(tree: &Tree<'_>) -> Value {
    match &tree.what {
        What::Scalar(text, plain) => {
            if tree.is_null() {
                Value::Null
            } else if *plain {
                plain_scalar(text)
            } else {
                Value::String(text.to_string())
            }
        }
        What::Seq(items) => Value::Sequence(items.iter().map(value).collect()),
        What::Map(pairs) => Value::Mapping(
            pairs
                .iter()
                .map(|(key, item)| (value(key), value(item)))
                .collect::<Mapping>(),
        ),
    }
}

fn plain_scalar(text: &str) -> Value {
    if let Ok(truth) = text.parse::<bool>() {
        return Value::Bool(truth);
    }
    if let Some(number) = text.parse::<i64>().ok().filter(|n| n.to_string() == text) {
        return Value::Number(number.into());
    }
    let float = text
        .parse::<f64>()
        .ok()
        .filter(|n| n.is_finite() && text.contains('.'));
    match float.map(Number::from).filter(|n| n.to_string() == text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// Whether a value says nothing: it never overrides.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(pairs) => pairs.is_empty(),
        _ => false,
    }
}

/// A map below and a list above: nothing sensible comes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MapUnderList;

/// Lays `over` over `under`: lists are joined, maps merged by key, a map replaces a list, anything else is replaced.
pub(super) fn merge(under: &Value, over: &Value) -> Result<Value, MapUnderList> {
    if is_empty(over) {
        return Ok(under.clone());
    }
    Ok(match (under, over) {
        (Value::Sequence(first), Value::Sequence(second)) => {
            Value::Sequence(first.iter().chain(second).cloned().collect())
        }
        (Value::Mapping(low), Value::Mapping(high)) => {
            let mut merged = low.clone();
            for (key, value) in high {
                let value = match low.get(key) {
                    Some(below) => merge(below, value)?,
                    None => value.clone(),
                };
                merged.insert(key.clone(), value);
            }
            Value::Mapping(merged)
        }
        (Value::Mapping(low), Value::Sequence(_)) if !low.is_empty() => return Err(MapUnderList),
        _ => over.clone(),
    })
}
