//! YAML as bounded trees with places. Scalars keep the text that was written; aliases are expanded within a budget.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

/// How deep a tree may go.
const DEPTH: usize = 32;
/// How many items all aliases of one text may add.
const EXPANSION: usize = 200_000;

/// A place in the text: line and column from 1, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub line: u32,
    pub column: u32,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Tree<'t> {
    pub at: Mark,
    pub what: What<'t>,
}

/// The shapes of YAML.
#[derive(Debug, Clone)]
pub(super) enum What<'t> {
    /// Text, and whether it stood without quotes.
    Scalar(Cow<'t, str>, bool),
    Seq(Vec<Tree<'t>>),
    Map(Vec<(Tree<'t>, Tree<'t>)>),
}

impl<'t> Tree<'t> {
    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.what {
            What::Scalar(text, _) => Some(text),
            What::Seq(_) | What::Map(_) => None,
        }
    }

    /// Whether it is nothing: empty, `~` or `null` without quotes.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.what, What::Scalar(text, true) if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Key and value under `key` of a map.
    pub(super) fn pair(&self, key: &str) -> Option<&(Self, Self)> {
        match &self.what {
            What::Map(pairs) => pairs.iter().find(|(name, _)| name.text() == Some(key)),
            What::Scalar(..) | What::Seq(_) => None,
        }
    }

    /// What it is, in words.
    pub(super) fn shape(&self) -> &'static str {
        match &self.what {
            What::Scalar(..) => "one text",
            What::Seq(_) => "a list",
            What::Map(_) => "a section",
        }
    }

    fn size(&self) -> usize {
        1 + match &self.what {
            What::Scalar(..) => 0,
            What::Seq(items) => items.iter().map(Self::size).sum(),
            What::Map(pairs) => pairs.iter().map(|(k, v)| k.size() + v.size()).sum(),
        }
    }
}

/// Why a tree could not be read.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub at: Mark,
    pub what: String,
}

impl Broken {
    /// Whether the text is no YAML there, in contrast to more YAML than is taken.
    pub(super) fn is_syntax(&self) -> bool {
        self.what.starts_with(SYNTAX)
    }
}

/// How the complaint about a text begins that is no YAML.
const SYNTAX: &str = "is no YAML: ";

/// Reads trees from a text, in order.
pub(super) struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Lines before the text, for a piece cut out of a file.
    skipped: u32,
    anchors: HashMap<usize, Tree<'t>>,
    expanded: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, skipped: u32) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            skipped,
            anchors: HashMap::new(),
            expanded: 0,
        }
    }

    /// The next event and its place; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(Event<'t>, Mark)>, Broken> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, self.mark(&span)))),
            Some(Err(error)) => Err(self.broken(&error)),
        }
    }

    fn expect(&mut self) -> Result<(Event<'t>, Mark), Broken> {
        self.next()?.ok_or_else(|| Broken {
            at: Mark::default(),
            what: "the text ends too early".into(),
        })
    }

    /// The tree that begins with `event`.
    pub(super) fn tree(&mut self, event: Event<'t>, at: Mark) -> Result<Tree<'t>, Broken> {
        self.grow(event, at, 0)
    }

    /// The next tree.
    pub(super) fn next_tree(&mut self) -> Result<Tree<'t>, Broken> {
        let (event, at) = self.expect()?;
        self.tree(event, at)
    }

    fn grow(&mut self, event: Event<'t>, at: Mark, depth: usize) -> Result<Tree<'t>, Broken> {
        if depth > DEPTH {
            return Err(Broken {
                at,
                what: format!("is nested deeper than {DEPTH} levels"),
            });
        }
        let (what, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                (What::Scalar(text, style == ScalarStyle::Plain), anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.expect()? {
                        (Event::SequenceEnd, _) => break,
                        (event, at) => items.push(self.grow(event, at, depth + 1)?),
                    }
                }
                (What::Seq(items), anchor)
            }
            Event::MappingStart(anchor, _) => {
                let mut pairs = Vec::new();
                loop {
                    let key = match self.expect()? {
                        (Event::MappingEnd, _) => break,
                        (event, at) => self.grow(event, at, depth + 1)?,
                    };
                    let (event, at) = self.expect()?;
                    pairs.push((key, self.grow(event, at, depth + 1)?));
                }
                (What::Map(merge_keys(pairs)), anchor)
            }
            Event::Alias(id) => return self.alias(id, at),
            _ => (What::Scalar(Cow::Borrowed(""), true), 0),
        };
        let tree = Tree { at, what };
        if anchor != 0 {
            self.charge(&tree)?;
            self.anchors.insert(anchor, tree.clone());
        }
        Ok(tree)
    }

    fn alias(&mut self, id: usize, at: Mark) -> Result<Tree<'t>, Broken> {
        let Some(tree) = self.anchors.get(&id).cloned() else {
            return Err(Broken {
                at,
                what: "is an alias of something that contains it".into(),
            });
        };
        self.charge(&tree)
            .map_err(|broken| Broken { at, ..broken })?;
        Ok(tree)
    }

    fn charge(&mut self, tree: &Tree<'t>) -> Result<(), Broken> {
        self.expanded = self.expanded.saturating_add(tree.size());
        if self.expanded > EXPANSION {
            return Err(Broken {
                at: tree.at,
                what: format!("aliases expand to more than {EXPANSION} items"),
            });
        }
        Ok(())
    }

    fn mark(&self, span: &Span) -> Mark {
        self.place(span.start.line(), span.start.col())
    }

    fn place(&self, line: usize, column: usize) -> Mark {
        Mark {
            line: u32::try_from(line)
                .unwrap_or(u32::MAX)
                .saturating_add(self.skipped),
            column: u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
        }
    }

    fn broken(&self, error: &ScanError) -> Broken {
        let at = error.marker();
        Broken {
            at: self.place(at.line(), at.col()),
            what: match error.info() {
                info if info.starts_with("tabs disallowed") => {
                    format!("{SYNTAX}a tab stands where only blanks may indent")
                }
                info => format!("{SYNTAX}{info}"),
            },
        }
    }
}

/// Replaces `<<` (YAML 1.1's merge key) by the pairs of the maps that it names, unless a key is there already.
fn merge_keys<'t>(pairs: Vec<(Tree<'t>, Tree<'t>)>) -> Vec<(Tree<'t>, Tree<'t>)> {
    let is_merge = |key: &Tree<'t>| matches!(&key.what, What::Scalar(text, true) if text == "<<");
    if !pairs.iter().any(|(key, _)| is_merge(key)) {
        return pairs;
    }
    let (merged, mut own): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(key, _)| is_merge(key));
    for (_, value) in merged {
        let maps = match value.what {
            What::Seq(items) => items,
            what => vec![Tree { at: value.at, what }],
        };
        for map in maps {
            let What::Map(pairs) = map.what else { continue };
            for (key, value) in pairs {
                if !own.iter().any(|(known, _)| known.text() == key.text()) {
                    own.push((key, value));
                }
            }
        }
    }
    own
}
