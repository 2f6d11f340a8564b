//! The person's editor on a text of ours. The terminal is given back before and taken again after by the loop.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The editor when nobody says which.
const USUAL: &str = "vi";

/// Lets the person edit a text, beginning at a line, from 1; gives what it is then. Editors tell by `name` what kind of text it is.
/// It may hold secrets: its file is in a folder that only its owner can open, and is gone afterwards.
///
/// # Errors
/// Why there is no new text, as a sentence.
pub fn edit(name: &str, text: &[u8], line: u32) -> Result<Vec<u8>, String> {
    let folder =
        folder().map_err(|error| format!("no folder for the text can be made: {error}"))?;
    // A name with a slash, or none, would be another place.
    let name = Path::new(name).file_name().unwrap_or("text".as_ref());
    let path = folder.join(name);
    let edited = write(&path, text)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
        .and_then(|()| run(&path, line))
        .and_then(|()| {
            fs::read(&path).map_err(|error| format!("the edited text cannot be read: {error}"))
        });
    // What cannot be removed lies in a folder that is closed to others.
    let _left = fs::remove_dir_all(&folder);
    edited
}

/// A new folder of our own, where the runtime directory is or where temporary files are.
fn folder() -> std::io::Result<PathBuf> {
    let base = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let mut last = std::io::ErrorKind::AlreadyExists.into();
    for turn in 0..100u32 {
        let path = base.join(format!("muster-edit-{}-{turn}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text)
}

/// Runs the editor and waits. `VISUAL` and `EDITOR` may hold arguments, so a shell reads them.
fn run(path: &Path, line: u32) -> Result<(), String> {
    let said = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|text| !text.trim().is_empty())
    };
    let editor = said("VISUAL")
        .or_else(|| said("EDITOR"))
        .unwrap_or_else(|| USUAL.into());
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(&editor);
    // Nearly every editor of a terminal knows this; at the first line nothing need be said.
    if line > 1 {
        command.arg(format!("+{line}"));
    }
    let ended = command.arg(path).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "the editor `{editor}` ended with {status}: nothing was taken over"
        )),
        Err(error) => Err(format!(
            "the editor `{editor}` cannot be started: {error}; set EDITOR"
        )),
    }
}
