//! Steps as clients ask for them, read as they are done.

use std::sync::Arc;

use crate::api::{MergeSide, OverlayStep};
use crate::model::Fault;
use crate::overlay::edit::{Side, Step};

/// The steps as they are done.
///
/// # Errors
/// Contents that are none.
pub(super) fn read(steps: &[OverlayStep]) -> Result<Vec<Step>, Vec<Fault>> {
    let (mut read, mut faults) = (Vec::with_capacity(steps.len()), Vec::new());
    for step in steps {
        match one(step) {
            Ok(step) => read.push(step),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

fn one(step: &OverlayStep) -> Result<Step, Fault> {
    let text = |path: &Arc<str>| path.to_string();
    Ok(match step {
        OverlayStep::Create => Step::Create,
        OverlayStep::Copy => Step::Copy,
        OverlayStep::Delete => Step::Delete,
        OverlayStep::Write {
            path,
            content,
            mode,
        } => {
            let none = || Fault::error(format!("the content of {path} is no base64"));
            let data = content.bytes().ok_or_else(none)?.into();
            let (path, mode) = (text(path), *mode);
            Step::Write { path, data, mode }
        }
        OverlayStep::Mkdir { path, mode } => {
            let (path, mode) = (text(path), *mode);
            Step::Mkdir { path, mode }
        }
        OverlayStep::Symlink { path, target } => {
            let (path, target) = (text(path), text(target));
            Step::Symlink { path, target }
        }
        OverlayStep::Mode { path, mode } => {
            let (path, mode) = (text(path), *mode);
            Step::Mode { path, mode }
        }
        OverlayStep::Owner { path, uid, gid } => {
            let (path, uid, gid) = (text(path), *uid, *gid);
            Step::Owner { path, uid, gid }
        }
        OverlayStep::Move { path, to } => {
            let (path, to) = (text(path), text(to));
            Step::Move { path, to }
        }
        OverlayStep::Remove { path } => Step::Remove { path: text(path) },
        OverlayStep::Merge { path, side } => {
            let side = side.map(|side| match side {
                MergeSide::Ours => Side::Ours,
                MergeSide::Theirs => Side::Theirs,
            });
            let path = path.as_ref().map(text);
            Step::Merge { path, side }
        }
    })
}
