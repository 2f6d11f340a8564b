//! What is wrong with the file under the cursor, and how many nodes that breaks.

use super::Overlays;
use crate::console::look::Role;
use crate::kit::units;
use crate::model::{Fault, Level};

impl Overlays {
    /// What is wrong with the file under the cursor: seen without a node, or for the node that is rendered for; by lines.
    #[must_use]
    pub fn faults(&self) -> Vec<&Fault> {
        let made = self.rendering.held();
        let made = made.filter(|made| Some(&made.name) == self.overlay.as_ref());
        let made = made.into_iter().flat_map(|made| &made.faults);
        // A draft may have mended what the file on disk has wrong.
        let written = self.written().filter(|_| self.draft.is_none());
        let written = written.into_iter().flat_map(|file| &file.faults);
        let mut faults: Vec<&Fault> = Vec::new();
        for fault in made.chain(written).filter(|fault| self.is_here(fault)) {
            let same = |other: &&Fault| other.spot == fault.spot && other.what == fault.what;
            if !faults.iter().any(same) {
                faults.push(fault);
            }
        }
        faults.sort_by_key(|fault| fault.spot.as_ref().map(|spot| (spot.line, spot.column)));
        faults
    }

    /// Whether a fault is one of the file under the cursor.
    fn is_here(&self, fault: &Fault) -> bool {
        let (Some(path), Some(spot)) = (&self.file, &fault.spot) else {
            return false;
        };
        let before = spot.file.strip_suffix(&**path);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    }

    /// Whether something of the overlay fails, so that it is worth asking for whom.
    pub(super) fn fails(&self) -> bool {
        let error = |fault: &&Fault| fault.level == Level::Error;
        self.draft.is_none() && self.faults().iter().any(error)
    }

    /// One line on what is wrong with the file under the cursor, or on what it is that one looks at.
    #[must_use]
    pub fn trouble(&self) -> Option<(String, Role)> {
        let faults = self.faults();
        let errors = faults.iter().filter(|fault| fault.level == Level::Error);
        let errors = errors.count();
        let worst = faults.iter().map(|fault| fault.level).max()?;
        let first = faults.iter().find(|fault| fault.level == worst)?;
        let count = match (errors, faults.len()) {
            (0, 1) => "1 warning".into(),
            (0, many) => format!("{many} warnings"),
            (1, _) => "1 error".into(),
            (many, _) => format!("{many} errors"),
        };
        let whom = match (errors, self.breaks(first), self.cast()) {
            (0, _, Some(node)) | (_, None, Some(node)) => format!(" for {node}"),
            (_, Some((failing, all)), _) => {
                let failing = units::count(failing as usize);
                let all = units::count(all as usize);
                format!(", breaks {failing} of {all} nodes")
            }
            (_, None, None) => String::new(),
        };
        let line = first.spot.as_ref().map_or(0, |spot| spot.line);
        let rest = if errors > 0 {
            ": not served until it is mended"
        } else {
            ""
        };
        let role = if errors > 0 {
            Role::Failed
        } else {
            Role::Stalled
        };
        Some((
            format!("{count}{whom}: line {line}: {}{rest}", first.what),
            role,
        ))
    }

    /// How many nodes a fault breaks, of how many that get the overlay, as far as that is known.
    fn breaks(&self, fault: &Fault) -> Option<(u32, u32)> {
        let found = self.broken.of(self.overlay.as_ref()?)?;
        let same = |other: &Fault| {
            let line = |fault: &Fault| fault.spot.as_ref().map(|spot| spot.line);
            self.is_here(other) && other.what == fault.what && line(other) == line(fault)
        };
        let row = found.rows.iter().find(|row| same(&row.fault))?;
        Some((row.count, found.nodes))
    }
}
