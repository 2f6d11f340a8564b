//! Values as YAML text, as Warewulf writes them: quotes where a text could be taken for something else, lists in lines.

use saphyr_parser::ScalarStyle;

use crate::model::Value;
use crate::model::field::{Field, Kind, Owner};

/// A value that is ready to be written behind a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// On the key's line.
    Inline(String),
    /// Something on the key's line (or nothing), and lines below it, not yet indented.
    Below(String, Vec<String>),
}

/// How `value` is written under `field`; `flow` inside of braces, `like` the style of the text that it replaces.
pub(super) fn written(
    value: &Value,
    field: &Field,
    flow: bool,
    like: Option<ScalarStyle>,
) -> Written {
    match value {
        Value::Text(text) if field.kind == Kind::Bool => Written::Inline(text.to_string()),
        Value::Text(text) if is_bare(text, field, like) => Written::Inline(text.to_string()),
        Value::Text(text) => match literal(text).filter(|_| !flow) {
            Some((head, lines)) => Written::Below(head, lines),
            None => Written::Inline(scalar(text, flow, like)),
        },
        Value::List(items) if flow => {
            let items: Vec<String> = items.iter().map(|item| scalar(item, true, None)).collect();
            Written::Inline(format!("[{}]", items.join(", ")))
        }
        Value::List(items) => {
            let items = items.iter();
            let lines = items.map(|item| format!("- {}", scalar(item, false, None)));
            Written::Below(String::new(), lines.collect())
        }
        Value::Yaml(free) => yaml(free, flow),
    }
}

/// Whether a setting of the server stands without quotes: its own files and older ones write numbers, switches and addresses so.
fn is_bare(text: &str, field: &Field, like: Option<ScalarStyle>) -> bool {
    let kind = matches!(
        field.kind,
        Kind::Number(..) | Kind::Switch | Kind::Span | Kind::Ip4Cidr | Kind::Net | Kind::Pool
    );
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"./-".contains(&byte);
    let quoted = matches!(
        like,
        Some(ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted)
    );
    kind && field.owner == Owner::Server && !quoted && text.bytes().all(letter)
}

/// Free YAML: in lines where it has several, else on one. JSON is YAML in braces.
fn yaml(free: &serde_yaml::Value, flow: bool) -> Written {
    use serde_yaml::Value as Free;
    let hollow = match free {
        Free::Sequence(items) => items.is_empty(),
        Free::Mapping(pairs) => pairs.is_empty(),
        _ => false,
    };
    if flow || hollow {
        return Written::Inline(serde_json::to_string(free).unwrap_or_default());
    }
    let text = serde_yaml::to_string(free).unwrap_or_default();
    if matches!(free, Free::Sequence(_) | Free::Mapping(_)) {
        return Written::Below(String::new(), text.lines().map(str::to_owned).collect());
    }
    match free {
        Free::String(text) => match literal(text) {
            Some((head, lines)) => Written::Below(head, lines),
            None => Written::Inline(scalar(text, false, None)),
        },
        _ => Written::Inline(text.trim_end().to_owned()),
    }
}

/// A text of several lines as a literal block, if that says the same.
fn literal(text: &str) -> Option<(String, Vec<String>)> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let plain = |line: &str| line.trim_end() == line && !line.contains(|c: char| c.is_control());
    let first = body.lines().next()?;
    let fits = body.contains('\n')
        && !body.ends_with('\n')
        && !first.is_empty()
        && !first.starts_with(' ')
        && body.split('\n').all(plain);
    let head = if text.ends_with('\n') { "|" } else { "|-" };
    fits.then(|| (head.into(), body.split('\n').map(str::to_owned).collect()))
}

/// A key as it is written.
pub(super) fn key(name: &str, flow: bool) -> String {
    scalar(name, flow, None)
}

/// A text as YAML, in the quotes of what it replaces if that had any; else plain where nothing else can be read into it (YAML
/// 1.1's switches, numbers, base-60 numbers), and in double quotes otherwise.
pub(super) fn scalar(text: &str, flow: bool, like: Option<ScalarStyle>) -> String {
    let odd = text.contains(|c: char| c.is_control());
    match like {
        Some(ScalarStyle::SingleQuoted) if !odd => format!("'{}'", text.replace('\'', "''")),
        Some(ScalarStyle::DoubleQuoted) => quoted(text),
        _ if is_plain(text, flow) => text.to_owned(),
        _ => quoted(text),
    }
}

/// Words that YAML 1.1 takes for something else.
const TAKEN: [&str; 11] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
];

fn is_plain(text: &str, flow: bool) -> bool {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let dotted = text.split('.').count() == 4 && digits(text) && !text.contains("..");
    let hex = |c: char| c.is_ascii_hexdigit();
    let address = text.len() >= 17
        && text.contains(|c| hex(c) && c.is_ascii_alphabetic())
        && text
            .split(':')
            .all(|pair| pair.len() == 2 && pair.chars().all(hex));
    let letter = |c: char| {
        c.is_ascii_alphanumeric() || "._-/=+@%() ".contains(c) || (!flow && matches!(c, ',' | ':'))
    };
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(letter)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    word || address || dotted
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            odd if odd.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(odd))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The lines of a value below the words that lead to it, each section `step` further in.
pub(super) fn nested(words: &[std::sync::Arc<str>], written: &Written, step: usize) -> Vec<String> {
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    let first = key(first, false);
    let (head, below) = match (rest.is_empty(), written) {
        (false, _) => (String::new(), nested(rest, written, step)),
        (true, Written::Inline(text)) => (format!(" {text}"), Vec::new()),
        (true, Written::Below(head, lines)) if head.is_empty() => (String::new(), lines.clone()),
        (true, Written::Below(head, lines)) => (format!(" {head}"), lines.clone()),
    };
    let pad = " ".repeat(step);
    let deeper = |line: String| {
        if line.is_empty() {
            line
        } else {
            format!("{pad}{line}")
        }
    };
    std::iter::once(format!("{first}:{head}"))
        .chain(below.into_iter().map(deeper))
        .collect()
}

/// The same inside of braces: `net: {eno1: {mtu: "1500"}}` without the outer braces.
pub(super) fn braced(words: &[std::sync::Arc<str>], written: &Written) -> String {
    let Some((first, rest)) = words.split_first() else {
        return String::new();
    };
    let first = key(first, true);
    if !rest.is_empty() {
        return format!("{first}: {{{}}}", braced(rest, written));
    }
    match written {
        Written::Inline(text) => format!("{first}: {text}"),
        // Not reached: inside of braces everything is written inline.
        Written::Below(head, lines) => format!("{first}: {head}{}", lines.join(" ")),
    }
}
