//! What an image leaves out of its archive: the patterns of its `/etc/warewulf/excludes`.
//!
//! A pattern is matched against the whole path from the root of the image, without slashes at either end; `*` and `?` stop at a
//! slash, `[a-z]` and `[^a-z]` are classes, `\` takes the next character as it is. A folder that matches is left out with all
//! below it. These are the rules of Go's `filepath.Match`, by which existing files were written.

/// Patterns of paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excludes {
    patterns: Vec<Vec<u8>>,
}

impl Excludes {
    /// From the text of the file: a pattern a line; empty lines and lines that begin with `#` say nothing.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let patterns = lines
            .filter(|line| !line.starts_with(b"#"))
            .map(|line| trim(line).to_vec())
            .filter(|pattern| !pattern.is_empty())
            .collect();
        Self { patterns }
    }

    /// Whether `path` (from the root of the image, without a leading slash) is left out.
    #[must_use]
    pub fn matches(&self, path: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| glob(pattern, path))
    }

    /// Whether there are any patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

fn trim(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"/") {
        path = rest;
    }
    while let Some(rest) = path.strip_suffix(b"/") {
        path = rest;
    }
    path
}

/// One star is tried at a time, so the work is the product of both lengths at most.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() || p < pattern.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
            continue;
        }
        let step = text.get(t).and_then(|byte| one(&pattern[p..], *byte));
        match (step, star) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            // The star takes one more, but never a slash.
            (None, Some((at, from))) if text.get(from).is_some_and(|byte| *byte != b'/') => {
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
            _ => return false,
        }
    }
    true
}

/// How many bytes of the pattern `byte` uses up, if it fits their first element.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => (byte != b'/').then_some(1),
        b'\\' => (pattern.get(1) == Some(&byte)).then_some(2),
        b'[' => class(pattern, byte),
        literal => (literal == byte).then_some(1),
    }
}

fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = pattern.get(1) == Some(&b'^');
    let mut at = 1 + usize::from(negated);
    let first = at;
    let mut hit = false;
    let take = |at: &mut usize| -> Option<u8> {
        *at += usize::from(pattern.get(*at) == Some(&b'\\'));
        *at += 1;
        pattern.get(*at - 1).copied()
    };
    // A class that never closes matches nothing.
    while at == first || pattern.get(at) != Some(&b']') {
        let low = take(&mut at)?;
        let mut high = low;
        if pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|end| *end != b']') {
            at += 1;
            high = take(&mut at)?;
        }
        hit |= (low..=high).contains(&byte);
    }
    (hit != negated && byte != b'/').then_some(at + 1)
}
