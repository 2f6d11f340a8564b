//! What speaks against an edit of entries, in words.

use super::desk::Desk;
use super::shape::Uneditable;
use crate::kit::suggest;
use crate::model::{Fault, Place, Spot, Table, field};

impl Desk<'_> {
    /// Whether a new entry can have this name.
    pub(super) fn free(&self, place: &Place) -> Result<(), Fault> {
        let Place { table, name } = place;
        let blank = *table == Table::Nodes && name.contains(char::is_whitespace);
        let blank = blank.then(|| "contains a blank".to_owned());
        if let Some(why) = field::bad_name(name).or(blank) {
            return Err(Fault::error(format!("the name {name:?} {why}")));
        }
        if self.is_there(place) {
            let fault = Fault::error(format!("there is a {place} already"));
            return Err(fault.hint("give another name"));
        }
        Ok(())
    }

    pub(super) fn missing(&self, place: &Place) -> Fault {
        let names = self.index.keys().filter(|(table, _)| *table == place.table);
        let mut names: Vec<&str> = names.map(|(_, name)| &**name).collect();
        // Of names that are equally near the first one is told, always the same.
        names.sort_unstable();
        let hint = suggest::hint(&place.name, names);
        let fault = Fault::error(format!(
            "there is no {} `{}`",
            place.table.one(),
            place.name
        ));
        Fault {
            hint,
            about: None,
            ..fault
        }
    }

    pub(super) fn spot(&self, line: usize) -> Spot {
        Spot {
            file: self.file.clone(),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: 1,
        }
    }

    pub(super) fn uneditable(&self, why: &Uneditable) -> Fault {
        let fault = Fault::error(format!("it cannot be changed for you: {}", why.why));
        fault
            .at(self.spot(why.line))
            .hint("change it in the file by hand")
    }
}
