//! The lines of one entry as a tree with byte positions: what is edited in place has to be found to the byte.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

/// How deep a tree may go.
const DEPTH: usize = 32;

/// A value and where it stands, in bytes of the text that was read.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub start: usize,
    /// Behind its last byte. Of what is written in lines: of its first line.
    pub end: usize,
    pub what: Form,
}

/// What a [`Shape`] is.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// A text as it reads, and how it is written.
    Scalar(String, ScalarStyle),
    /// A list; whether it is written in brackets.
    Seq(bool, Vec<Shape>),
    /// A section; whether it is written in braces.
    Map(bool, Vec<(Shape, Shape)>),
}

/// Why a text cannot be edited: a sentence, and the line, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Uneditable {
    pub why: String,
    pub line: usize,
}

impl Uneditable {
    pub(super) fn new(why: impl Into<String>, line: usize) -> Self {
        let why = why.into();
        Self { why, line }
    }
}

impl Shape {
    /// The pairs of a map; of anything else none.
    pub(super) fn pairs(&self) -> &[(Self, Self)] {
        match &self.what {
            Form::Map(_, pairs) => pairs,
            Form::Scalar(..) | Form::Seq(..) => &[],
        }
    }

    /// The text of a scalar; of anything else nothing.
    pub(super) fn text(&self) -> &str {
        match &self.what {
            Form::Scalar(text, _) => text,
            Form::Seq(..) | Form::Map(..) => "",
        }
    }

    /// Whether it says nothing: empty, `~` or `null` without quotes, `{}`, `[]`.
    pub(super) fn is_hollow(&self) -> bool {
        match &self.what {
            Form::Scalar(text, ScalarStyle::Plain) => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Form::Scalar(..) => false,
            Form::Seq(_, items) => items.is_empty(),
            Form::Map(_, pairs) => pairs.is_empty(),
        }
    }

    /// Whether it is written in braces or brackets.
    pub(super) fn is_flow(&self) -> bool {
        matches!(self.what, Form::Seq(true, _) | Form::Map(true, _))
    }

    /// Whether it takes lines of its own below its key.
    pub(super) fn in_lines(&self) -> bool {
        matches!(self.what, Form::Seq(false, _) | Form::Map(false, _))
    }
}

/// Reads a text that holds one map, and nothing that stands for something else: anchors, aliases, merge keys and tags would make
/// an edit reach further than it says.
///
/// # Errors
/// [`Uneditable`], with the line.
pub(super) fn read(text: &str) -> Result<Shape, Uneditable> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        lines: super::lines::starts(text),
        text,
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            event @ Event::MappingStart(..) => {
                let shape = reader.grow(event, span, 0)?;
                return reader.end().map(|()| shape);
            }
            _ => {
                return Err(Uneditable::new(
                    "it is no section of keys",
                    reader.line(span),
                ));
            }
        }
    }
}

