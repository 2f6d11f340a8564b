//! `muster.conf` in an editor.

use super::super::change::{self, Done, How, Wanted};
use super::super::desk::Desk;
use super::super::entry::{NOTE, kept, newest, noted, without_notes};
use super::super::failure::Failure;
use super::super::outcome;
use super::super::verb::strange;
use crate::api::{Command, Reply};
use crate::model::{Edit, Place, Table};

/// How often one text may be given back to its author.
const ROUNDS: usize = 100;

/// Has the file edited as text, until the text is right or nothing is to be changed any more.
///
/// # Errors
/// Refusals; an editor that fails.
pub fn edit(desk: &mut Desk<'_, '_>, how: &How) -> Result<(), Failure> {
    let base = newest(desk)?;
    let command = Command::Entries {
        table: Table::Settings,
        names: None,
        secrets: true,
    };
    let Reply::Entries(rows) = desk.ask(command)? else {
        return Err(strange());
    };
    let original = rows.first().map(|row| row.text.to_string());
    let first = format!("{}{}", head(), original.unwrap_or_default());
    let (mut shown, mut line) = (first.clone(), first_line());
    for _ in 0..ROUNDS {
        let typed = desk.person.edits(&shown, line).map_err(Failure::Refused)?;
        let plain = without_notes(&typed);
        if plain == without_notes(&shown) {
            return Err(kept(desk, shown != first));
        }
        let write = Edit::Write {
            place: Place::settings(),
            text: plain.as_str().into(),
        };
        match change::attempt(desk, Wanted::Edits(vec![write], base), how)? {
            Done::Well => return Ok(()),
            Done::Declined => return Err(kept(desk, true)),
            Done::Faulty(faults) => {
                (shown, line) = noted(&plain, &faults);
                outcome::faults(desk.err, &faults);
            }
        }
    }
    Err(kept(desk, true))
}

fn head() -> String {
    format!(
        "{NOTE} A setting that is taken out has its default again; `muster help fields` lists them all.\n\
         {NOTE} Saved unchanged, nothing happens.\n"
    )
}

/// Where the file begins below [`head`].
fn first_line() -> u32 {
    u32::try_from(head().lines().count() + 1).unwrap_or(1)
}
