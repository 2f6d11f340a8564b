//! Files of this machine that a person names.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

/// Largest file that is taken in, in bytes.
const LARGEST: u64 = 64 << 20;

/// Reads a file: its content and its permission bits. A path may begin with `~/`.
///
/// # Errors
/// Why it cannot be read, as a sentence.
pub fn read(path: &str) -> Result<(Vec<u8>, u32), String> {
    let home = path.strip_prefix("~/").zip(std::env::var_os("HOME"));
    let place = home.map_or_else(
        || PathBuf::from(path),
        |(rest, home)| PathBuf::from(home).join(rest),
    );
    let wrong = |error: std::io::Error| format!("{path} cannot be read: {error}");
    // Asked before it is opened: a pipe would keep us waiting for whoever writes to it.
    let meta = fs::metadata(&place).map_err(wrong)?;
    if !meta.is_file() {
        return Err(format!("{path} is no regular file"));
    }
    if meta.len() > LARGEST {
        return Err(format!(
            "{path} has more than 64 MB: put it into the folder of the overlay yourself"
        ));
    }
    let mut bytes = Vec::new();
    File::open(&place)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
        .map_err(wrong)?;
    Ok((bytes, meta.permissions().mode() & 0o7777))
}
