//! Rust text with comments and literals blanked out, so that a rule meets code and nothing else.

/// One source file.
pub struct Source {
    /// Path from the top of the repository, as `src/boot/dhcp.rs`.
    pub path: String,
    /// Its lines as they are.
    pub raw: Vec<String>,
    /// The same lines with comments and the inside of literals replaced by blanks.
    pub code: Vec<String>,
    /// Which lines belong to a `#[cfg(test)]` item.
    pub test: Vec<bool>,
}

impl Source {
    /// Reads `text` as the file at `path`.
    pub fn new(path: &str, text: &str) -> Self {
        let blanked = blank(text);
        let code: Vec<String> = blanked.lines().map(str::to_owned).collect();
        let test = test_lines(&code);
        Self {
            path: path.to_owned(),
            raw: text.lines().map(str::to_owned).collect(),
            code,
            test,
        }
    }

    /// The folder of `src/` it lies in, or its own name for a file at the top of `src/`.
    pub fn folder(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside
            .split_once('/')
            .map_or(inside.trim_end_matches(".rs"), |(folder, _)| folder)
    }

    /// How deep its module lies below the crate: 1 for `src/kit/mod.rs`, 2 for `src/kit/mac.rs`.
    pub fn depth(&self) -> usize {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let parts = inside.split('/').count();
        match inside.rsplit('/').next() {
            Some("mod.rs" | "lib.rs" | "main.rs") => parts - 1,
            _ => parts,
        }
    }

    /// Lines of code outside of tests, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .iter()
            .zip(&self.test)
            .enumerate()
            .filter(|(_, (line, test))| !**test && !line.trim().is_empty())
            .map(|(at, (line, _))| (at + 1, line.as_str()))
    }
}

/// Replaces comments, and what is inside string and character literals, by blanks; newlines stay.
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            for c in &chars[at..end] {
                out.push(if *c == '\n' { '\n' } else { ' ' });
            }
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none starts there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |n: usize| chars.get(at + n).copied().unwrap_or('\0');
    let fresh = at == 0 || !is_word(chars[at - 1]);
    match chars[at] {
        '/' if next(1) == '/' => find(chars, at, |i| chars[i] == '\n'),
        '/' if next(1) == '*' => comment_end(chars, at),
        '"' => string_end(chars, at + 1),
        'b' | 'c' if fresh && next(1) == '"' => string_end(chars, at + 2),
        'r' if fresh && matches!(next(1), '"' | '#') => raw_end(chars, at, at + 1),
        'b' | 'c' if fresh && next(1) == 'r' && matches!(next(2), '"' | '#') => {
            raw_end(chars, at, at + 2)
        }
        // A lifetime has no closing quote: only 'x' and '\…' are characters.
        '\'' if next(1) == '\\' => find(chars, at + 3, |i| chars[i] == '\'') + 1,
        '\'' if next(2) == '\'' => at + 3,
        _ => at,
    }
    .min(chars.len())
}

fn find(chars: &[char], from: usize, hit: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|i| hit(*i)).unwrap_or(chars.len())
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Block comments nest.
fn comment_end(chars: &[char], mut at: usize) -> usize {
    let mut deep = 0;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => deep += 1,
            ('*', '/') => deep -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if deep == 0 {
            return at;
        }
    }
    chars.len()
}

/// `from` is where the hashes or the quote of a raw string begin. A raw identifier (`r#type`) is none.
fn raw_end(chars: &[char], start: usize, from: usize) -> usize {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return start;
    }
    let closed = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
    find(chars, from + hashes + 1, closed) + 1 + hashes
}

/// Whether `c` can be inside of a name.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The line of the brace that closes the first one opened at or after (`line`, `column`), or of a `;` that comes first.
/// Parentheses and brackets in between are passed over whole.
pub fn block_end(code: &[String], line: usize, column: usize) -> Option<usize> {
    let (mut braces, mut others) = (0i32, 0i32);
    for (at, text) in code.iter().enumerate().skip(line) {
        let from = if at == line { column } else { 0 };
        for c in text.chars().skip(from) {
            match c {
                '(' | '[' => others += 1,
                ')' | ']' => others -= 1,
                '{' => braces += 1,
                '}' => braces -= 1,
                ';' if braces == 0 && others == 0 => return Some(at),
                _ => continue,
            }
            if c == '}' && braces == 0 && others == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn test_lines(code: &[String]) -> Vec<bool> {
    let mut out = vec![false; code.len()];
    for at in 0..code.len() {
        let Some(column) = code[at].find("#[cfg(test)]") else {
            continue;
        };
        let end = block_end(code, at, column + "#[cfg(test)]".len()).unwrap_or(code.len() - 1);
        out[at..=end].fill(true);
    }
    out
}
