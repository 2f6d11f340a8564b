//! From the text a template wrote to the files it meant.

use bytes::Bytes;

use super::functions::Directive;

/// One file or link that a template makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Path on the node, without a leading slash.
    pub path: String,
    /// Content, or the target of a link.
    pub body: Made,
    /// Permission bits, if the template said.
    pub mode: Option<u32>,
    /// Whether what another overlay has there is kept beside it, as `PATH.wwbackup`.
    pub backup: bool,
}

/// What an [`Output`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A file.
    File(Bytes),
    /// A symbolic link.
    Symlink(String),
}

/// Files on their way: what a template writes goes into the current one.
///
/// Without any `file` call, all of it is the file that is named like the template. With one, text before the first call is
/// dropped. Of two files with one name the last stays.
#[derive(Debug)]
pub struct Sheets {
    template: String,
    outputs: Vec<Output>,
    current: Output,
    named: bool,
    content: Vec<u8>,
}

impl Sheets {
    /// Nothing yet. `template` is the path of the template with its suffix.
    pub fn new(template: &str) -> Self {
        let suffixes = [".tera", ".ww"];
        let own = suffixes
            .iter()
            .find_map(|suffix| template.strip_suffix(suffix));
        Self {
            template: template.to_owned(),
            outputs: Vec::new(),
            current: sheet(own.unwrap_or(template).to_owned(), None),
            named: false,
            content: Vec::new(),
        }
    }

    /// What follows goes to `path`: relative to the template's folder, or absolute on the node.
    ///
    /// # Errors
    /// A sentence for a path that leaves the overlay or names no file.
    pub fn file(&mut self, path: &str, mode: Option<u32>) -> Result<(), String> {
        let next = sheet(resolve(&self.template, path)?, mode);
        let before = std::mem::replace(&mut self.current, next);
        if self.named || matches!(before.body, Made::Symlink(_)) {
            keep(&mut self.outputs, before, &mut self.content);
        }
        self.content.clear();
        self.named = true;
        Ok(())
    }

    /// The current file is a link to `target`.
    ///
    /// # Errors
    /// A sentence for what cannot be a target.
    pub fn symlink(&mut self, target: &str) -> Result<(), String> {
        if target.is_empty() || target.contains('\0') {
            return Err("a symbolic link needs a target".into());
        }
        self.current.body = Made::Symlink(target.to_owned());
        Ok(())
    }

    /// The current file holds just these bytes, whatever text there is besides.
    pub fn bytes(&mut self, bytes: Bytes) {
        self.current.body = Made::File(bytes);
    }

    /// Text of the current file.
    pub fn text(&mut self, text: &[u8]) {
        self.content.extend_from_slice(text);
    }

    /// All files and links.
    pub fn finish(mut self) -> Vec<Output> {
        keep(&mut self.outputs, self.current, &mut self.content);
        self.outputs
    }
}

const fn sheet(path: String, mode: Option<u32>) -> Output {
    Output {
        path,
        body: Made::File(Bytes::new()),
        mode,
        backup: false,
    }
}

/// Cuts `text` at its markers. `template` is the path of the template with its suffix. A line break right after a call belongs to
/// no file.
///
/// # Errors
/// As [`Sheets::file`] and [`Sheets::symlink`].
pub fn cut(template: &str, text: &[u8], directives: &[Directive]) -> Result<Vec<Output>, String> {
    let mut sheets = Sheets::new(template);
    for (directive, text) in pieces(text, directives)? {
        match directive {
            None => {}
            Some(Directive::File(path, mode)) => sheets.file(path, *mode)?,
            Some(Directive::Symlink(target)) => sheets.symlink(target)?,
            Some(Directive::Bytes(bytes)) => sheets.bytes(bytes.clone()),
        }
        sheets.text(text);
    }
    Ok(sheets.finish())
}

fn keep(outputs: &mut Vec<Output>, mut output: Output, content: &mut Vec<u8>) {
    let text = std::mem::take(content);
    if let Made::File(body) = &mut output.body
        && body.is_empty()
    {
        *body = text.into();
    }
    outputs.retain(|other| other.path != output.path);
    outputs.push(output);
}

type Piece<'a> = (Option<&'a Directive>, &'a [u8]);

fn pieces<'a>(text: &'a [u8], directives: &'a [Directive]) -> Result<Vec<Piece<'a>>, String> {
    let mut parts = text.split(|byte| *byte == 0);
    let mut found: Vec<Piece<'a>> = vec![(None, parts.next().unwrap_or_default())];
    while let (Some(index), Some(after)) = (parts.next(), parts.next()) {
        let index = std::str::from_utf8(index)
            .ok()
            .and_then(|index| index.parse::<usize>().ok());
        let directive = index.and_then(|index| directives.get(index));
        let directive = directive.ok_or("a template cannot write a NUL byte")?;
        found.push((Some(directive), after.strip_prefix(b"\n").unwrap_or(after)));
    }
    if text.iter().filter(|byte| **byte == 0).count() % 2 == 1 {
        return Err("a template cannot write a NUL byte".into());
    }
    Ok(found)
}

/// `path` as called in the template `own`, from the root of the overlay.
fn resolve(own: &str, path: &str) -> Result<String, String> {
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let base = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts
                    .pop()
                    .ok_or_else(|| format!("file path `{path}` leads out of the overlay"))?;
            }
            part => parts.push(part),
        }
    }
    let nothing = parts.is_empty() || path.is_empty() || path.ends_with(['/', '\0']);
    if nothing || path.chars().any(|c| c.is_control()) {
        return Err(format!("file path `{}` names no file", path.escape_debug()));
    }
    Ok(parts.join("/"))
}
