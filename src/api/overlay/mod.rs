//! Overlays on the wire: what can be asked of them and done to them, and the rows that answer. They are files, not registry: the
//! answers come from the disk and the view in force, beside the engine.

mod change;
mod command;
mod content;
mod route;
mod row;

pub use change::{
    MergeSide, OverlayChanged, OverlayClash, OverlayLogRow, OverlayOutcome, OverlayStep,
};
pub use command::{Draft, OverlayCommand, OverlayReply};
pub use content::Content;
pub use row::{
    CheckRow, Checked, FileKind, FileRow, Origin, OverlayDetail, OverlayFile, OverlayItem,
    Rendered, Rendering, Standing, User,
};
