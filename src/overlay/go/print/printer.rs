//! Values by a verb, with width, precision and flags.

use super::super::value::{Entries, Object, Value};
use super::quote::{char_len, quote, raw_fits};

/// How deep values may be nested that are printed.
const DEEPEST: usize = 100;

/// What stands between `%` and the verb.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags {
    /// `+`
    pub plus: bool,
    /// `-`
    pub minus: bool,
    /// `#`
    pub sharp: bool,
    /// A blank.
    pub space: bool,
    /// `0`
    pub zero: bool,
    /// The least width.
    pub width: Option<usize>,
    /// Behind the point.
    pub precision: Option<usize>,
    /// `%+v`
    pub names: bool,
    /// `%#v`
    pub source: bool,
}

/// Text on its way.
#[derive(Debug, Default)]
pub struct Printer {
    /// What is printed so far.
    pub out: Vec<u8>,
    /// How the next one is printed.
    pub flags: Flags,
}

/// What a verb makes of a value: the text, or that it makes nothing of it.
pub type Made<T> = Result<T, String>;

impl Printer {
    /// Puts text as it is.
    pub fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Refuses to go on where too much was printed.
    ///
    /// # Errors
    /// Beyond 16 MiB.
    pub fn fits(&self) -> Made<()> {
        if self.out.len() > super::super::LONGEST {
            return Err("prints more than 16 MiB".into());
        }
        Ok(())
    }

    /// Prints a value by a verb.
    ///
    /// # Errors
    /// When it is nested too deep, or too long.
    pub fn value(&mut self, value: &Value, verb: char, depth: usize) -> Made<()> {
        self.fits()?;
        if depth > DEEPEST {
            return Err(format!("prints values nested more than {DEEPEST} deep"));
        }
        if verb == 'T' {
            match value {
                Value::Nil => self.pad(b"<nil>"),
                other => self.text(other.type_name().as_bytes(), 's'),
            }
            return Ok(());
        }
        match value {
            Value::Nil if depth > 0 => self.put(if self.flags.source {
                "interface {}(nil)"
            } else {
                "<nil>"
            }),
            Value::Nil if verb == 'v' => self.pad(b"<nil>"),
            Value::Bool(truth) if matches!(verb, 't' | 'v') => {
                self.pad(if *truth { b"true" } else { b"false" });
            }
            Value::Int(number, of) if "vdboOxXcqU".contains(verb) => self.whole(*number, *of, verb),
            Value::Float(number) if "veEfFgG".contains(verb) => self.float(*number, verb),
            Value::Text(text) if "vsxXq".contains(verb) => self.text(text, verb),
            Value::List(list) => self.list(value, &list.items, verb, depth)?,
            Value::Map(map) => {
                let entries = map.read().clone();
                self.map(value, &entries, verb, depth)?;
            }
            Value::Object(object) => match (object.text(), object.plain()) {
                (Some(text), _) if "vsxXq".contains(verb) && !self.flags.source => {
                    self.text(&text, verb)
                }
                (_, Some(plain)) => self.value(&plain, verb, depth)?,
                (Some(_), None) => self.bad(value, verb)?,
                (None, None) => self.object(object.as_ref(), verb, depth)?,
            },
            other => self.bad(other, verb)?,
        }
        Ok(())
    }

    /// What a verb says that does not fit its value.
    fn bad(&mut self, value: &Value, verb: char) -> Made<()> {
        self.put(&format!("%!{verb}("));
        match value {
            Value::Nil => self.put("<nil>"),
            value => {
                self.put(&format!("{}=", value.type_name()));
                // Go keeps width and precision for it.
                match value {
                    Value::Object(object) if object.plain().is_none() => {
                        self.out.extend(object.text().unwrap_or_default());
                    }
                    value => self.value(value, 'v', 0)?,
                }
            }
        }
        self.put(")");
        Ok(())
    }

