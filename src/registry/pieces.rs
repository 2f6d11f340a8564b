//! Where a text that cannot be read as a whole is cut, so that only the broken entry is lost.

/// One entry's lines, or a section's if its entries cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// Key of the section, as `nodes`.
    pub section: &'t str,
    /// What its first line says before the colon, without quotes; empty when it is no key.
    pub name: &'t str,
    /// Lines before it.
    pub skipped: u32,
    /// Its text.
    pub text: &'t str,
}

impl Piece<'_> {
    /// Whether a line of the file is in it.
    pub(super) fn holds(&self, line: u32) -> bool {
        let lines = u32::try_from(self.text.lines().count()).unwrap_or(u32::MAX);
        line > self.skipped && line - self.skipped <= lines
    }
}

/// Cuts the sections named in `wanted` at the lines that stand exactly as far in as their first entry. None of these sections
/// in the text means that there is nothing to cut.
pub(super) fn cut<'t>(text: &'t str, wanted: &[&str]) -> Vec<Piece<'t>> {
    let mut cutter = Cutter {
        text,
        pieces: Vec::new(),
        section: None,
        indent: None,
        open: None,
    };
    let mut offset = 0;
    for (number, line) in (0u32..).zip(text.split_inclusive('\n')) {
        cutter.line(line.trim_end_matches(['\n', '\r']), number, offset, wanted);
        offset += line.len();
    }
    cutter.close(text.len());
    cutter.pieces
}

struct Cutter<'t> {
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    /// The section we are in.
    section: Option<&'t str>,
    /// How far its entries are in.
    indent: Option<usize>,
    /// Start, lines before, and name of the piece that is growing.
    open: Option<(usize, u32, &'t str)>,
}

impl<'t> Cutter<'t> {
    fn line(&mut self, line: &'t str, number: u32, offset: usize, wanted: &[&str]) {
        let body = line.trim_start_matches(' ');
        if body.trim().is_empty() || body.starts_with('#') {
            return;
        }
        let indent = line.len() - body.len();
        if indent == 0 && !body.starts_with('\t') {
            self.close(offset);
            let name = key(body);
            self.section = wanted.contains(&name).then_some(name);
            self.indent = None;
        } else if self.section.is_some() {
            let entries = *self.indent.get_or_insert(indent);
            if indent == entries && !body.starts_with('\t') {
                self.close(offset);
                self.open = Some((offset, number, key(body)));
            } else if self.open.is_none() {
                self.open = Some((offset, number, ""));
            }
        }
    }

    fn close(&mut self, end: usize) {
        if let (Some(section), Some((start, skipped, name))) = (self.section, self.open.take()) {
            let text = &self.text[start..end];
            self.pieces.push(Piece {
                section,
                name,
                skipped,
                text,
            });
        }
    }
}

/// The key at the start of a line, without quotes.
pub(super) fn key(line: &str) -> &str {
    let line = line.trim_end();
    let quoted = |quote: char| {
        let inner = line.strip_prefix(quote)?;
        inner.split_once(quote).map(|(name, _)| name)
    };
    if let Some(name) = quoted('"').or_else(|| quoted('\'')) {
        return name;
    }
    match line.split_once(": ") {
        Some((name, _)) => name.trim_end(),
        None => line.strip_suffix(':').unwrap_or_default(),
    }
}
