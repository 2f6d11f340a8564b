//! Addresses for several targets: counted up from one, or named one by one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::Ipv4Net;

use super::edits::Target;
use super::wish::{Wish, Wishes};
use crate::model::field::Field;
use crate::model::{Key, Value};

/// Fields whose value counts up from target to target, and the field that says how far it may: a netmask, if there is one.
const COUNTING: [(&str, &str); 3] = [
    ("net.ipaddr", "net.netmask"),
    ("net.ipaddr6", ""),
    ("ipmi.ipaddr", "ipmi.netmask"),
];
/// Fields that are of one machine alone.
const SINGLE: [&str; 1] = ["net.hwaddr"];

/// Whether the values of a field count up.
#[must_use]
pub fn counts(field: &Field) -> bool {
    COUNTING.iter().any(|(id, _)| *id == field.id)
}

/// Whether every target has a value of its own, so that they may be named one by one.
#[must_use]
pub fn is_of_each(field: &Field) -> bool {
    counts(field) || SINGLE.contains(&field.id)
}

/// Whether a key is that of a netmask that is looked at here.
#[must_use]
pub fn is_mask(key: &Key) -> bool {
    COUNTING.iter().any(|(_, mask)| *mask == key.field)
}

impl Wishes {
    /// Complains about what cannot be the same for several targets, and about a row of values of another length.
    ///
    /// # Errors
    /// The complaint.
    pub fn fit(&self, targets: usize) -> Result<(), String> {
        for wish in &self.wishes {
            match wish {
                Wish::Set { field, .. } if SINGLE.contains(&field.id) && targets > 1 => {
                    return Err(format!(
                        "--{} is of one machine, but {targets} are meant; name one for each, with commas between, or import them from a \
                         table with `import`",
                        field.flag
                    ));
                }
                Wish::Each { field, values, .. } if values.len() != targets => {
                    return Err(format!(
                        "--{} names {}, but {targets} {} meant",
                        field.flag,
                        values.len(),
                        if targets == 1 { "is" } else { "are" },
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The netmask that these wishes give to the entry of `key`.
    fn mask(&self, key: &Key, target: &Target) -> Option<Ipv4Addr> {
        self.wishes.iter().rev().find_map(|wish| match wish {
            Wish::Set { field, value, .. } if field.id == key.field => {
                let named = wish.key(&target.device);
                value.text().filter(|_| named == *key)?.parse().ok()
            }
            _ => None,
        })
    }
}

/// The value of a field for the target that comes as number `at` from 0: the same for all, or counted up where the field counts.
///
/// # Errors
/// Addresses that end before every target has one, or that leave their network.
pub fn value(
    wishes: &Wishes,
    key: &Key,
    value: &Value,
    (at, target): (usize, &Target),
) -> Result<Value, String> {
    let Some((_, mask)) = COUNTING.iter().find(|(id, _)| *id == key.field) else {
        return Ok(value.clone());
    };
    let Some(first) = value.text().and_then(|text| text.parse::<IpAddr>().ok()) else {
        return Ok(value.clone());
    };
    let next = after(first, at)
        .ok_or_else(|| format!("addresses from {first} on end before every target has one"))?;
    if let (IpAddr::V4(first), IpAddr::V4(next), false) = (first, next, mask.is_empty()) {
        let mask = Key {
            field: mask,
            names: key.names.clone(),
        };
        let mask = wishes.mask(&mask, target).or_else(|| target.mask(&mask));
        if let Some(net) = mask.and_then(|mask| Ipv4Net::with_netmask(first, mask).ok()) {
            inside(net.trunc(), first, next, target)?;
        }
    }
    if at == 0 {
        return Ok(value.clone());
    }
    Ok(Value::Text(next.to_string().into()))
}

/// The address that is `at` after `first`.
fn after(first: IpAddr, at: usize) -> Option<IpAddr> {
    let step = u32::try_from(at).ok()?;
    Some(match first {
        IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip).checked_add(step)?).into(),
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip).checked_add(step.into())?).into(),
    })
}

/// Complains about an address that no machine can have in its network.
fn inside(net: Ipv4Net, first: Ipv4Addr, next: Ipv4Addr, target: &Target) -> Result<(), String> {
    let whom = &target.place.name;
    let small = net.prefix_len() >= 31;
    let why = if !net.contains(&next) {
        format!("is outside of {net}")
    } else if next == net.broadcast() && !small {
        format!("is the broadcast address of {net}")
    } else if next == net.network() && !small {
        format!("is the address of the network {net} itself")
    } else {
        return Ok(());
    };
    let last = net.hosts().last().unwrap_or(first);
    let left = u32::from(last).saturating_sub(u32::from(first)) + 1;
    let room = match left {
        _ if first > last || first == net.network() => String::new(),
        1 => format!("; from {first} on there is one"),
        left => format!("; from {first} on there are {left}"),
    };
    Err(format!(
        "{next} for {whom} {why}{room}; another netmask, or name them one by one, as 10.0.0.[1-9],10.0.1.[1-5]"
    ))
}

/// The values for each target that a text names one by one: a list with commas, or a host list. None if it names just one.
///
/// # Errors
/// A list that makes no sense.
pub fn one_by_one(field: &Field, text: &str) -> Result<Option<Vec<Arc<str>>>, String> {
    if !is_of_each(field) || !text.contains(['[', ',']) {
        return Ok(None);
    }
    let items = crate::kit::hostlist::expand(text).map_err(|e| e.to_string())?;
    for item in &items {
        let check = field.kind.check(item);
        check.map_err(|wrong| format!("`{item}` {wrong}"))?;
    }
    Ok(Some(items.into_iter().map(Arc::from).collect()))
}
