//! What is found wrong while a text is read.

use std::collections::BTreeMap;

use crate::kit::units;
use crate::model::field::Field;
use crate::model::{Fault, Spot};

/// Faults, and remarks that are told once however often they occur.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    remarks: BTreeMap<String, (Spot, usize)>,
}

impl Findings {
    /// Tells `what` once, at its first place.
    pub(super) fn remark(&mut self, spot: Spot, what: String) {
        self.remarks.entry(what).or_insert((spot, 0)).1 += 1;
    }

    /// Everything that was found, in the order of the places.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for (what, (spot, count)) in self.remarks {
            let fault = Fault::warning(what).at(spot);
            self.faults.push(match count {
                1 => fault,
                more => fault.hint(format!("{} places, this is the first", units::count(more))),
            });
        }
        let place = |fault: &Fault| {
            fault
                .spot
                .as_ref()
                .map(|s| (s.file.clone(), s.line, s.column))
        };
        self.faults.sort_by_cached_key(place);
        self.faults
    }
}

/// A value as faults quote it: short, without invisible characters, and not at all if it is a secret.
pub(super) fn shown(text: &str, field: &Field) -> String {
    if field.secret {
        return "the value".into();
    }
    let short: String = text.chars().take(60).collect();
    format!(
        "{:?}",
        if short.len() < text.len() {
            short + "…"
        } else {
            short
        }
    )
}
