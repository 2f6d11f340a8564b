//! A text as lines, each with the end that it has in its file: what is not touched is written back byte for byte.

/// How a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a line feed.
    Lf,
    /// With a carriage return and a line feed.
    CrLf,
    /// With the text.
    None,
}

impl End {
    /// As it is written.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::None => "",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without its end.
    pub text: String,
    /// How it ends.
    pub end: End,
}

/// A place between two letters: the line, from 0, and bytes into it, at a border of graphemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pos {
    /// Line, from 0.
    pub row: usize,
    /// Bytes before it in its line.
    pub at: usize,
}

/// The lines. There is always one; the last one alone has no end, and is empty where the text ends with a line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    lines: Vec<Line>,
}

/// Some lines that became others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The first of them, from 0.
    pub row: usize,
    /// What was there.
    pub before: Vec<Line>,
    /// What is there now.
    pub after: Vec<Line>,
}

fn split(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut pieces = text.split('\n').peekable();
    while let Some(piece) = pieces.next() {
        let (text, end) = match (pieces.peek(), piece.strip_suffix('\r')) {
            (None, _) => (piece, End::None),
            (Some(_), Some(bare)) => (bare, End::CrLf),
            (Some(_), None) => (piece, End::Lf),
        };
        let text = text.to_owned();
        lines.push(Line { text, end });
    }
    lines
}

impl Lines {
    /// Of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { lines: split(text) }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out =
            String::with_capacity(self.lines.iter().map(|line| line.text.len() + 1).sum());
        for line in &self.lines {
            out.push_str(&line.text);
            out.push_str(line.end.text());
        }
        out
    }

    /// Whether this is that text, found without making one.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        let mut rest = text;
        for line in &self.lines {
            let after = rest.strip_prefix(line.text.as_str());
            match after.and_then(|after| after.strip_prefix(line.end.text())) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.is_empty()
    }

    /// How many there are: at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.lines.len()
    }

    /// A line without its end; empty beyond the last.
    #[must_use]
    pub fn line(&self, row: usize) -> &str {
        self.lines.get(row).map_or("", |line| &line.text)
    }

    /// The lines from the first on.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The end of the text.
    #[must_use]
    pub fn last(&self) -> Pos {
        let row = self.lines.len() - 1;
        let at = self.line(row).len();
        Pos { row, at }
    }

    /// The end that new lines get: that of most of the others, as far as the first few tell.
    #[must_use]
    pub fn usual(&self) -> End {
        let first = self.lines.iter().take(64);
        let (mut plain, mut two) = (0, 0);
        for line in first {
            match line.end {
                End::Lf => plain += 1,
                End::CrLf => two += 1,
                End::None => {}
            }
        }
        if two > plain { End::CrLf } else { End::Lf }
    }

    /// The text between two places.
    #[must_use]
    pub fn slice(&self, from: Pos, to: Pos) -> String {
        if from.row == to.row {
            let line = self.line(from.row);
            return line.get(from.at..to.at).unwrap_or_default().to_owned();
        }
        let mut out = String::new();
        for (row, line) in self
            .lines
            .iter()
            .enumerate()
            .take(to.row + 1)
            .skip(from.row)
        {
            let start = if row == from.row { from.at } else { 0 };
            if row == to.row {
                out.push_str(line.text.get(..to.at).unwrap_or_default());
            } else {
                out.push_str(line.text.get(start..).unwrap_or_default());
                out.push_str(line.end.text());
            }
        }
        out
    }

    /// Puts a text in the place of what is between two places; gives what was changed, and the place behind the text.
    pub fn replace(&mut self, from: Pos, to: Pos, with: &str) -> (Swap, Pos) {
        let head = self.line(from.row).get(..from.at).unwrap_or_default();
        let tail = self.line(to.row).get(to.at..).unwrap_or_default();
        let behind = tail.len();
        let mut after = split(&format!("{head}{with}{tail}"));
        let end = self.lines.get(to.row).map_or(End::None, |line| line.end);
        let mut at = 0;
        if let Some(last) = after.last_mut() {
            last.end = end;
            at = last.text.len().saturating_sub(behind);
        }
        let place = Pos {
            row: from.row + after.len() - 1,
            at,
        };
        let row = from.row;
        let before = self.put(row, to.row - row + 1, after.clone());
        (Swap { row, before, after }, place)
    }

    /// Puts lines in the place of `count` others from `row` on; gives those.
    pub fn put(&mut self, row: usize, count: usize, lines: Vec<Line>) -> Vec<Line> {
        let end = (row + count).min(self.lines.len());
        self.lines.splice(row.min(end)..end, lines).collect()
    }
}
