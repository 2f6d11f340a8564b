//! A limit on how much a template may do. Tera has none: loops over all nodes inside loops over all nodes, or a component that
//! calls itself twice, would hold a processor for hours.
//!
//! So a template is compiled with meters in it. Whatever is gone through is first handed to a function that counts it:
//! `for x in LIST` becomes `for x in muster_each(v=LIST)`, in loops and in list comprehensions, `| filter` becomes
//! `| muster_pass| filter`, and a component or an include counts itself at each use. Nothing that is written changes, and
//! [`Seams`] leads from a place in the metered text back to the one that a person wrote.

use std::collections::HashSet;
use std::sync::Arc;

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::budget::TEXT;
use super::functions::Run;

/// A component or an include counts as so many.
const CALL: u64 = 50;
/// How deep includes may go.
const DEEPEST: usize = 8;
/// A template with meters in it.
pub struct Metered {
    /// What is compiled.
    pub text: String,
    /// What was put in.
    pub seams: Seams,
    /// The templates that it includes.
    pub includes: Vec<String>,
}

/// What was put into a text: at which byte of the new text, and how many bytes, in order.
#[derive(Debug, Clone, Default)]
pub struct Seams(Vec<(usize, usize)>);

impl Seams {
    /// The byte of the original text that became, or was pushed to, the byte `at`.
    pub fn original(&self, at: usize) -> usize {
        let before = self.0.iter().take_while(|(start, _)| *start < at);
        at - before
            .map(|(start, length)| (*length).min(at - start))
            .sum::<usize>()
    }
}

/// Teaches `tera` the meters, bound to one run.
pub fn register(tera: &mut Tera, run: &Arc<Run>) {
    let to = run.clone();
    tera.register_function(
        "muster_each",
        move |args: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            let of = args.must_get::<Value>("v")?;
            spend(&to, 1 + size(&of, 1))?;
            Ok(of)
        },
    );
    let to = run.clone();
    tera.register_filter(
        "muster_pass",
        move |of: &Value, _: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            spend(&to, 1 + size(of, TEXT))?;
            Ok(of.clone())
        },
    );
    let to = run.clone();
    tera.register_function(
        "muster_call",
        move |_: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            spend(&to, CALL)?;
            Ok(Value::from(""))
        },
    );
}

fn spend(run: &Run, steps: u64) -> TeraResult<()> {
    run.lock().budget.spend(steps).map_err(Error::message)
}

fn size(value: &Value, per: u64) -> u64 {
    let many = match (value.as_array(), value.as_map(), value.as_str()) {
        (Some(list), ..) => list.len() as u64,
        (_, Some(map), _) => map.len() as u64,
        (.., Some(text)) => text.len() as u64 / per,
        _ => 0,
    };
    many.max(value.as_bytes().map_or(0, <[u8]>::len) as u64 / per)
}

/// Puts meters into a template. What is no valid template comes out as something that is none either.
pub fn meter(text: &str) -> Metered {
    let mut scan = Scan {
        text,
        at: 0,
        put: Vec::new(),
        includes: Vec::new(),
    };
    while let Some(found) = scan.next_marker() {
        match found {
            Marker::Comment => scan.skip_past("#}"),
            Marker::Value => scan.tag("}}"),
            Marker::Tag if scan.first_word() == "raw" => scan.raw(),
            Marker::Tag => scan.tag("%}"),
        }
    }
    let (mut out, mut from, mut seams) = (String::with_capacity(text.len() + 256), 0, Vec::new());
    scan.put.sort_by_key(|(at, _)| *at);
    for (at, what) in scan.put {
        out.push_str(&text[from..at]);
        seams.push((out.len(), what.len()));
        out.push_str(what);
        from = at;
    }
    out.push_str(&text[from..]);
    Metered {
        text: out,
        seams: Seams(seams),
        includes: scan.includes,
    }
}

/// A template that includes others which include others, more than [`DEEPEST`] deep. Tera goes down with its stack, and refuses
/// only circles.
pub fn too_deep<'a>(all: &[(&'a str, &'a Metered)]) -> Option<&'a str> {
    let mut deep: HashSet<&str> = all.iter().map(|(path, _)| *path).collect();
    for _ in 0..=DEEPEST {
        let deeper = |(_, one): &&(&str, &Metered)| {
            let mut includes = one.includes.iter();
            includes.any(|path| deep.contains(path.as_str()))
        };
        deep = all.iter().filter(deeper).map(|(path, _)| *path).collect();
    }
    deep.into_iter().min()
}

enum Marker {
    Value,
    Tag,
    Comment,
}

