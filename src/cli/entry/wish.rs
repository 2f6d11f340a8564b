//! What a command line asks of each of its targets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::flags::{SCOPES, Scope, TAGS, fields, scopes};
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

/// Fields whose value counts up from target to target.
const COUNTING: [&str; 3] = ["net.ipaddr", "net.ipaddr6", "ipmi.ipaddr"];
/// Fields that are of one machine alone.
const SINGLE: [&str; 1] = ["net.hwaddr"];

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

    /// Complains about what cannot be the same for several targets.
    ///
    /// # Errors
    /// The complaint.
    pub fn fit(&self, targets: usize) -> Result<(), String> {
        let single = self.wishes.iter().find_map(|wish| match wish {
            Wish::Set { field, .. } if SINGLE.contains(&field.id) => Some(field),
            _ => None,
        });
        match single {
            Some(field) if targets > 1 => Err(format!(
                "--{} is of one machine, but {targets} are meant; give it to each of them, or import them from a table with `import`",
                field.flag
            )),
            _ => Ok(()),
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
    /// What is asked of the target that comes as number `at` from 0 and usually means `device`.
    ///
    /// # Errors
    /// An address that counts up beyond the last one.
    pub fn of(&self, at: usize, device: &Arc<str>) -> Result<Concrete, String> {
        let name = |slot: &Slot| match slot {
            Slot::Named(name) => Some(name.clone()),
            Slot::Usual => Some(device.clone()),
            Slot::Any => None,
        };
        let key = |field: &'static Field, names: &[Slot]| Key {
            field: field.id,
            names: names.iter().filter_map(name).collect(),
        };
        Ok(match self {
            Self::Set {
                field,
                names,
                value,
            } => {
                let value = if COUNTING.contains(&field.id) {
                    counted(value, at)?
                } else {
                    value.clone()
                };
                Concrete::Set(key(field, names), value)
            }
            Self::Clear { field, names } => Concrete::Clear(key(field, names)),
            Self::Drop { section, names } => {
                Concrete::Drop(section, names.iter().map(name).collect())
            }
        })
    }

    /// Whether the target's usual network device has to be known.
    #[must_use]
    pub fn asks_device(&self) -> bool {
        let (Self::Set { names, .. } | Self::Clear { names, .. } | Self::Drop { names, .. }) = self;
        names.contains(&Slot::Usual)
    }
}

/// The address that is `at` after `value`.
fn counted(value: &Value, at: usize) -> Result<Value, String> {
    let Some(first) = value.text().and_then(|text| text.parse::<IpAddr>().ok()) else {
        return Ok(value.clone());
    };
    let end = || format!("addresses from {first} on end before every target has one");
    let step = u32::try_from(at).map_err(|_| end())?;
    let next: IpAddr = match first {
        IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip).checked_add(step).ok_or_else(end)?).into(),
        IpAddr::V6(ip) => {
            Ipv6Addr::from(u128::from(ip).checked_add(step.into()).ok_or_else(end)?).into()
        }
    };
    if at == 0 {
        return Ok(value.clone());
    }
    Ok(Value::Text(next.to_string().into()))
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
