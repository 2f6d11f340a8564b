//! `printf`: a text with verbs, flags, and Go's words for what does not fit.

use bytes::Bytes;

use super::super::value::Value;
use super::printer::{Flags, Made, Printer};

/// Go takes no larger width or precision.
const WIDEST: i128 = 1_000_000;

/// `printf format values…`
///
/// # Errors
/// When what is printed is too long or nested too deep.
pub fn printf(format: &[u8], values: &[Value]) -> Made<Bytes> {
    let mut reader = Reader {
        format,
        at: 0,
        values,
        next: 0,
        reordered: false,
        bad_index: false,
        printer: Printer::default(),
    };
    reader.all()?;
    Ok(reader.printer.out.into())
}

struct Reader<'a> {
    format: &'a [u8],
    at: usize,
    values: &'a [Value],
    next: usize,
    reordered: bool,
    bad_index: bool,
    printer: Printer,
}

impl Reader<'_> {
    fn all(&mut self) -> Made<()> {
        while self.at < self.format.len() {
            let rest = &self.format[self.at..];
            let length = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.printer.out.extend_from_slice(&rest[..length]);
            self.at += length;
            if self.at < self.format.len() {
                self.at += 1;
                self.one()?;
            }
            self.printer.fits()?;
        }
        if !self.reordered && self.next < self.values.len() {
            self.extra()?;
        }
        Ok(())
    }

    fn extra(&mut self) -> Made<()> {
        self.printer.flags = Flags::default();
        self.printer.put("%!(EXTRA ");
        for (at, value) in self.values.iter().enumerate().skip(self.next) {
            if at > self.next {
                self.printer.put(", ");
            }
            match value {
                Value::Nil => self.printer.put("<nil>"),
                value => {
                    let name = value.type_name();
                    self.printer.put(&name);
                    self.printer.put("=");
                    self.printer.value(value, 'v', 0)?;
                }
            }
        }
        self.printer.put(")");
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// One verb, from behind its `%`.
    fn one(&mut self) -> Made<()> {
        let mut flags = Flags::default();
        while let Some(flag) = self.peek() {
            match flag {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = !flags.minus,
                b'+' => flags.plus = true,
                b'-' => (flags.minus, flags.zero) = (true, false),
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        self.printer.flags = flags;
        self.bad_index = false;
        let mut indexed = self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    flags.width = Some(usize::try_from(width.unsigned_abs()).unwrap_or(0));
                    if width < 0 {
                        (flags.minus, flags.zero) = (true, false);
                    }
                }
                None => self.printer.put("%!(BADWIDTH)"),
            }
            indexed = false;
        } else {
            flags.width = self.number();
            if indexed && flags.width.is_some() {
                self.bad_index = true;
            }
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.bad_index |= indexed;
            indexed = self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                match self.star() {
                    Some(precision) => flags.precision = usize::try_from(precision).ok(),
                    None => self.printer.put("%!(BADPREC)"),
                }
                indexed = false;
            } else {
                flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
        self.verb(flags)
    }

    fn verb(&mut self, mut flags: Flags) -> Made<()> {
        let rest = &self.format[self.at..];
        let text = String::from_utf8_lossy(&rest[..rest.len().min(4)]).into_owned();
        let Some(verb) = text.chars().next() else {
            self.printer.put("%!(NOVERB)");
            return Ok(());
        };
        self.at += if verb == char::REPLACEMENT_CHARACTER {
            1
        } else {
            verb.len_utf8()
        };
        let verb = verb.to_string();
        match self.values.get(self.next) {
            _ if verb == "%" => self.printer.put("%"),
            _ if self.bad_index => self.printer.put(&format!("%!{verb}(BADINDEX)")),
            None => self.printer.put(&format!("%!{verb}(MISSING)")),
            Some(value) => {
                let letter = verb.chars().next().unwrap_or('v');
                if letter == 'v' {
                    (flags.source, flags.sharp) = (flags.sharp, false);
                    (flags.names, flags.plus) = (flags.plus, false);
                }
                self.printer.flags = flags;
                self.next += 1;
                self.printer.value(value, letter, 0)?;
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        let mut number: i128 = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            number = number * 10 + i128::from(digit - b'0');
            self.at += 1;
            if number > WIDEST {
                return None;
            }
        }
        (self.at > start).then(|| usize::try_from(number).unwrap_or(0))
    }

    /// The value of a `*`.
    fn star(&mut self) -> Option<i128> {
        let value = self.values.get(self.next);
        self.next += usize::from(value.is_some());
        match value {
            Some(Value::Int(number, _)) if number.abs() <= WIDEST => Some(*number),
            _ => None,
        }
    }

    /// `[3]`: which value comes next. Whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(length) = rest.iter().position(|b| *b == b']') else {
            self.bad_index = true;
            self.at += 1;
            return false;
        };
        let number = std::str::from_utf8(&rest[1..length])
            .ok()
            .and_then(|n| n.parse::<usize>().ok());
        self.at += length + 1;
        match number.filter(|n| (1..=self.values.len()).contains(n)) {
            Some(number) => self.next = number - 1,
            None => {
                self.bad_index = true;
                return number.is_some();
            }
        }
        true
    }
}
