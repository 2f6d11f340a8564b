//! Which overlays there are, for changes that name one.

use std::path::Path;

use crate::api::Command;
use crate::daemon::files::Disk;
use crate::engine::Input;
use crate::overlay::Sources;

/// What the engine has to know before it takes this input in: the overlays as they are now, before a change that may name one.
/// None when it needs nothing, or when the overlays cannot be listed.
pub(in crate::daemon) fn before(input: &Input, state: &Path) -> Option<Input> {
    let Input::Command {
        command: Command::Change { .. } | Command::Undo { .. } | Command::Redo { .. },
        ..
    } = input
    else {
        return None;
    };
    let names = Sources::new(state).known(&Disk).ok()?;
    Some(Input::Overlays(names))
}
