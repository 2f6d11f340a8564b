//! What a person typed behind a flag: checked by the field table's own rules, so that a slip ends at the command line.

use std::sync::Arc;

use super::series::one_by_one;
use crate::kit::suggest;
use crate::model::Value;
use crate::model::field::{Field, Kind, bad_name, bad_text};

/// A value as typed.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// Nothing of its own any more: it is inherited again.
    Clear,
    /// A secret that is asked for, so that it stands on no command line.
    Ask,
    /// A scalar.
    Text(Arc<str>),
    /// A scalar for each target, in their order.
    Each(Vec<Arc<str>>),
    /// Items of a list.
    Items(Vec<Arc<str>>),
}

impl Typed {
    /// As the registry holds it; none = cleared, or not known yet, or another one for each.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Clear | Self::Ask | Self::Each(_) => None,
            Self::Text(text) => Some(Value::Text(text.clone())),
            Self::Items(items) => Some(Value::List(items.clone())),
        }
    }
}

/// Words that clear any field, as in Warewulf.
const CLEAR: [&str; 2] = ["UNDEF", "UNSET"];
/// Words that clear a switch too.
const CLEAR_SWITCH: [&str; 5] = ["unset", "delete", "undef", "--", "nil"];

/// Reads what stands behind the flag of `field`.
///
/// # Errors
/// What is wrong with it and what to write instead, as a sentence that follows the value.
pub fn typed(field: &Field, text: &str) -> Result<Typed, String> {
    if CLEAR.contains(&text) {
        return Ok(Typed::Clear);
    }
    if field.secret && text == "-" {
        return Ok(Typed::Ask);
    }
    // What is complained of is shown, so a secret is left to the engine, which does not name it.
    if field.secret && !text.is_empty() {
        return Ok(Typed::Text(text.into()));
    }
    if text.is_empty() {
        return Err("it is empty; `unset` takes a value away".into());
    }
    let it = |wrong: String| format!("it {wrong}");
    match field.kind {
        Kind::Switch | Kind::Bool => switch(text),
        kind if kind.is_list() => {
            let items = split(kind, text);
            for item in &items {
                kind.check(item)
                    .map_err(|wrong| format!("`{item}` {wrong}"))?;
            }
            let items: Vec<Arc<str>> = items.into_iter().map(Arc::from).collect();
            if items.is_empty() {
                return Err("it holds no item".into());
            }
            Ok(Typed::Items(items))
        }
        kind => {
            if let Some(values) = one_by_one(field, text)? {
                return Ok(Typed::Each(values));
            }
            kind.check(text)
                .map_err(|wrong| it(near(field, text, wrong)))?;
            Ok(Typed::Text(text.into()))
        }
    }
}

/// A complaint with the word that was probably meant.
fn near(field: &Field, text: &str, wrong: String) -> String {
    match suggest::hint(text, field.words().iter().copied()) {
        Some(hint) => format!("{wrong}; {hint}"),
        None => wrong,
    }
}

/// A switch has two positions on the command line, however it may be spelled in a file.
fn switch(text: &str) -> Result<Typed, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "t" | "1" => Ok(Typed::Text("true".into())),
        "false" | "no" | "f" | "0" => Ok(Typed::Text("false".into())),
        word if CLEAR_SWITCH.contains(&word) => Ok(Typed::Clear),
        _ => Err("it is neither true nor false".into()),
    }
}

/// The items of a list. Names have commas or blanks between them. Words (kernel arguments) hold commas themselves: where there are
/// blanks, these alone separate; else commas do, up to the first word that has a `=`, as in `quiet,console=ttyS0,115200`. What
/// stands in double quotes is kept whole.
fn split(kind: Kind, text: &str) -> Vec<String> {
    let words = matches!(kind, Kind::Words);
    let blanks = words && text.trim().contains(char::is_whitespace);
    let by_blank_only = matches!(kind, Kind::Routes);
    let mut items = vec![String::new()];
    let mut quoted = false;
    let mut kept = false;
    for letter in text.chars() {
        let comma = letter == ',' && !blanks && !(words && kept);
        let blank = letter.is_whitespace() && !by_blank_only;
        match letter {
            '"' => quoted = !quoted,
            _ if !quoted && (comma || blank) => {
                items.push(String::new());
                kept = false;
            }
            _ => {
                kept |= letter == '=';
                if let Some(item) = items.last_mut() {
                    item.push(letter);
                }
            }
        }
    }
    let items = items.into_iter().map(|item| item.trim().to_owned());
    items.filter(|item| !item.is_empty()).collect()
}

/// A tag, as `rack=r07`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its key.
    pub key: Arc<str>,
    /// Its value.
    pub value: Arc<str>,
}

/// Reads tags: `key=value`, several with commas between where every part has a `=`.
///
/// # Errors
/// What is wrong with it.
pub fn pair(field: &Field, text: &str) -> Result<Pair, String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("write it as KEY=VALUE, as in rack=r07".into());
    };
    let key = key.trim();
    entry_name(key)?;
    if value.is_empty() {
        return Err(format!(
            "`{key}` has no value; to take the tag away, delete it"
        ));
    }
    field
        .kind
        .check(value)
        .map_err(|wrong| format!("the value {wrong}"))?;
    Ok(Pair {
        key: key.into(),
        value: value.into(),
    })
}

/// The name of an entry: a network device, a disk, a file system, a tag.
///
/// # Errors
/// What is wrong with it.
pub fn entry_name(text: &str) -> Result<Arc<str>, String> {
    match text {
        "" => Err("the name is empty".into()),
        _ => match bad_text(text) {
            Some(wrong) => Err(format!("the name {wrong}")),
            None => Ok(text.into()),
        },
    }
}

/// The name of a node or a profile.
///
/// # Errors
/// What is wrong with it.
pub fn own_name(text: &str) -> Result<Arc<str>, String> {
    bad_name(text).map_or_else(|| Ok(text.into()), |wrong| Err(format!("the name {wrong}")))
}
