//! Edits of single lines: everything outside of them stays byte for byte.

use super::pieces;

/// A text as lines with their ends, and edits that wait.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    lines: Vec<&'t str>,
    /// What stands in place of a line, by its index, and in front of it.
    edits: Vec<(usize, Edit)>,
    newline: &'static str,
}

#[derive(Debug)]
enum Edit {
    /// These lines instead.
    Replace(String),
    /// These lines in front.
    Before(String),
}

/// Where new entries of a section go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There is no such section.
    Absent,
    /// Its line holds an empty value: it is at this index, and nothing is below it.
    Empty(usize),
    /// Behind this line index, this far in.
    After(usize, usize),
    /// It is written on one line in braces.
    Flow(usize),
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self {
            lines: text.split_inclusive('\n').collect(),
            edits: Vec::new(),
            newline,
        }
    }

    /// A line without its end.
    pub(super) fn line(&self, at: usize) -> &'t str {
        self.lines
            .get(at)
            .copied()
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
    }

    /// Joins lines with the text's own line ends, each `indent` in.
    fn block(&self, indent: usize, lines: &[String]) -> String {
        let pad = " ".repeat(indent);
        lines
            .iter()
            .map(|line| format!("{pad}{line}{}", self.newline))
            .collect()
    }

    pub(super) fn replace(&mut self, at: usize, indent: usize, lines: &[String]) {
        let block = self.block(indent, lines);
        self.edits.push((at, Edit::Replace(block)));
    }

    pub(super) fn before(&mut self, at: usize, indent: usize, lines: &[String]) {
        let block = self.block(indent, lines);
        self.edits.push((at, Edit::Before(block)));
    }

    /// Finds where an entry of `section` can be appended.
    pub(super) fn end_of(&self, section: &str) -> End {
        let Some(start) = self
            .lines
            .iter()
            .position(|line| pieces::key(line) == section)
        else {
            return End::Absent;
        };
        let head = self.line(start);
        let value = head.split_once(':').map_or("", |(_, value)| value);
        let value = value.split(" #").next().unwrap_or_default().trim();
        let mut end = None;
        for (at, line) in self.lines.iter().enumerate().skip(start + 1) {
            let body = line.trim_start_matches(' ');
            let indent = line.len() - body.len();
            let comment = body.starts_with('#');
            if body.trim().is_empty()
                || (comment && end.is_none_or(|(_, entries)| indent <= entries))
            {
                continue;
            }
            if indent == 0 {
                break;
            }
            let entries = end.map_or(indent, |(_, entries)| entries);
            end = Some((at, entries));
        }
        match (end, value) {
            (Some((at, entries)), "") => End::After(at, entries),
            (None, "" | "{}" | "{ }" | "~" | "null") => End::Empty(start),
            _ => End::Flow(start),
        }
    }

    /// The text with every edit done; a text without a last line end gets one before what is appended.
    pub(super) fn finish(self) -> String {
        let mut out =
            String::with_capacity(self.lines.iter().map(|line| line.len()).sum::<usize>() + 512);
        for (at, line) in self.lines.iter().enumerate() {
            let mut kept = Some(*line);
            for (_, edit) in self.edits.iter().filter(|(of, _)| *of == at) {
                match edit {
                    Edit::Before(block) => out.push_str(block),
                    Edit::Replace(block) => {
                        out.push_str(block);
                        kept = None;
                    }
                }
            }
            out.push_str(kept.unwrap_or_default());
        }
        let count = self.lines.len();
        for (_, edit) in self.edits.iter().filter(|(of, _)| *of >= count) {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push_str(self.newline);
            }
            let (Edit::Before(block) | Edit::Replace(block)) = edit;
            out.push_str(block);
        }
        out
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }
}

/// A text as YAML: quoted when it could be taken for something else (YAML 1.1's switches, numbers, base-60 numbers) or has
/// letters with a meaning.
pub(super) fn scalar(text: &str) -> String {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let switch = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    let address = text.contains(':')
        && text
            .chars()
            .any(|c| c.is_ascii_hexdigit() && c.is_alphabetic())
        && text.chars().all(|c| c.is_ascii_hexdigit() || c == ':')
        && text.len() >= 17;
    let dotted =
        text.split('.').count() == 4 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if (word && !switch.contains(&text.to_ascii_lowercase().as_str())) || address || dotted {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
