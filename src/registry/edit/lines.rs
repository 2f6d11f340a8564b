//! A text as lines: where they begin, how far in they are, what they are.

/// The byte at which each line begins. An empty text has none.
pub(in crate::registry) fn starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::with_capacity(text.len() / 24 + 1);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        starts.push(at);
        at += line.len();
    }
    starts
}

/// The line end that a text uses.
pub(in crate::registry) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// A line without its end.
pub(super) fn bare(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// How many blanks a line begins with.
pub(in crate::registry) fn indent(line: &str) -> usize {
    line.bytes().take_while(|byte| *byte == b' ').count()
}

/// Whether nothing but blanks is on it.
pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Whether it is a comment and nothing else.
pub(super) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Whether it says something to YAML.
pub(in crate::registry) fn speaks(line: &str) -> bool {
    !is_blank(line) && !is_comment(line)
}

/// Lines with their ends, each `pad` in; what is empty stays empty.
pub(super) fn block(pad: usize, lines: &[String], newline: &str) -> String {
    let mut out = String::new();
    for line in lines {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', pad));
        }
        out.push_str(line);
        out.push_str(newline);
    }
    out
}

/// A text with these line ends, also behind its last line.
pub(super) fn ended(text: &str, newline: &str) -> String {
    text.lines().flat_map(|line| [line, newline]).collect()
}

/// A text that is read by line: the lines and where they begin.
#[derive(Debug)]
pub(in crate::registry) struct Ruled<'t> {
    pub(super) text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Ruled<'t> {
    pub(in crate::registry) fn new(text: &'t str) -> Self {
        Self {
            text,
            starts: starts(text),
        }
    }

    /// How many lines there are.
    pub(in crate::registry) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Where a line begins; behind the last line that is the end of the text.
    pub(in crate::registry) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// A line with its end.
    pub(in crate::registry) fn line(&self, line: usize) -> &'t str {
        &self.text[self.start(line)..self.start(line + 1)]
    }

    /// The line that holds a byte.
    pub(in crate::registry) fn of(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= byte)
            .saturating_sub(1)
    }

    /// How many bytes into its line a byte is.
    pub(in crate::registry) fn column(&self, byte: usize) -> usize {
        byte - self.start(self.of(byte))
    }

    /// Whether a byte is the first on its line that is no blank.
    pub(in crate::registry) fn leads(&self, byte: usize) -> bool {
        let start = self.start(self.of(byte));
        self.text[start..byte].bytes().all(|byte| byte == b' ')
    }

    /// The line behind the document that `line` is in.
    pub(in crate::registry) fn document_end(&self, line: usize) -> usize {
        let marker = |line: &usize| {
            let line = self.line(*line);
            line.starts_with("---") || line.starts_with("...")
        };
        let mut below = line + 1..self.len();
        below.find(marker).unwrap_or(self.len())
    }

    /// Moves the end of a range of lines up over blank lines, and over comments that are no further in than `column`: they
    /// belong to what follows.
    pub(in crate::registry) fn trimmed(&self, first: usize, end: usize, column: usize) -> usize {
        let loose = |line: &str| is_blank(line) || (is_comment(line) && indent(line) <= column);
        let mut end = end.min(self.len());
        while end > first + 1 && loose(self.line(end - 1)) {
            end -= 1;
        }
        end
    }

    /// The first of the comment lines that stand directly above `line`, down to `least`. What is further in than `column` may be
    /// the text of a block above.
    pub(in crate::registry) fn above(&self, line: usize, least: usize, column: usize) -> usize {
        let mut first = line;
        let ours = |line: &str| is_comment(line) && indent(line) <= column;
        while first > least && ours(self.line(first - 1)) {
            first -= 1;
        }
        first
    }
}