    fn list(&mut self, whole: &Value, items: &[Value], verb: char, depth: usize) -> Made<()> {
        let (open, between, close) = self.marks(whole, "[", "]");
        if self.flags.source && matches!(whole, Value::List(list) if list.nil) {
            self.put(&format!("{}(nil)", whole.type_name()));
            return Ok(());
        }
        self.put(&open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(between);
            }
            self.value(item, verb, depth + 1)?;
        }
        self.put(close);
        Ok(())
    }

    fn map(&mut self, whole: &Value, entries: &Entries, verb: char, depth: usize) -> Made<()> {
        let (open, between, close) = self.marks(whole, "map[", "]");
        self.put(&open);
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 {
                self.put(between);
            }
            self.value(&Value::Text(key.clone()), verb, depth + 1)?;
            self.put(":");
            self.value(value, verb, depth + 1)?;
        }
        self.put(close);
        Ok(())
    }

    /// Go's own syntax has braces and commas.
    fn marks(
        &self,
        whole: &Value,
        open: &str,
        close: &'static str,
    ) -> (String, &'static str, &'static str) {
        match self.flags.source {
            true => (format!("{}{{", whole.type_name()), ", ", "}"),
            false => (open.into(), " ", close),
        }
    }

    fn object(&mut self, object: &dyn Object, verb: char, depth: usize) -> Made<()> {
        self.put("{");
        for (at, name) in object.fields().into_iter().enumerate() {
            if at > 0 {
                self.put(" ");
            }
            if self.flags.names {
                self.put(&format!("{name}:"));
            }
            match object.member(name, &[]) {
                Some(Ok(value)) => self.value(&value, verb, depth + 1)?,
                _ => self.put("<nil>"),
            }
        }
        self.put("}");
        Ok(())
    }

    /// Puts text with blanks, or zeros, up to the width.
    pub fn pad(&mut self, text: &[u8]) {
        let count = String::from_utf8_lossy(text).chars().count();
        let missing = self.flags.width.unwrap_or(0).saturating_sub(count);
        let fill = if self.flags.zero && !self.flags.minus {
            b'0'
        } else {
            b' '
        };
        if self.flags.minus {
            self.out.extend_from_slice(text);
        }
        self.out.resize(self.out.len() + missing, fill);
        if !self.flags.minus {
            self.out.extend_from_slice(text);
        }
    }

    fn text(&mut self, text: &[u8], verb: char) {
        let cut = |text: &[u8], most: Option<usize>| -> Vec<u8> {
            let Some(most) = most else {
                return text.to_vec();
            };
            let mut left = most;
            let mut at = 0;
            while at < text.len() && left > 0 {
                at += char_len(&text[at..]);
                left -= 1;
            }
            text[..at].to_vec()
        };
        match verb {
            'x' | 'X' => {
                let most = self.flags.precision.unwrap_or(usize::MAX).min(text.len());
                let hex = self.hex(&text[..most], verb == 'X');
                self.pad(hex.as_bytes());
            }
            'q' => {
                let text = cut(text, self.flags.precision);
                let raw = self.flags.sharp && raw_fits(&text);
                let quoted = match raw {
                    true => [b"`", text.as_slice(), b"`"].concat(),
                    false => quote(&text, '"', self.flags.plus),
                };
                self.pad(&quoted);
            }
            _ if self.flags.source => {
                let quoted = quote(text, '"', false);
                self.pad(&quoted);
            }
            _ => {
                let text = cut(text, self.flags.precision);
                self.pad(&text);
            }
        }
    }

    fn hex(&self, bytes: &[u8], upper: bool) -> String {
        let mut out = String::new();
        let prefix = if upper { "0X" } else { "0x" };
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && self.flags.space {
                out.push(' ');
            }
            if self.flags.sharp && (at == 0 || self.flags.space) {
                out.push_str(prefix);
            }
            out.push_str(&if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            });
        }
        out
    }
}
