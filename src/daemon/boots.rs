//! Open boots to the state database and back, so that a restart of the daemon ends no boot.

use std::sync::PoisonError;

use super::history::Record;
use super::shared::Shared;
use super::state::State;
use crate::boot::open::OpenBoots;

/// The boots that were open when the last daemon ended go on. The registry must be loaded: records name nodes. Boots that begin
/// anew get ids from `first` on. A record that cannot be read is left out: its node boots once more.
pub(super) fn take_back(shared: &Shared, records: &[String], first: u64) {
    let view = shared.view.load();
    let read = |record: &String| match serde_json::from_str(record) {
        Ok(record) => Some(record),
        Err(error) => {
            tracing::warn!("an open boot of state.db cannot be read: {error}");
            None
        }
    };
    let boots = OpenBoots::restore(records.iter().filter_map(read), &view, first);
    *shared.boots.write().unwrap_or_else(PoisonError::into_inner) = boots;
}

/// Hands what changed to the database. Cheap when nothing did.
pub(super) fn keep(shared: &Shared, state: &State) {
    let changed = shared.boots.read().is_ok_and(|boots| boots.has_changed());
    if !changed {
        return;
    }
    let view = shared.view.load();
    let records = {
        let boots = shared.boots.write();
        let mut boots = boots.unwrap_or_else(PoisonError::into_inner);
        boots.take_changed(&view)
    };
    for record in records {
        if let Ok(text) = serde_json::to_string(&record) {
            state.keep(Record::OpenBoot(record.node, text));
        }
    }
}
