//! What a command line asks of each of its targets.

use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::edits::Target;
use super::flags::{SCOPES, Scope, TAGS, fields, scopes};
use super::series;
use super::typed::{Pair, Typed};
use crate::model::field::{Field, Owner};
use crate::model::{Key, Value};

/// The name of an entry on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// This one.
    Named(Arc<str>),
    /// The network device that a target usually means: its only or primary one, else `default`.
    Usual,
    /// Whichever there is.
    Any,
}

impl Slot {
    /// The name, for a target that usually means `device`.
    fn name(&self, device: &Arc<str>) -> Option<Arc<str>> {
        match self {
            Self::Named(name) => Some(name.clone()),
            Self::Usual => Some(device.clone()),
            Self::Any => None,
        }
    }
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// A field has this value.
    Set {
        /// The field.
        field: &'static Field,
        /// Names of the entries on the way.
        names: Vec<Slot>,
        /// The value.
        value: Value,
    },
    /// A field has one of these values on each target, in their order.
    Each {
        /// The field.
        field: &'static Field,
        /// Names of the entries on the way.
        names: Vec<Slot>,
        /// The values.
        values: Vec<Arc<str>>,
    },
    /// A field has no value of its own.
    Clear {
        /// The field.
        field: &'static Field,
        /// Names of the entries on the way.
        names: Vec<Slot>,
    },
    /// A whole entry goes.
    Drop {
        /// Way to the entry; its last step is its name.
        section: &'static [&'static str],
        /// Names of the entries on the way.
        names: Vec<Slot>,
    },
}

/// Everything that is asked, and the secrets that are still to be asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// In the order of the field table; what takes away comes first.
    pub wishes: Vec<Wish>,
    /// Fields whose value is to be asked for, with the names on the way.
    pub asked: Vec<(&'static Field, Vec<Slot>)>,
}

impl Wishes {
    /// Reads the flags of `add` and `set`.
    ///
    /// # Errors
    /// Flags that do not fit together.
    pub fn values(matches: &ArgMatches, whose: Owner) -> Result<Self, String> {
        let mut found = Self::default();
        for scope in &SCOPES {
            for name in many::<Arc<str>>(matches, scope.delete) {
                let mut names = outer(matches, scope);
                names.push(Slot::Named(name));
                let section = scope.section;
                found.wishes.push(Wish::Drop { section, names });
            }
        }
        for field in fields(whose) {
            let names = way(matches, field)?;
            if let Some((id, _, delete)) = TAGS.iter().find(|(id, ..)| *id == field.id) {
                for key in many::<Arc<str>>(matches, delete) {
                    found.clear(field, names.iter().cloned().chain([Slot::Named(key)]));
                }
                for Pair { key, value } in many::<Pair>(matches, id) {
                    let names = names.iter().cloned().chain([Slot::Named(key)]).collect();
                    let value = Value::Text(value);
                    found.wishes.push(Wish::Set {
                        field,
                        names,
                        value,
                    });
                }
            } else if given(matches, field.id) {
                found.field(field, names, many::<Typed>(matches, field.id));
            }
        }
        Ok(found)
    }

    /// Reads the flags of `unset`.
    ///
    /// # Errors
    /// Flags that do not fit together.
    pub fn clears(matches: &ArgMatches, whose: Owner) -> Result<Self, String> {
        let mut found = Self::default();
        let mut narrowed: Vec<&Scope> = Vec::new();
        for field in fields(whose) {
            if !given(matches, field.id) {
                continue;
            }
            let names = way(matches, field)?;
            narrowed.extend(scopes(field));
            if TAGS.iter().any(|(id, ..)| *id == field.id) {
                for key in many::<Arc<str>>(matches, field.id) {
                    found.clear(field, names.iter().cloned().chain([Slot::Named(key)]));
                }
            } else {
                found.clear(field, names);
            }
        }
        for scope in &SCOPES {
            let inner = |other: &&Scope| other.section.starts_with(scope.section);
            let deeper = SCOPES
                .iter()
                .filter(|s| s.section.len() > scope.section.len())
                .filter(inner);
            let used =
                narrowed.iter().any(inner) || deeper.into_iter().any(|s| given(matches, s.flag));
            if let Some(name) = matches.get_one::<Arc<str>>(scope.flag).filter(|_| !used) {
                let mut names = outer(matches, scope);
                names.push(Slot::Named(name.clone()));
                let section = scope.section;
                found.wishes.push(Wish::Drop { section, names });
            }
        }
        Ok(found)
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wishes.is_empty() && self.asked.is_empty()
    }

    fn clear(&mut self, field: &'static Field, names: impl IntoIterator<Item = Slot>) {
        let names = names.into_iter().collect();
        self.wishes.push(Wish::Clear { field, names });
    }

