//! What overlays make for nodes: previews, and what fails.

use std::sync::atomic::AtomicBool;

use super::Overlays;
use crate::api::{OverlayCommand, OverlayReply, Refusal};
use crate::model::View;

impl Overlays {
    /// Answers a command that renders.
    pub(super) fn rendered(
        &self,
        _view: &View,
        _command: OverlayCommand,
        _left: &AtomicBool,
    ) -> Result<OverlayReply, Refusal> {
        Err(Refusal {
            what: "nothing is rendered here yet".into(),
            fix: None,
        })
    }
}
