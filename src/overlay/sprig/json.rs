//! JSON, as Go writes it.

use bytes::Bytes;

use super::super::go::{Budget, Entries, Function, LONGEST, Value, Yield};
use super::args::text;

/// How deep JSON may be nested.
const DEEPEST: usize = 100;

/// The functions.
pub static FUNCTIONS: [Function; 8] = [
    Function::pure("toJson", 1, 1, |_, args| written(&args[0], None, true)),
    Function::pure("mustToJson", 1, 1, |_, args| written(&args[0], None, true)),
    Function::pure("toPrettyJson", 1, 1, |_, args| {
        written(&args[0], Some(0), true)
    }),
    Function::pure("mustToPrettyJson", 1, 1, |_, args| {
        written(&args[0], Some(0), true)
    }),
    Function::pure("toRawJson", 1, 1, |_, args| written(&args[0], None, false)),
    Function::pure("mustToRawJson", 1, 1, |_, args| {
        written(&args[0], None, false)
    }),
    Function::pure("fromJson", 1, 1, from_json),
    Function::pure("mustFromJson", 1, 1, must_from_json),
];

fn written(value: &Value, indent: Option<usize>, html: bool) -> Yield {
    let mut writer = Writer {
        out: Vec::new(),
        html,
    };
    writer.value(value, indent, 0)?;
    Ok(Value::Text(writer.out.into()))
}

fn from_json(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(read(&text(args, 0)?).unwrap_or(Value::Nil))
}

fn must_from_json(_: &mut Budget, args: &[Value]) -> Yield {
    read(&text(args, 0)?)
}

fn read(text: &Bytes) -> Yield {
    let value: serde_json::Value =
        serde_json::from_slice(text).map_err(|error| error.to_string())?;
    Ok(value_of(&value))
}

/// A value of JSON; every number is a `float64`, as Go reads it.
fn value_of(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value_of).collect()),
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, _)| (Bytes::from(key.clone()), value_of(value));
            Value::map(entries.iter().map(entry).collect::<Entries>())
        }
    }
}

struct Writer {
    out: Vec<u8>,
    html: bool,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn value(&mut self, value: &Value, indent: Option<usize>, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!("the value is nested more than {DEEPEST} deep"));
        }
        if self.out.len() > LONGEST {
            return Err("makes a text of more than 16 MiB".into());
        }
        match value {
            Value::Nil => self.put("null"),
            Value::Bool(truth) => self.put(if *truth { "true" } else { "false" }),
            Value::Int(number, _) => self.put(&number.to_string()),
            Value::Float(number) => self.float(*number)?,
            Value::Text(text) => self.text(text),
            Value::List(list) if list.nil => self.put("null"),
            Value::List(list) => {
                let items = list.items.iter().map(|item| (None, item.clone()));
                self.many(b"[]", items.collect(), indent, depth)?;
            }
            Value::Map(map) if map.nil => self.put("null"),
            Value::Map(map) => {
                let entries = map.read().clone().into_iter();
                let entries = entries.map(|(key, value)| (Some(key), value));
                self.many(b"{}", entries.collect(), indent, depth)?;
            }
            Value::Object(object) => match (object.plain(), object.text()) {
                (Some(plain), _) => self.value(&plain, indent, depth)?,
                (None, Some(text)) => self.text(&text),
                (None, None) => {
                    let field = |name: &'static str| {
                        let value = object.member(name, &[])?.ok()?;
                        Some((Some(Bytes::from_static(name.as_bytes())), value))
                    };
                    let fields = object.fields().into_iter().filter_map(field);
                    self.many(b"{}", fields.collect(), indent, depth)?;
                }
            },
        }
        Ok(())
    }

    fn many(
        &mut self,
        marks: &[u8; 2],
        items: Vec<(Option<Bytes>, Value)>,
        indent: Option<usize>,
        depth: usize,
    ) -> Result<(), String> {
        self.out.push(marks[0]);
        let inner = indent.map(|indent| indent + 2);
        let empty = items.is_empty();
        for (at, (key, value)) in items.into_iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.line(inner);
            if let Some(key) = key {
                self.text(&key);
                self.put(if indent.is_some() { ": " } else { ":" });
            }
            self.value(&value, inner, depth + 1)?;
        }
        if !empty {
            self.line(indent);
        }
        self.out.push(marks[1]);
        Ok(())
    }

    fn line(&mut self, indent: Option<usize>) {
        if let Some(indent) = indent {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + indent, b' ');
        }
    }

    fn float(&mut self, number: f64) -> Result<(), String> {
        if !number.is_finite() {
            return Err(format!("{number} is no number of JSON"));
        }
        let size = number.abs();
        let text = if size != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = format!("{number:e}");
            match text.split_once('e') {
                Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
                _ => text,
            }
        } else {
            format!("{number}")
        };
        self.put(&text);
        Ok(())
    }

    fn text(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for c in String::from_utf8_lossy(text).chars() {
            match c {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\r' => self.put("\\r"),
                '\t' => self.put("\\t"),
                '<' | '>' | '&' if self.html => self.put(&format!("\\u{:04x}", c as u32)),
                '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                    self.put(&format!("\\u{:04x}", c as u32))
                }
                char::REPLACEMENT_CHARACTER if std::str::from_utf8(text).is_err() => {
                    self.put("\\ufffd")
                }
                c => self.put(c.encode_utf8(&mut [0; 4])),
            }
        }
        self.out.push(b'"');
    }
}
