//! Reading cpio archives of the form `newc` from memory, for the node: names are bytes as the file system has them, and an archive is
//! read to its end before anything is made of it. The `cpio` crate wants names in UTF-8 and a file read before the next is known.

use super::cpio::show;

/// Bytes of a header.
const HEAD: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";

/// One entry, its data where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Path, as written.
    pub name: &'a [u8],
    /// Format and permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Number by which hard links know one another.
    pub inode: u32,
    /// How many names the file has.
    pub nlink: u32,
    /// Major and minor number of a device node.
    pub rdev: (u32, u32),
    /// Content, or the target of a link.
    pub data: &'a [u8],
}

/// The entries of an archive, in order, without the one that ends it. What follows the end is not looked at.
///
/// # Errors
/// A sentence that says what is broken at which byte; also for an archive that does not end.
pub fn entries(archive: &[u8]) -> Result<Vec<Entry<'_>>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let (entry, next) = one(archive, at)?;
        if entry.name == TRAILER {
            return Ok(found);
        }
        found.push(entry);
        at = next;
    }
}

/// The entry that begins at `at`, and where the next one does.
fn one(archive: &[u8], at: usize) -> Result<(Entry<'_>, usize), String> {
    let short = || format!("the archive breaks off in the entry at byte {at}");
    let head = archive.get(at..at.saturating_add(HEAD)).ok_or_else(short)?;
    if !matches!(head.get(..6), Some(b"070701" | b"070702")) {
        return Err(format!("no entry begins at byte {at} of the archive"));
    }
    let field = |index: usize| {
        let digits = head.get(6 + index * 8..14 + index * 8).unwrap_or_default();
        number(digits)
            .ok_or_else(|| format!("the entry at byte {at} has a number that is none in its head"))
    };
    let (size, name_size) = (field(6)? as usize, field(11)? as usize);
    let name = archive.get(at + HEAD..(at + HEAD).saturating_add(name_size));
    let name = name.ok_or_else(short)?;
    let name = name
        .strip_suffix(&[0])
        .filter(|name| !name.contains(&0))
        .ok_or_else(|| format!("the entry at byte {at} has a broken name"))?;
    let start = (at + HEAD + name_size).next_multiple_of(4);
    let end = start.saturating_add(size);
    // The padding of the very last entry may be cut off.
    let data = match size {
        0 => &[],
        _ => archive
            .get(start..end)
            .ok_or_else(|| format!("the archive breaks off in {}", show(name)))?,
    };
    let entry = Entry {
        name,
        mode: field(1)?,
        uid: field(2)?,
        gid: field(3)?,
        inode: field(0)?,
        nlink: field(4)?,
        rdev: (field(9)?, field(10)?),
        data,
    };
    Ok((entry, end.next_multiple_of(4)))
}

/// Eight hex digits; a sign, which Rust would take, is none.
fn number(digits: &[u8]) -> Option<u32> {
    let fits = digits.len() == 8 && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| fits)?;
    u32::from_str_radix(text, 16).ok()
}
