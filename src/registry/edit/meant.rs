//! What an edit means for the values of an entry, checked against the field table before a byte is touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::field::{self, Field, Kind, Owner};
use crate::model::{Branch, Fault, Key, Table, Value, Values};

/// What becomes of an entry's values.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::registry) enum Meant {
    /// A key has this value.
    Is(Key, Value),
    /// A key has none.
    Not(Key),
    /// Nothing is left below this.
    None(Branch),
    /// Whatever the new text says.
    Anything,
}

impl Meant {
    /// The values that an entry has after what is meant was done to it; none where that is for the text to say.
    pub(in crate::registry) fn done(
        before: &Values,
        meant: &[Self],
    ) -> Option<BTreeMap<Key, Arc<Value>>> {
        let mut values: BTreeMap<Key, Arc<Value>> = before
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for one in meant {
            match one {
                Self::Is(key, value) => {
                    values.insert(key.clone(), Arc::new(value.clone()));
                }
                Self::Not(key) => {
                    values.remove(key);
                }
                Self::None(branch) => values.retain(|key, _| !branch.holds(key)),
                Self::Anything => return None,
            }
        }
        Some(values)
    }
}

/// A key of a table by its dotted text.
pub(super) fn key(table: Table, text: &str) -> Result<(Key, &'static Field), Fault> {
    let key = Key::parse_in(table, text).map_err(|error| Fault {
        hint: error.hint,
        ..Fault::error(error.what)
    })?;
    let Some(field) = field::of(table, key.field) else {
        return Err(Fault::error(format!("there is no setting `{text}`")));
    };
    if field.owner == Owner::Node && table == Table::Profiles {
        return Err(Fault::error(format!(
            "`{key}` belongs to nodes, not to profiles"
        )));
    }
    // Names of devices and networks become parts of paths; tags and disks are free.
    let device = matches!(field.path.first(), Some(&("network devices" | "networks")));
    for (at, name) in key.names.iter().enumerate() {
        let bad = if device && at == 0 {
            field::bad_name(name)
        } else {
            field::bad_text(name)
        };
        let long = (name.len() > 253).then(|| "is longer than 253 bytes".to_owned());
        if let Some(why) = bad.or(long) {
            return Err(Fault::error(format!("the name {name:?} in `{key}` {why}")));
        }
    }
    Ok((key, field))
}

/// A value as the field's kind takes it; none if it says nothing.
pub(super) fn value(key: &Key, field: &Field, value: &Value) -> Result<Option<Value>, Fault> {
    let wanted = || Fault::error(format!("`{key}` wants {}", field.kind.word()));
    let shown = |text: &str| {
        if field.secret {
            "the value".to_owned()
        } else {
            format!("{text:?}")
        }
    };
    let check = |text: &str| {
        if field.secret && text == field::MASK {
            return Err(masked(key));
        }
        let checked = field.kind.check(text);
        checked.map_err(|why| Fault::error(format!("`{key}`: {} {why}", shown(text))))
    };
    if field.kind == Kind::Yaml {
        let free = free(value);
        return Ok((!crate::registry::free::is_empty(&free)).then(|| Value::Yaml(Box::new(free))));
    }
    let texts = texts(value).ok_or_else(wanted)?;
    if field.kind.is_list() {
        let items: Vec<Arc<str>> = texts.into_iter().filter(|item| !item.is_empty()).collect();
        items.iter().try_for_each(|item| check(item))?;
        return Ok((!items.is_empty()).then_some(Value::List(items)));
    }
    let [text] = texts.as_slice() else {
        return Err(wanted());
    };
    if text.is_empty() {
        return Ok(None);
    }
    let text = match (field.kind, text.to_ascii_lowercase().as_str()) {
        (Kind::Bool, "yes" | "on" | "y" | "1") => "true".into(),
        (Kind::Bool, "no" | "off" | "n" | "0") => "false".into(),
        (Kind::Bool, word) => word.into(),
        (Kind::Switch, _) if !field::switch(text) && field::switch_or(text, true) => {
            return Err(wanted());
        }
        _ => text.clone(),
    };
    check(&text)?;
    Ok(Some(Value::Text(text)))
}

/// A secret's mask was given back as its value.
pub(in crate::registry) fn masked(key: &Key) -> Fault {
    let fault = Fault::error(format!(
        "`{key}`: that is what hides the value, not the value"
    ));
    fault.hint("ask for the entry with its secrets to change it as a text")
}

/// The texts of a value; none if it is no text and no list of texts.
fn texts(value: &Value) -> Option<Vec<Arc<str>>> {
    use serde_yaml::Value as Free;
    let scalar = |free: &Free| -> Option<Arc<str>> {
        match free {
            Free::Null => Some("".into()),
            Free::Bool(truth) => Some(truth.to_string().into()),
            Free::Number(number) => Some(number.to_string().into()),
            Free::String(text) => Some(text.as_str().into()),
            _ => None,
        }
    };
    match value {
        Value::Text(text) => Some(vec![text.clone()]),
        Value::List(items) => Some(items.clone()),
        Value::Yaml(free) => match free.as_ref() {
            Free::Sequence(items) => items.iter().map(scalar).collect(),
            one => scalar(one).map(|text| vec![text]),
        },
    }
}

fn free(value: &Value) -> serde_yaml::Value {
    use serde_yaml::Value as Free;
    match value {
        Value::Text(text) => Free::String(text.to_string()),
        Value::List(items) => Free::Sequence(
            items
                .iter()
                .map(|item| Free::String(item.to_string()))
                .collect(),
        ),
        Value::Yaml(free) => free.as_ref().clone(),
    }
}
