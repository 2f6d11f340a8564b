//! Changing overlays, and the log of what was changed.

use super::Overlays;
use crate::api::{OverlayCommand, OverlayReply, Refusal};
use crate::model::View;

/// Answers a command that changes an overlay, or asks what was changed.
///
/// # Errors
/// Why nothing was done.
pub(super) fn answer(
    overlays: &Overlays,
    _view: &View,
    _command: OverlayCommand,
) -> Result<OverlayReply, Refusal> {
    let folder = overlays.state.join("overlays");
    Err(Refusal {
        what: "overlays are changed by hand only".into(),
        fix: Some(format!("edit the files below {}", folder.display()).into()),
    })
}
