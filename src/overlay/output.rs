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
}

/// What an [`Output`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A file.
    File(Bytes),
    /// A symbolic link.
    Symlink(String),
}

/// Cuts `text` at its markers. `template` is the path of the template with its suffix.
///
/// Without any `file` call, all of it is the file that is named like the template. With one, text before the first call is
/// dropped, and a line break right after a call belongs to no file. Of two files with one name the last stays.
///
/// # Errors
/// A sentence for a path that leaves the overlay or names no file.
pub fn cut(template: &str, text: &[u8], directives: &[Directive]) -> Result<Vec<Output>, String> {
    let own = template.strip_suffix(".tera").unwrap_or(template);
    let mut outputs: Vec<Output> = Vec::new();
    let mut current = Output {
        path: own.to_owned(),
        body: Made::File(Bytes::new()),
        mode: None,
    };
    let mut named = false;
    let mut content: Vec<u8> = Vec::new();
    for (directive, text) in pieces(text, directives)? {
        match directive {
            None => {}
            Some(Directive::File(path, mode)) => {
                let link = matches!(current.body, Made::Symlink(_));
                if named || link {
                    keep(&mut outputs, current, &mut content);
                }
                content.clear();
                current = Output {
                    path: resolve(own, path)?,
                    body: Made::File(Bytes::new()),
                    mode: *mode,
                };
                named = true;
            }
            Some(Directive::Symlink(target)) => {
                if target.is_empty() || target.contains('\0') {
                    return Err("a symbolic link needs a target".into());
                }
                current.body = Made::Symlink(target.clone());
            }
        }
        content.extend_from_slice(text);
    }
    keep(&mut outputs, current, &mut content);
    Ok(outputs)
}

fn keep(outputs: &mut Vec<Output>, mut output: Output, content: &mut Vec<u8>) {
    if let Made::File(body) = &mut output.body {
        *body = std::mem::take(content).into();
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
