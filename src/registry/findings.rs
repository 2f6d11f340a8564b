//! What is found wrong while a text is read.

use std::collections::BTreeMap;

use crate::kit::units;
use crate::model::field::Field;
use crate::model::{Fault, Spot};

/// The line of a place that is yet to be found.
const NOWHERE: u32 = u32::MAX;

/// Faults, and remarks that are told once however often they occur.
#[derive(Debug, Default, Clone)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    remarks: BTreeMap<String, (Spot, usize)>,
}

impl Findings {
    /// Tells `what` once, at its first place.
    pub(super) fn remark(&mut self, spot: Spot, what: String) {
        self.remarks.entry(what).or_insert((spot, 0)).1 += 1;
    }

    /// Takes back what was found in a part of the text, on the lines from `first` to `end` (from 1), because the part is read anew;
    /// `now` is what is found in it then. False if the first place of a remark goes that is made elsewhere too: nobody knows where.
    pub(super) fn without(&mut self, part: &Self, (first, end): (u32, u32), now: &Self) -> bool {
        for fault in &part.faults {
            if let Some(at) = self.faults.iter().position(|held| held == fault) {
                self.faults.swap_remove(at);
            }
        }
        for (what, (_, count)) in &part.remarks {
            let Some((spot, held)) = self.remarks.get_mut(what) else {
                continue;
            };
            *held = held.saturating_sub(*count);
            if *held == 0 {
                self.remarks.remove(what);
            } else if (first..end).contains(&spot.line) {
                if !now.remarks.contains_key(what) {
                    return false;
                }
                // The same entry says it again; its place comes with that.
                spot.line = NOWHERE;
            }
        }
        true
    }

    /// Adds what was found elsewhere.
    pub(super) fn add(&mut self, more: Self) {
        self.faults.extend(more.faults);
        for (what, (spot, count)) in more.remarks {
            let held = self.remarks.entry(what).or_insert((spot.clone(), 0));
            held.1 += count;
            if spot.line < held.0.line {
                held.0 = spot;
            }
        }
    }

    /// Moves every place to the line that `to` gives for its line.
    pub(super) fn moved(&mut self, to: impl Fn(u32) -> u32) {
        let spots = self
            .faults
            .iter_mut()
            .filter_map(|fault| fault.spot.as_mut());
        let all = spots.chain(self.remarks.values_mut().map(|(spot, _)| spot));
        for spot in all.filter(|spot| spot.line != NOWHERE) {
            spot.line = to(spot.line);
        }
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

/// A key as faults quote it: whatever stands in the file, one short line comes of it.
pub(super) fn quoted(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(60).collect()
}
