//! What each verb about nodes and profiles does.

use std::io::Write;
use std::sync::Arc;

use super::super::change::{self, Wanted};
use super::super::desk::Desk;
use super::super::failure::Failure;
use super::super::verb::strange;
use super::edits::edits;
use super::verb::{Act, EntryVerb, Whom};
use super::whom::{self, new_names};
use super::wish::{Slot, Wish, Wishes};
use super::{compare, export, import, list, sheet};
use crate::api::{Command, Reply};
use crate::kit;
use crate::model::field::of_node;
use crate::model::{Edit, Place, Table, Value};

/// The profile that new nodes list, if there is one of this name.
const PROFILE: &str = "default";

/// Carries a verb out.
///
/// # Errors
/// Refusals; whatever writing gives.
pub fn run<const N: bool>(verb: &EntryVerb<N>, desk: &mut Desk<'_, '_>) -> Result<(), Failure> {
    let table = EntryVerb::<N>::TABLE;
    let (how, secrets) = (&verb.how, verb.secrets);
    let wanted = match &verb.act {
        Act::List {
            whom,
            columns,
            form,
        } => return list::list(desk, table, whom, columns, *form, secrets),
        Act::Show { name, json } => return list::show(desk, table, name, *json, secrets),
        Act::Conflicts { whom, json } => return compare::conflicts(desk, table, whom, *json),
        Act::Diff { names, all, json } => {
            let names = names.each_ref().map(String::as_str);
            return compare::diff(desk, table, names, *all, *json);
        }
        Act::Export { whom, form } => return export::export(desk, table, whom, *form, secrets),
        Act::Import { file, exact, csv } => {
            return import::import(desk, table, file, *csv, *exact, how);
        }
        Act::Refresh(whom) => {
            let names = whom::names(desk, table, whom)?;
            let names = Some(kit::hostlist::compress(&names).into());
            return match desk.ask(Command::Refresh { names })? {
                Reply::Done(text) => Ok(writeln!(desk.paper, "{text}")?),
                _ => Err(strange()),
            };
        }
        Act::Edit(whom) => return sheet::edit(desk, table, whom, how, secrets),
        Act::Add { names, wishes } => add(desk, table, names, wishes)?,
        Act::Change { whom, wishes } => set(desk, table, whom, wishes)?,
        Act::Remove(whom) => {
            let names = whom::names(desk, table, whom)?;
            let remove = |name| Edit::Remove {
                place: Place { table, name },
            };
            names.into_iter().map(remove).collect()
        }
        Act::Rename { from, to } => {
            let wrong = |wrong: String| Failure::Usage(whom::named(to, &wrong));
            super::typed::own_name(to).map_err(wrong)?;
            let place = Place {
                table,
                name: from.as_str().into(),
            };
            vec![Edit::Rename {
                place,
                to: to.as_str().into(),
            }]
        }
        Act::Copy { from, to, wishes } => copy(desk, table, from, to, wishes)?,
    };
    if wanted.is_empty() {
        return Err(Failure::Refused(format!("there is no {} yet", table.one())));
    }
    change::carry_out(desk, &Wanted::Edits(wanted, None), how)
}

fn add(
    desk: &mut Desk<'_, '_>,
    table: Table,
    names: &[String],
    wishes: &Wishes,
) -> Result<Vec<Edit>, Failure> {
    let names = new_names(names)?;
    wishes.fit(names.len()).map_err(Failure::Usage)?;
    let mut wishes = asked(desk, wishes)?;
    let mut profiles = listed(&wishes);
    if table == Table::Nodes && profiles.is_none() {
        let known = whom::merged(desk, Table::Profiles, None, &["comment"])?;
        if known.iter().any(|row| &*row.name == PROFILE)
            && let Some(field) = of_node("profiles")
        {
            let list = vec![Arc::from(PROFILE)];
            let value = Value::List(list.clone());
            wishes.wishes.insert(
                0,
                Wish::Set {
                    field,
                    names: Vec::new(),
                    value,
                },
            );
            profiles = Some(list);
        }
    }
    let like: Vec<Arc<str>> = profiles
        .unwrap_or_default()
        .into_iter()
        .filter(|name| !name.starts_with('~'))
        .collect();
    let like = known_among(desk, &wishes, like)?;
    let targets = whom::targets(desk, table, &names, &wishes, Some((Table::Profiles, &like)))?;
    let new = targets.iter().map(|target| Edit::Add {
        place: target.place.clone(),
    });
    let new: Vec<Edit> = new.collect();
    let more = edits(&targets, &wishes).map_err(Failure::Refused)?;
    Ok(new.into_iter().chain(more).collect())
}

/// Those profiles that are there, if it matters: a name that is none is the engine's to tell.
fn known_among(
    desk: &Desk<'_, '_>,
    wishes: &Wishes,
    like: Vec<Arc<str>>,
) -> Result<Vec<Arc<str>>, Failure> {
    if !wishes.wishes.iter().any(Wish::asks_networks) {
        return Ok(Vec::new());
    }
    let known = whom::merged(desk, Table::Profiles, None, &["comment"])?;
    Ok(like
        .into_iter()
        .filter(|name| known.iter().any(|row| row.name == *name))
        .collect())
}

/// The profiles that wishes list.
fn listed(wishes: &Wishes) -> Option<Vec<Arc<str>>> {
    wishes.wishes.iter().find_map(|wish| match wish {
        Wish::Set {
            field,
            value: Value::List(items),
            ..
        } if field.id == "profiles" => Some(items.clone()),
        _ => None,
    })
}

fn set(
    desk: &mut Desk<'_, '_>,
    table: Table,
    meant: &Whom,
    wishes: &Wishes,
) -> Result<Vec<Edit>, Failure> {
    let names = whom::names(desk, table, meant)?;
    wishes.fit(names.len()).map_err(Failure::Usage)?;
    let wishes = asked(desk, wishes)?;
    let targets = whom::targets(desk, table, &names, &wishes, None)?;
    edits(&targets, &wishes).map_err(Failure::Refused)
}

fn copy(
    desk: &mut Desk<'_, '_>,
    table: Table,
    from: &str,
    to: &[String],
    wishes: &Wishes,
) -> Result<Vec<Edit>, Failure> {
    let names = new_names(to)?;
    wishes.fit(names.len()).map_err(Failure::Usage)?;
    let wishes = asked(desk, wishes)?;
    let from: Arc<str> = from.into();
    let targets = whom::targets(
        desk,
        table,
        &names,
        &wishes,
        Some((table, std::slice::from_ref(&from))),
    )?;
    let place = Place { table, name: from };
    let copies = names.iter().map(|name| Edit::Copy {
        place: place.clone(),
        to: name.clone(),
    });
    let more = edits(&targets, &wishes).map_err(Failure::Refused)?;
    Ok(copies.chain(more).collect())
}

/// The wishes with every secret that had to be asked for.
fn asked(desk: &mut Desk<'_, '_>, wishes: &Wishes) -> Result<Wishes, Failure> {
    let mut all = wishes.clone();
    for (field, names) in std::mem::take(&mut all.asked) {
        let label = field.called();
        let text = desk.person.secret(&label).map_err(Failure::Refused)?;
        field
            .kind
            .check(&text)
            .map_err(|wrong| Failure::Refused(format!("the {label} {wrong}")))?;
        let names: Vec<Slot> = names;
        all.wishes.push(Wish::Set {
            field,
            names,
            value: Value::Text(text.into()),
        });
    }
    Ok(all)
}
