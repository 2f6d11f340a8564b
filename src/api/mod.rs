//! Floor 4: the one language between an engine and its clients (console, verbs, `curl`). Data only: rows, commands, replies,
//! snapshots, deltas, and the [`Mirror`] that a client keeps of them. Everything here is JSON on the wire.

mod change;
mod command;
mod conflict;
mod delta;
mod drift;
mod journal;
mod line;
mod merged;
mod migration;
mod mirror;
mod overlay;
mod pair;
mod query;
mod route;
mod row;
mod setting;
mod vars;

pub use change::{ClashRow, DiffRow, EntryRow, LogRow, Outcome};
pub use command::{Command, Refusal, Reply};
pub use conflict::ConflictRow;
pub use delta::{Delta, Listing};
pub use drift::{DriftFile, DriftPart, DriftReport, DriftRow, DriftSetting, FileDrift};
pub use line::{NodeLine, state};
pub use merged::{MergedRow, ValueRow};
pub use migration::{
    ChangeRow, Fate, FoundImage, Migration, OverlayRow, RegistryRow, SettingsRow, WriteRow,
};
pub use mirror::{Mirror, Snapshot, Tally, Update};
pub use overlay::{
    CheckRow, Checked, Content, Draft, FileKind, FileRow, MergeSide, Origin, OverlayChanged,
    OverlayClash, OverlayCommand, OverlayDetail, OverlayFile, OverlayItem, OverlayLogRow,
    OverlayOutcome, OverlayReply, OverlayStep, Rendered, Rendering, Standing, User,
};
pub use pair::PairRow;
pub use route::{Route, WATCH};
pub use row::{
    BootRow, EventRow, FaultRow, FieldRow, ImageRow, NodeDetail, NodeRow, ServiceRow, ServiceState,
    Traffic,
};
pub use setting::{LastSet, SettingRow};
pub use vars::{Language, VarRow};
