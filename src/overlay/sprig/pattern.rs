//! Patterns, in the syntax of Go's `regexp`, which takes time in proportion to the text whatever the pattern.

use regex::bytes::{Regex, RegexBuilder};

use super::super::go::{Budget, Function, LONGEST, Value, Yield};
use super::args::{string, text, whole};

/// The functions.
pub static FUNCTIONS: [Function; 12] = [
    Function::pure("regexMatch", 2, 2, regex_match),
    Function::pure("mustRegexMatch", 2, 2, must_match),
    Function::pure("regexFind", 2, 2, find),
    Function::pure("mustRegexFind", 2, 2, find),
    Function::pure("regexFindAll", 3, 3, find_all),
    Function::pure("mustRegexFindAll", 3, 3, find_all),
    Function::pure("regexReplaceAll", 3, 3, replace),
    Function::pure("mustRegexReplaceAll", 3, 3, replace),
    Function::pure("regexReplaceAllLiteral", 3, 3, replace_literal),
    Function::pure("mustRegexReplaceAllLiteral", 3, 3, replace_literal),
    Function::pure("regexSplit", 3, 3, split),
    Function::pure("mustRegexSplit", 3, 3, split),
];

fn pattern(args: &[Value]) -> Result<Regex, String> {
    let written = string(args, 0)?;
    let made = RegexBuilder::new(&translated(&written))
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .build();
    made.map_err(|error| {
        let text = error.to_string();
        let why = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("error: "));
        format!("`{written}` is no pattern: {}", why.unwrap_or(&text))
    })
}

/// A pattern of Go as one of ours: Go's classes hold letters of ASCII only, and a `[` inside of brackets is a bracket.
fn translated(pattern: &str) -> String {
    let mut reader = Reader {
        letters: pattern.chars().peekable(),
        out: String::new(),
    };
    while let Some(c) = reader.letters.next() {
        match c {
            '\\' => reader.escape(false),
            '[' => reader.class(),
            c => reader.out.push(c),
        }
    }
    reader.out
}

struct Reader<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
}

impl Reader<'_> {
    /// What stands behind a backslash.
    fn escape(&mut self, inside: bool) {
        let Some(letter) = self.letters.next() else {
            return self.out.push('\\');
        };
        match letter {
            'd' => self.out.push_str("[0-9]"),
            'D' => self.out.push_str("[^0-9]"),
            'w' => self.out.push_str("[0-9A-Za-z_]"),
            'W' => self.out.push_str("[^0-9A-Za-z_]"),
            's' => self.out.push_str("[\\t\\n\\f\\r ]"),
            'S' => self.out.push_str("[^\\t\\n\\f\\r ]"),
            'b' | 'B' if !inside => self.out.push_str(&format!("(?-u:\\{letter})")),
            'Q' if !inside => {
                let rest: String = self.letters.clone().collect();
                let raw = rest.split("\\E").next().unwrap_or_default();
                self.out.push_str(&regex::escape(raw));
                let skip = raw.chars().count() + if raw.len() < rest.len() { 2 } else { 0 };
                self.letters.by_ref().take(skip).for_each(drop);
            }
            other => self.out.extend(['\\', other]),
        }
    }

    /// Brackets, up to the `]` that ends them: the first may stand for itself.
    fn class(&mut self) {
        self.out.push('[');
        if self.letters.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        while let Some(c) = self.letters.next() {
            match c {
                '\\' => self.escape(true),
                ']' if first => self.out.push_str("\\]"),
                ']' => return self.out.push(']'),
                // `[:alpha:]`
                '[' if self.letters.peek() == Some(&':') => {
                    self.out.push('[');
                    for c in self.letters.by_ref() {
                        self.out.push(c);
                        if c == ']' {
                            break;
                        }
                    }
                }
                '[' | '&' | '~' => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
            first = false;
        }
    }
}

fn regex_match(_: &mut Budget, args: &[Value]) -> Yield {
    let text = text(args, 1)?;
    // As Sprig: what is no pattern matches nothing.
    Ok(Value::Bool(
        pattern(args).is_ok_and(|pattern| pattern.is_match(&text)),
    ))
}

fn must_match(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::Bool(pattern(args)?.is_match(&text(args, 1)?)))
}

fn find(_: &mut Budget, args: &[Value]) -> Yield {
    let text = text(args, 1)?;
    let found = pattern(args)?
        .find(&text)
        .map_or(0..0, |found| found.range());
    Ok(Value::Text(text.slice(found)))
}

fn most(args: &[Value]) -> Result<usize, String> {
    Ok(usize::try_from(whole(args, 2)?).unwrap_or(usize::MAX))
}

fn find_all(budget: &mut Budget, args: &[Value]) -> Yield {
    let text = text(args, 1)?;
    let pattern = pattern(args)?;
    let mut found = Vec::new();
    for one in pattern.find_iter(&text).take(most(args)?) {
        budget.spend(1)?;
        found.push(one.as_bytes());
    }
    Ok(Value::texts(found))
}

fn fits(out: &[u8]) -> Result<(), String> {
    match out.len() > LONGEST {
        true => Err("makes a text of more than 16 MiB".into()),
        false => Ok(()),
    }
}

fn replaced(budget: &mut Budget, args: &[Value], literal: bool) -> Yield {
    let (text, with) = (text(args, 1)?, text(args, 2)?);
    let pattern = pattern(args)?;
    let (mut out, mut at) = (Vec::new(), 0);
    for found in pattern.captures_iter(&text) {
        budget.spend(1)?;
        let range = found.get(0).map_or(0..0, |whole| whole.range());
        out.extend_from_slice(&text[at..range.start]);
        match literal {
            true => out.extend_from_slice(&with),
            false => found.expand(&with, &mut out),
        }
        at = range.end;
        fits(&out)?;
    }
    out.extend_from_slice(&text[at..]);
    Ok(Value::Text(out.into()))
}

fn replace(budget: &mut Budget, args: &[Value]) -> Yield {
    replaced(budget, args, false)
}

fn replace_literal(budget: &mut Budget, args: &[Value]) -> Yield {
    replaced(budget, args, true)
}

fn split(budget: &mut Budget, args: &[Value]) -> Yield {
    let (text, most) = (text(args, 1)?, whole(args, 2)?);
    let pattern = pattern(args)?;
    if most == 0 {
        return Ok(Value::texts::<&[u8]>([]));
    }
    if !pattern.as_str().is_empty() && text.is_empty() {
        return Ok(Value::texts([""]));
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
    for found in pattern.find_iter(&text) {
        budget.spend(1)?;
        if parts.len() + 1 >= most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(&text[begin..end]);
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(&text[begin..]);
    }
    Ok(Value::texts(parts))
}