    /// The flag of a list may be given several times; all its items count.
    fn field(&mut self, field: &'static Field, names: Vec<Slot>, typed: Vec<Typed>) {
        let mut all: Vec<Arc<str>> = Vec::new();
        for typed in typed {
            match typed {
                Typed::Clear => self.clear(field, names.clone()),
                Typed::Ask => self.asked.push((field, names.clone())),
                Typed::Items(items) => all.extend(items),
                Typed::Each(values) => {
                    let names = names.clone();
                    self.wishes.push(Wish::Each {
                        field,
                        names,
                        values,
                    });
                }
                Typed::Text(text) => {
                    let (names, value) = (names.clone(), Value::Text(text));
                    self.wishes.push(Wish::Set {
                        field,
                        names,
                        value,
                    });
                }
            }
        }
        if !all.is_empty() {
            let value = Value::List(all);
            self.wishes.push(Wish::Set {
                field,
                names,
                value,
            });
        }
    }
}

/// A wish as it concerns one target.
#[derive(Debug, Clone, PartialEq)]
pub enum Concrete {
    /// Key and value.
    Set(Key, Value),
    /// Key.
    Clear(Key),
    /// Way to an entry, and the names on it; none = whichever there is.
    Drop(&'static [&'static str], Vec<Option<Arc<str>>>),
}

impl Wish {
    /// What is asked of the target that comes as number `at` from 0; `all` are the wishes that this is one of.
    ///
    /// # Errors
    /// An address that counts up beyond the last one, or out of its network.
    pub fn of(&self, all: &Wishes, at: usize, target: &Target) -> Result<Concrete, String> {
        let key = || self.key(&target.device);
        Ok(match self {
            Self::Set { value, .. } => {
                let value = series::value(all, &key(), value, (at, target))?;
                Concrete::Set(key(), value)
            }
            Self::Each { values, .. } => match values.get(at) {
                Some(value) => Concrete::Set(key(), Value::Text(value.clone())),
                None => return Err("there are more targets than values".into()),
            },
            Self::Clear { .. } => Concrete::Clear(key()),
            Self::Drop { section, names } => {
                let names = names.iter().map(|slot| slot.name(&target.device));
                Concrete::Drop(section, names.collect())
            }
        })
    }

    /// The key that it is about, of a target that usually means `device`.
    #[must_use]
    pub fn key(&self, device: &Arc<str>) -> Key {
        let id = match self {
            Self::Set { field, .. } | Self::Each { field, .. } | Self::Clear { field, .. } => {
                field.id
            }
            Self::Drop { .. } => "",
        };
        let names = self.slots().iter().filter_map(|slot| slot.name(device));
        Key {
            field: id,
            names: names.collect(),
        }
    }

    /// Names of the entries on the way.
    fn slots(&self) -> &[Slot] {
        let (Self::Set { names, .. }
        | Self::Each { names, .. }
        | Self::Clear { names, .. }
        | Self::Drop { names, .. }) = self;
        names
    }

    /// Whether the target's usual network device has to be known.
    #[must_use]
    pub fn asks_device(&self) -> bool {
        self.slots().contains(&Slot::Usual)
    }

    /// Whether the networks of a target have to be known: its usual device, or the netmask that addresses are counted in.
    #[must_use]
    pub fn asks_networks(&self) -> bool {
        self.asks_device() || matches!(self, Self::Set { field, .. } if series::counts(field))
    }
}

/// Whether a flag was given on the command line.
fn given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

fn many<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, id: &str) -> Vec<T> {
    let values = matches.get_many::<T>(id);
    values.into_iter().flatten().cloned().collect()
}

/// Names of the entries on the way to a field, as its scopes' flags say; the key of a tag is not among them.
fn way(matches: &ArgMatches, field: &Field) -> Result<Vec<Slot>, String> {
    scopes(field).map(|scope| slot(matches, scope)).collect()
}

/// Names of the entries that hold an entry of `scope`.
fn outer(matches: &ArgMatches, scope: &Scope) -> Vec<Slot> {
    let holds = |other: &&Scope| {
        other.section.len() < scope.section.len() && scope.section.starts_with(other.section)
    };
    let name = |other: &Scope| {
        let name = matches.get_one::<Arc<str>>(other.flag);
        name.map_or(Slot::Any, |name| Slot::Named(name.clone()))
    };
    SCOPES.iter().filter(holds).map(name).collect()
}

fn slot(matches: &ArgMatches, scope: &Scope) -> Result<Slot, String> {
    let name = matches.get_one::<Arc<str>>(scope.flag);
    match (scope.flag, name) {
        ("netname", None) => Ok(Slot::Usual),
        ("fsname", Some(name)) if !name.starts_with('/') => {
            let partition = matches.get_one::<Arc<str>>("partname");
            if partition == Some(name) {
                Ok(Slot::Named(format!("/dev/disk/by-partlabel/{name}").into()))
            } else {
                Err(format!(
                    "--fsname {name} is no device; write it as /dev/…, or name the partition with --partname {name} too"
                ))
            }
        }
        (_, Some(name)) => Ok(Slot::Named(name.clone())),
        (_, None) => Ok(Slot::Any),
    }
}
