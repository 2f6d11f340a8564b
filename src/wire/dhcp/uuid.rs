//! Option 97, the client's machine identifier (RFC 4578 section 2.3).

use std::fmt::Write as _;

/// The SMBIOS UUID in option 97 as text, lower case with hyphens: a type byte of 0, then 16 bytes whose first three fields
/// are little-endian (SMBIOS 2.6 section 7.2.1), as `dmidecode` and iPXE print it. `None` for any other type or length.
#[must_use]
pub fn uuid_text(value: &[u8]) -> Option<String> {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let [0, raw @ ..] = value else { return None };
    let raw: &[u8; 16] = raw.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (at, from) in ORDER.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{:02x}", raw[from]);
    }
    Some(text)
}
