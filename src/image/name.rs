//! Names of images.

/// Why a text cannot be the name of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{shown}` cannot be the name of an image: letters, digits and `_.:-` are taken, not beginning with `.` or `-`, at most 128"
)]
pub struct BadName {
    shown: String,
}

/// Whether `name` may name an image. It becomes a folder, a part of URLs and a word of boot scripts.
///
/// # Errors
/// [`BadName`], which says what is allowed.
pub fn check_name(name: &str) -> Result<(), BadName> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
    if (1..=128).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with(['.', '-']) {
        Ok(())
    } else {
        let shown = name.chars().take(40).flat_map(char::escape_debug).collect();
        Err(BadName { shown })
    }
}
