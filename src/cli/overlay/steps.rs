//! The steps that verbs mean: most are one.

use std::io::Read;
use std::sync::Arc;

use super::super::desk::Desk;
use super::super::failure::Failure;
use super::carry::Manner;
use super::changing::Changing;
use super::{bits, file, within};
use crate::api::{Content, FileKind, MergeSide, OverlayFile, OverlayStep};

/// An overlay, what is done to it, and how.
type One<'v> = (&'v str, OverlayStep, &'v Manner);

/// The one step that most verbs are.
///
/// # Errors
/// What is typed makes no sense, or what it is about cannot be read.
pub fn one<'v>(desk: &Desk<'_, '_>, verb: &'v Changing) -> Result<One<'v>, Failure> {
    match plain(verb) {
        Some(one) => Ok(one),
        None => looked_up(desk, verb),
    }
}

/// What is all in the words that were typed.
fn plain(verb: &Changing) -> Option<One<'_>> {
    Some(match verb {
        Changing::Create { overlay, manner } => (overlay, OverlayStep::Create, manner),
        Changing::Copy { overlay, manner } => (overlay, OverlayStep::Copy, manner),
        Changing::Mkdir {
            overlay,
            folder,
            mode,
            manner,
            ..
        } => {
            let (path, mode) = (bare(folder), *mode);
            (overlay, OverlayStep::Mkdir { path, mode }, manner)
        }
        Changing::Link {
            overlay,
            file,
            target,
            manner,
        } => {
            let (path, target) = (within(file), target.as_str().into());
            (overlay, OverlayStep::Symlink { path, target }, manner)
        }
        Changing::Merge {
            overlay,
            file,
            ours,
            theirs,
            manner,
        } => {
            let side = match (ours, theirs) {
                (true, _) => Some(MergeSide::Ours),
                (_, true) => Some(MergeSide::Theirs),
                _ => None,
            };
            let path = file.as_deref().map(within);
            (overlay, OverlayStep::Merge { path, side }, manner)
        }
        _ => return None,
    })
}

/// What depends on what is there, here or in the overlay.
fn looked_up<'v>(desk: &Desk<'_, '_>, verb: &'v Changing) -> Result<One<'v>, Failure> {
    Ok(match verb {
        Changing::Write {
            overlay,
            file,
            mode,
            manner,
        } => {
            let (path, content, mode) = (within(file), typed()?, *mode);
            (
                overlay,
                OverlayStep::Write {
                    path,
                    content,
                    mode,
                },
                manner,
            )
        }
        Changing::Chmod {
            overlay,
            file,
            mode,
            manner,
        } => {
            let path = bare(file);
            let mode = mode_of(desk, overlay, &path, mode)?;
            (overlay, OverlayStep::Mode { path, mode }, manner)
        }
        Changing::Chown {
            overlay,
            file,
            owner,
            manner,
        } => {
            let path = bare(file);
            let (uid, gid) = bits::owner(owner).map_err(Failure::Usage)?;
            (overlay, OverlayStep::Owner { path, uid, gid }, manner)
        }
        Changing::Mv {
            overlay,
            file,
            to,
            manner,
        } => {
            let path = bare(file);
            let name = path.rsplit('/').next().unwrap_or(&path);
            let folder = to.trim_end_matches('/');
            let into = to.ends_with('/') || is_folder(desk, overlay, &within(folder));
            let to = if into {
                within(&format!("{folder}/{name}"))
            } else {
                within(to)
            };
            (overlay, OverlayStep::Move { path, to }, manner)
        }
        _ => return Err(Failure::Usage("this verb is no step".into())),
    })
}

/// What comes on standard input.
fn typed() -> Result<Content, Failure> {
    let mut data = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut data);
    read.map_err(|e| Failure::Refused(format!("standard input cannot be read: {e}")))?;
    Ok(Content::of(&data))
}

/// A mode in digits, or in letters that change the one that a path has.
fn mode_of(
    desk: &Desk<'_, '_>,
    overlay: &str,
    path: &Arc<str>,
    mode: &str,
) -> Result<u32, Failure> {
    if let Ok(mode) = bits::octal(mode) {
        return Ok(mode);
    }
    let row = there(desk, overlay, path)?.row;
    let folder = row.kind == FileKind::Folder;
    bits::symbolic(mode, row.mode, folder).map_err(Failure::Usage)
}

/// A path that may be a folder's.
fn bare(path: &str) -> Arc<str> {
    within(path.trim_end_matches('/'))
}

/// A path of an overlay that is there.
fn there(desk: &Desk<'_, '_>, name: &str, path: &Arc<str>) -> Result<OverlayFile, Failure> {
    let file = file(desk, name, path)?;
    if file.digest.is_empty() && file.row.mode == 0 && file.row.kind == FileKind::File {
        return Err(Failure::Refused(format!(
            "there is no {path} in overlay {name}"
        )));
    }
    Ok(file)
}

/// Whether a path of an overlay is a folder.
pub fn is_folder(desk: &Desk<'_, '_>, name: &str, path: &Arc<str>) -> bool {
    let file = file(desk, name, path);
    file.is_ok_and(|file| file.row.kind == FileKind::Folder)
}
