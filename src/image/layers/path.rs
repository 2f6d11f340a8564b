//! Paths as layers write them.

/// The kernel's own limit for links on one path.
pub const MOST_LINKS: usize = 40;
/// Longest path and longest name (limits.h: `PATH_MAX`, `NAME_MAX`).
const LONGEST: (usize, usize) = (4096, 255);

/// The names on `path` from the root, without `.`; a leading slash counts for nothing, as with tar.
///
/// # Errors
/// A sentence for what leads out of the image, or what no file system holds.
pub fn parts(path: &[u8]) -> Result<Vec<&[u8]>, String> {
    let shown = || String::from_utf8_lossy(path).escape_debug().to_string();
    if path.len() > LONGEST.0 {
        let start: String = shown().chars().take(60).collect();
        return Err(format!(
            "the path {start}… is longer than {} bytes",
            LONGEST.0
        ));
    }
    if path.contains(&0) {
        return Err(format!("the path {} holds a NUL", shown()));
    }
    let mut parts = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => return Err(format!("the path {} leads out of the image", shown())),
            part if part.len() > LONGEST.1 => {
                return Err(format!("a name in the path {} is too long", shown()));
            }
            part => parts.push(part),
        }
    }
    Ok(parts)
}

/// What a name says of the layers below.
#[derive(Debug, PartialEq, Eq)]
pub enum Mark<'p> {
    /// Nothing.
    None,
    /// What they have under this name is gone.
    Whiteout(&'p [u8]),
    /// All that they have in this folder is gone.
    Opaque,
    /// Bookkeeping of AUFS; it means nothing here.
    Ignored,
}

/// Reads a name.
///
/// # Errors
/// A sentence for a whiteout of nothing, or of the folder itself.
pub fn mark(name: &[u8]) -> Result<Mark<'_>, String> {
    match name.strip_prefix(b".wh.") {
        None => Ok(Mark::None),
        Some(b".wh..opq") => Ok(Mark::Opaque),
        Some(rest) if rest.starts_with(b".wh.") => Ok(Mark::Ignored),
        Some(b"" | b"." | b"..") => Err(format!(
            "the whiteout {} names no file",
            String::from_utf8_lossy(name).escape_debug()
        )),
        Some(rest) => Ok(Mark::Whiteout(rest)),
    }
}
