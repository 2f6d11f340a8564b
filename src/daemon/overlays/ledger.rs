//! Carrying a plan out so that it is all there or not at all, whatever ends the program on the way: made beside, noted in the log,
//! put into place, marked as done. What was cut short is taken back by whoever comes next.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{Contents, Record};
use super::site::Site;
use crate::daemon::files::Disk;
use crate::daemon::history::{Base, Change, Intent};
use crate::model::Fault;
use crate::overlay::edit::{Piece, Shift, Way};

/// The log of overlays, open, and the folder that it speaks of. One at a time: whoever has it holds the lock.
#[derive(Debug)]
pub(super) struct Ledger {
    base: Base,
    site: Site,
}

/// Why a change was not made.
#[derive(Debug)]
pub(super) enum Unmade {
    /// Nothing was changed; why.
    Not(String),
    /// Somebody changed a file while it was looked at; look again.
    Moved,
    /// Some of it may be done, and is taken back as soon as that works; why.
    Half(String),
}

impl Ledger {
    /// Opens the log below the state folder, to write into it.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn open(state: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(state).map_err(|e| e.to_string())?;
        Ok(Self {
            base: Base::durable(&base(state))?,
            site: Site::new(state),
        })
    }

    /// The log below the state folder, to read in it; none when there is none yet.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn look(state: &Path) -> Result<Option<Base>, String> {
        let path = base(state);
        match path.try_exists() {
            Ok(false) => Ok(None),
            Ok(true) => Base::look(&path).map(Some),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Takes back what was cut short, or marks it as done where all of it is.
    ///
    /// # Errors
    /// What could not be taken back, one fault each.
    pub(super) fn reconcile(&mut self) -> Result<(), Vec<Fault>> {
        let unsettled = self
            .base
            .unsettled_overlays()
            .map_err(|why| vec![unlogged(&why)])?;
        let mut faults = Vec::new();
        for change in unsettled {
            if let Err(fault) = self.settle(&change) {
                faults.push(fault);
            }
        }
        self.site.tidy();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    fn settle(&mut self, change: &Change) -> Result<(), Fault> {
        let number = change.number;
        let stuck = |name: &str, why: String| {
            let what = format!("change #{number} was cut short and cannot be taken back: {why}");
            let hint = "mend that; it is tried again with the next change, and at every start";
            Fault::error(what)
                .about(format!("overlay {name}"))
                .hint(hint)
        };
        let record = Record::parse(&change.record).map_err(|why| stuck("?", why))?;
        let name = &record.overlay;
        let there = self.site.overlay(name).is_dir();
        let done = match record.way() {
            Way::Make => there,
            Way::Drop => !there,
            Way::InPlace => {
                let read = |digest: &str| self.base.overlay_content(digest);
                let shifts = record.shifts(&read).map_err(|why| stuck(name, why))?;
                self.whole(name, &shifts).map_err(|why| stuck(name, why))?
            }
        };
        let settled = self.base.settle_overlay(number, done);
        settled.map_err(|why| stuck(name, why))?;
        let summary = &record.summary;
        let became = if done { "was done" } else { "was taken back" };
        tracing::info!("overlays: #{number} ({summary}) was cut short; it {became}");
        Ok(())
    }

    /// Whether all of it is done. If not, what is done of it is taken back; what somebody changed since is left alone.
    fn whole(&self, name: &str, shifts: &[Shift]) -> Result<bool, String> {
        let mut all = true;
        let mut back = Vec::new();
        for shift in shifts {
            let now = self.now(name, shift)?;
            all &= same(now.as_ref(), shift.after.as_ref());
            let body = |piece: Option<&Piece>| piece.map(|piece| piece.body.clone());
            let ours = [&shift.before, &shift.after];
            let ours = ours
                .iter()
                .any(|side| body(side.as_ref()) == body(now.as_ref()));
            if ours && !same(now.as_ref(), shift.before.as_ref()) {
                back.push(Shift {
                    path: shift.path.clone(),
                    before: now,
                    after: shift.before.clone(),
                });
            }
        }
        if !all && !back.is_empty() {
            let staged = self.site.stage(name, Way::InPlace, &back)?;
            self.site.put(name, Way::InPlace, &back, &staged)?;
        }
        Ok(all)
    }

    fn now(&self, name: &str, shift: &Shift) -> Result<Option<Piece>, String> {
        let path = self.site.overlay(name).join(&shift.path);
        Piece::read(&path, &Disk).map_err(|e| format!("{} cannot be read: {e}", path.display()))
    }

    /// Carries a change out, and gives its number.
    ///
    /// # Errors
    /// [`Unmade`].
    pub(super) fn make(
        &mut self,
        (record, contents): &(Record, Contents),
        shifts: &[Shift],
        undoes: Option<u64>,
    ) -> Result<u64, Unmade> {
        let (name, way) = (&record.overlay, record.way());
        let staged = self.site.stage(name, way, shifts).map_err(Unmade::Not)?;
        let contents: Vec<_> = contents
            .iter()
            .map(|(digest, data)| (digest.clone(), data.clone()))
            .collect();
        let intent = Intent {
            overlay: name,
            undoes,
            record: &record.text(),
            contents: &contents,
        };
        let unlogged =
            |why: String| Unmade::Not(format!("the log in state.db cannot be written: {why}"));
        let number = self.base.intend_overlay(&intent).map_err(unlogged)?;
        if let Some(unmade) = self.moved(name, way, shifts) {
            self.forget(number);
            return Err(unmade);
        }
        if let Err(why) = self.site.put(name, way, shifts, &staged) {
            drop(staged);
            return Err(self.back(number, name, (way, shifts), why));
        }
        if let Err(why) = self.base.settle_overlay(number, true) {
            // All of it is on the disk, and whoever looks next sees that and marks it.
            tracing::warn!("overlays: #{number} is done, and that could not be noted: {why}");
        }
        Ok(number)
    }

    /// Whether somebody changed what is to be changed, since it was looked at.
    fn moved(&self, name: &Arc<str>, way: Way, shifts: &[Shift]) -> Option<Unmade> {
        if way == Way::Make {
            let there = std::fs::symlink_metadata(self.site.overlay(name)).is_ok();
            return there.then_some(Unmade::Moved);
        }
        for shift in shifts {
            match self.now(name, shift) {
                Ok(now) if same(now.as_ref(), shift.before.as_ref()) => {}
                Ok(_) => return Some(Unmade::Moved),
                Err(why) => return Some(Unmade::Not(why)),
            }
        }
        None
    }

    /// Takes back what was done of a change that failed.
    fn back(
        &mut self,
        number: u64,
        name: &str,
        (way, shifts): (Way, &[Shift]),
        why: String,
    ) -> Unmade {
        let there = self.site.overlay(name).is_dir();
        let taken = match way {
            Way::InPlace => self.whole(name, shifts),
            // One rename: it was done, and only not confirmed, or it was not done.
            Way::Make => Ok(there),
            Way::Drop => Ok(!there),
        };
        match taken {
            Ok(false) => {
                self.forget(number);
                Unmade::Not(why)
            }
            Ok(true) => {
                // Left open: whether it holds after a loss of power is seen at the next start.
                Unmade::Half(format!(
                    "it is done, and the disk did not confirm it: {why}"
                ))
            }
            Err(more) => Unmade::Half(format!(
                "{why}; what was done of it could not be taken back yet: {more}"
            )),
        }
    }

    fn forget(&mut self, number: u64) {
        if let Err(why) = self.base.settle_overlay(number, false) {
            // Whoever looks next sees that nothing of it was done.
            tracing::warn!("overlays: #{number} was not done, and that could not be noted: {why}");
        }
    }
}

/// The database in the state folder.
fn base(state: &Path) -> PathBuf {
    state.join("state.db")
}

fn same(one: Option<&Piece>, other: Option<&Piece>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.alike(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// That the log cannot be used.
pub(super) fn unlogged(why: &str) -> Fault {
    let what = format!("the log of overlays in state.db cannot be used: {why}");
    Fault::error(what).hint("nothing was changed; mend that first")
}