/// Reads a text that is all one section, as if it stood below an empty name; nothing but comments is a section without keys.
///
/// # Errors
/// [`Uneditable`], with the line.
pub(super) fn whole(text: &str) -> Result<Shape, Uneditable> {
    let hollow = |start| Shape {
        start,
        end: start,
        what: Form::Map(false, Vec::new()),
    };
    let speaks = |line: &str| super::lines::speaks(line) && !line.starts_with("---");
    let root = if text.lines().any(speaks) {
        read(text)?
    } else {
        hollow(text.len())
    };
    let name = Shape {
        start: 0,
        end: 0,
        what: Form::Scalar(String::new(), ScalarStyle::Plain),
    };
    Ok(Shape {
        start: 0,
        end: root.end,
        what: Form::Map(false, vec![(name, root)]),
    })
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Where each line begins.
    lines: Vec<usize>,
    text: &'t str,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Uneditable> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            None => Err(Uneditable::new("the text ends too early", 0)),
            Some(Err(error)) => {
                let why = match error.info() {
                    info if info.contains("unknown anchor") => {
                        "it uses an alias (`*…`) of something elsewhere".to_owned()
                    }
                    info => format!("it is no YAML: {info}"),
                };
                Err(Uneditable::new(
                    why,
                    error.marker().line().saturating_sub(1),
                ))
            }
        }
    }

    /// Nothing may follow.
    fn end(&mut self) -> Result<(), Uneditable> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, span) => {
                    let why = "something that does not belong to it follows";
                    return Err(Uneditable::new(why, self.line(span)));
                }
            }
        }
    }

    fn line(&self, span: Span) -> usize {
        span.start.line().saturating_sub(1)
    }

    /// The byte at a place that the parser counts in lines and characters.
    fn byte(&self, line: usize, column: usize) -> usize {
        let start = line
            .checked_sub(1)
            .and_then(|at| self.lines.get(at))
            .copied();
        let start = start.unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let within = rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(at, _)| at);
        start + within
    }

    fn grow(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Shape, Uneditable> {
        let line = self.line(span);
        if depth > DEPTH {
            return Err(Uneditable::new("it is nested too deep", line));
        }
        let start = self.byte(span.start.line(), span.start.col());
        let anchored = |anchor: usize, tagged: bool| match (anchor, tagged) {
            (0, false) => Ok(()),
            (0, true) => Err(Uneditable::new("it has a tag (`!…`)", line)),
            _ => Err(Uneditable::new(
                "it has an anchor (`&…`), so that others say the same",
                line,
            )),
        };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                anchored(anchor, tag.is_some())?;
                Ok(self.scalar(text.into_owned(), style, start, span))
            }
            Event::SequenceStart(anchor, tag) => {
                anchored(anchor, tag.is_some())?;
                let flow = self.text.as_bytes().get(start) == Some(&b'[');
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, span) => break span,
                        (event, span) => items.push(self.grow(event, span, depth + 1)?),
                    }
                };
                let end = self.closed(flow, end, start);
                Ok(Shape {
                    start,
                    end,
                    what: Form::Seq(flow, items),
                })
            }
            Event::MappingStart(anchor, tag) => {
                anchored(anchor, tag.is_some())?;
                let flow = self.text.as_bytes().get(start) == Some(&b'{');
                let (pairs, end) = self.pairs(depth)?;
                let end = self.closed(flow, end, start);
                Ok(Shape {
                    start,
                    end,
                    what: Form::Map(flow, pairs),
                })
            }
            Event::Alias(_) => Err(Uneditable::new("it uses an alias (`*…`)", line)),
            _ => Err(Uneditable::new("it cannot be understood", line)),
        }
    }

    fn pairs(&mut self, depth: usize) -> Result<(Vec<(Shape, Shape)>, Span), Uneditable> {
        let mut pairs: Vec<(Shape, Shape)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok((pairs, span));
            }
            let line = self.line(span);
            let key = self.grow(event, span, depth + 1)?;
            let why = match &key.what {
                Form::Scalar(text, ScalarStyle::Plain) if text == "<<" => {
                    Some("it has a merge key (`<<`)".to_owned())
                }
                Form::Scalar(text, _) if pairs.iter().any(|(other, _)| other.text() == text) => {
                    Some(format!("the key `{text}` occurs twice"))
                }
                Form::Scalar(..) => None,
                Form::Seq(..) | Form::Map(..) => Some("a key is not one text".to_owned()),
            };
            if let Some(why) = why {
                return Err(Uneditable::new(why, line));
            }
            let (event, span) = self.next()?;
            pairs.push((key, self.grow(event, span, depth + 1)?));
        }
    }

    fn closed(&self, flow: bool, end: Span, start: usize) -> usize {
        if flow {
            self.byte(end.start.line(), end.start.col()) + 1
        } else {
            start
        }
    }

    /// A scalar. The parser counts the blanks and the comment behind a quoted one in; they are not part of it.
    fn scalar(&self, text: String, style: ScalarStyle, start: usize, span: Span) -> Shape {
        let bytes = self.text.as_bytes();
        let (start, end) = match style {
            ScalarStyle::Plain if text.is_empty() => {
                // Nothing was written: its place is behind the colon.
                let behind = start + usize::from(bytes.get(start) == Some(&b':'));
                (behind, behind)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                (start, quoted_end(bytes, start))
            }
            _ => (start, self.byte(span.end.line(), span.end.col())),
        };
        Shape {
            start,
            end,
            what: Form::Scalar(text, style),
        }
    }
}

/// Behind the quote that closes the one at `start`.
fn quoted_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes.get(start).copied().unwrap_or(b'"');
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        if quote == b'"' && byte == b'\\' {
            at += 2;
        } else if byte != quote {
            at += 1;
        } else if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}