/// What is open inside a tag: the tag itself, or a bracket in it.
struct Level {
    bracket: u8,
    /// A `for` was read, its `in` not yet.
    looping: bool,
    /// A meter was opened and is to be closed where the list ends.
    metering: bool,
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    put: Vec<(usize, &'static str)>,
    includes: Vec<String>,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.at + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn skip_past(&mut self, end: &str) {
        let found = self.rest().find(end);
        self.at = found.map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// Goes behind the next opening marker.
    fn next_marker(&mut self) -> Option<Marker> {
        let bytes = self.rest().as_bytes();
        let found = bytes
            .windows(2)
            .position(|two| matches!(two, b"{{" | b"{%" | b"{#"))?;
        let marker = match bytes[found + 1] {
            b'{' => Marker::Value,
            b'%' => Marker::Tag,
            _ => Marker::Comment,
        };
        self.at += found + 2;
        Some(marker)
    }

    fn first_word(&self) -> &str {
        let rest = self.rest();
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        &rest[..word(rest)]
    }

    /// Everything up to the tag `endraw`.
    fn raw(&mut self) {
        self.skip_past("%}");
        while self.at < self.text.len() {
            self.skip_past("{%");
            if self.first_word() == "endraw" {
                return self.skip_past("%}");
            }
        }
    }

    /// One tag, from behind its opening marker to behind `end`.
    fn tag(&mut self, end: &str) {
        let first = match self.first_word() {
            "for" if end == "%}" => "for",
            "include" | "component" if end == "%}" => "call",
            _ => "",
        };
        if self.first_word() == "include" {
            let after = self
                .rest()
                .split_once("include")
                .map_or("", |(_, rest)| rest);
            let quoted = after.trim_start().split(['"', '\'', '`']).nth(1);
            self.includes.extend(quoted.map(ToOwned::to_owned));
        }
        let tag = Level {
            bracket: 0,
            looping: first == "for",
            metering: false,
        };
        let (mut levels, mut dotted) = (vec![tag], false);
        while self.at < self.text.len() {
            let dash = usize::from(self.byte(0) == b'-');
            if self
                .text
                .get(self.at + dash..)
                .is_some_and(|rest| rest.starts_with(end))
            {
                if levels[0].metering {
                    self.put.push((self.at, ")"));
                }
                self.at += dash + end.len();
                if first == "call" {
                    // With the dash, so that what follows is trimmed as before.
                    let call = if dash == 1 {
                        "{{-muster_call()-}}"
                    } else {
                        "{{muster_call()}}"
                    };
                    self.put.push((self.at, call));
                }
                return;
            }
            let after_dot = std::mem::replace(&mut dotted, self.byte(0) == b'.');
            self.token(&mut levels, after_dot);
        }
    }

    /// One token of a tag.
    fn token(&mut self, levels: &mut Vec<Level>, after_dot: bool) {
        let byte = self.byte(0);
        let length = word(self.rest());
        let innermost = levels.len() - 1;
        match byte {
            b'"' | b'\'' | b'`' => return self.string(byte),
            b'(' | b'[' | b'{' => levels.push(Level {
                bracket: byte,
                looping: false,
                metering: false,
            }),
            b')' | b']' | b'}' if innermost > 0 => {
                let closed = levels.pop().filter(|level| level.metering);
                self.put.extend(closed.map(|_| (self.at, ")")));
            }
            b'|' => self.put.push((self.at + 1, " muster_pass|")),
            _ if length > 0 => {
                let (start, end) = (self.at, self.at + length);
                let level = &mut levels[innermost];
                match &self.text[start..end] {
                    _ if after_dot => {}
                    "for" if level.bracket == b'[' => level.looping = true,
                    "in" if level.looping => {
                        (level.looping, level.metering) = (false, true);
                        let blank = self.text.as_bytes()[end..]
                            .iter()
                            .take_while(|byte| byte.is_ascii_whitespace())
                            .count();
                        let opening = match blank {
                            0 => " muster_each(v=",
                            _ => "muster_each(v=",
                        };
                        self.put.push((end + blank, opening));
                    }
                    "if" if level.metering && level.bracket == b'[' => {
                        level.metering = false;
                        self.put.push((start, ") "));
                    }
                    _ => {}
                }
                self.at = end;
                return;
            }
            _ => {}
        }
        // Whatever it is, it is passed as a whole character.
        self.at += self.rest().chars().next().map_or(1, char::len_utf8);
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.text.len() && self.byte(0) != quote {
            self.at += 1 + usize::from(self.byte(0) == b'\\');
        }
        // Never into the middle of a character: a quote and a backslash are none.
        self.at = (self.at + 1).min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}

/// How many bytes of a name `text` begins with.
fn word(text: &str) -> usize {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit())
    {
        return 0;
    }
    text.as_bytes().iter().take_while(|byte| part(byte)).count()
}
