//! What is known of the registry beyond the lists: the profiles as they are written, the images. From it comes what can stand in
//! a field.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::{EntryRow, ImageRow, Mirror, NodeDetail};
use crate::kit::natural;
use crate::model::field::{self, Field, Kind};
use crate::model::{Key, Table, Value};

/// It, as far as it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every profile, in the order of the file; none until asked for.
    pub profiles: Option<Vec<EntryRow>>,
    /// The images.
    pub images: Vec<ImageRow>,
    /// The network interfaces of this machine.
    pub interfaces: Vec<Arc<str>>,
    /// The revision for which the profiles were asked.
    pub revision: u64,
}

/// Own value of an entry under a key.
fn value<'a>(entry: &'a EntryRow, key: &str) -> Option<&'a Value> {
    let found = entry.values.iter().find(|(known, _)| **known == *key);
    found.map(|(_, value)| value)
}

/// The texts of a value, item by item.
fn texts(value: &Value) -> Vec<Arc<str>> {
    match value {
        Value::Text(text) => vec![text.clone()],
        Value::List(items) => items.clone(),
        Value::Yaml(_) => Vec::new(),
    }
}

/// What can stand in a field whoever says what.
fn fixed(field: &Field) -> &'static [&'static str] {
    match (field.kind, field.id) {
        (Kind::Choice(words), _) => words,
        (Kind::Switch | Kind::Bool, _) => &["true", "false"],
        (_, "ipxe") => &field::SCRIPTS,
        (_, "root") => &["initramfs", "tmpfs", "ramfs"],
        (_, "ipmi.interface") => &["lan", "lanplus"],
        (_, "net.type") => &["ethernet", "infiniband", "bond", "vlan"],
        _ => &[],
    }
}

impl Known {
    /// A profile by its name.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&EntryRow> {
        let mut profiles = self.profiles.iter().flatten();
        profiles.find(|entry| *entry.name == *name)
    }

    /// The items that a profile itself gives a list.
    #[must_use]
    pub fn items(&self, profile: &str, key: &str) -> Vec<Arc<str>> {
        let value = self.profile(profile).and_then(|entry| value(entry, key));
        value.map(texts).unwrap_or_default()
    }

    /// The profiles below a profile, lowest first: before each one those that it lists itself.
    #[must_use]
    pub fn below(&self, name: &str) -> Vec<Arc<str>> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::from([name.to_owned()]);
        let mut open = vec![(None, self.items(name, "profiles").into_iter())];
        while let Some((_, rest)) = open.last_mut() {
            match rest.next() {
                Some(next) if !next.starts_with('~') && seen.insert(next.to_string()) => {
                    let lists = self.items(&next, "profiles").into_iter();
                    open.push((Some(next), lists));
                }
                Some(_) => {}
                None => order.extend(open.pop().and_then(|(name, _)| name)),
            }
        }
        let out: Vec<Arc<str>> = self.items(name, "profiles");
        order.retain(|layer| !out.iter().any(|own| own.strip_prefix('~') == Some(layer)));
        order
    }

    /// Whether a profile inherits from another one, by itself or through others.
    #[must_use]
    pub fn reaches(&self, upper: &str, lower: &str) -> bool {
        let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut open = self.items(upper, "profiles");
        while let Some(name) = open.pop() {
            if *name == *lower {
                return true;
            }
            if seen.insert(name.clone()) {
                open.extend(self.items(&name, "profiles"));
            }
        }
        false
    }

    /// The profiles that inherit from a profile, by themselves or through others.
    #[must_use]
    pub fn above(&self, lower: &str) -> Vec<Arc<str>> {
        let names = self.profiles.iter().flatten().map(|entry| &entry.name);
        let upper = names.filter(|name| ***name != *lower && self.reaches(name, lower));
        upper.cloned().collect()
    }

    /// What can stand in a field, as far as it is known; in natural order, without doubles.
    #[must_use]
    pub fn values(&self, field: &Field, key: &str, mirror: &Mirror) -> Vec<String> {
        let mut found: BTreeSet<String> = BTreeSet::new();
        let nodes = &mirror.head.nodes;
        let mut add = |text: &str| {
            if !text.is_empty() && !text.starts_with('~') {
                found.insert(text.to_owned());
            }
        };
        let fixed = fixed(field);
        fixed.iter().for_each(|word| add(word));
        match field.id {
            "profiles" => {
                let profiles = self.profiles.iter().flatten();
                profiles.for_each(|entry| add(&entry.name));
                nodes
                    .iter()
                    .flat_map(|row| &row.profiles)
                    .for_each(|name| add(name));
            }
            "image" => {
                self.images.iter().for_each(|image| add(&image.name));
                nodes
                    .iter()
                    .filter_map(|row| row.image.as_deref())
                    .for_each(&mut add);
            }
            "kernel.version" => {
                let kernels = self.images.iter().flat_map(|image| &image.kernels);
                kernels.for_each(|version| add(version));
            }
            "cluster" => nodes
                .iter()
                .filter_map(|row| row.cluster.as_deref())
                .for_each(&mut add),
            "tags" => {
                let tag = key.strip_prefix("tags.").unwrap_or_default();
                let tags = nodes.iter().flat_map(|row| &row.tags);
                let values = tags.filter_map(|text| text.split_once('='));
                values
                    .filter(|(name, _)| *name == tag)
                    .for_each(|(_, value)| add(value));
            }
            "networks.interface" => self.interfaces.iter().for_each(|name| add(name)),
            "adopt.profiles" => {
                let profiles = self.profiles.iter().flatten();
                profiles.for_each(|entry| add(&entry.name));
            }
            _ => {}
        }
        if !field.secret && fixed.is_empty() {
            self.said(field, key).iter().for_each(|text| add(text));
        }
        let mut values: Vec<String> = found.into_iter().collect();
        values.sort_by(|a, b| natural::compare(a, b));
        values
    }

    /// What profiles say under a key; overlays of either list can stand in the other.
    fn said(&self, field: &Field, key: &str) -> Vec<Arc<str>> {
        let overlay = field.id.ends_with("_overlay");
        let values = self
            .profiles
            .iter()
            .flatten()
            .flat_map(|entry| &entry.values);
        let same =
            values.filter(|(known, _)| **known == *key || (overlay && known.ends_with("_overlay")));
        same.flat_map(|(_, value)| texts(value)).collect()
    }

    /// Whether a text that should name something names nothing that is known; then what is.
    #[must_use]
    pub fn stranger(&self, field: &Field, text: &str, mirror: &Mirror) -> Option<String> {
        let (what, names): (&str, Vec<String>) = match field.id {
            "profiles" if self.profiles.is_some() => {
                let profiles = self.profiles.iter().flatten();
                (
                    "profile",
                    profiles.map(|entry| entry.name.to_string()).collect(),
                )
            }
            "image" if !self.images.is_empty() => ("image", self.values(field, "image", mirror)),
            _ => return None,
        };
        let plain = text.strip_prefix('~').unwrap_or(text);
        if names.iter().any(|name| name == plain) {
            return None;
        }
        let hint = crate::kit::suggest::hint(plain, names.iter().map(String::as_str));
        let hint = hint.map(|hint| format!(": {hint}")).unwrap_or_default();
        Some(format!("there is no {what} {plain} yet{hint}"))
    }
}

/// The named section that a key is in: `net.eno1` of `net.eno1.ipaddr`; none of a plain key.
#[must_use]
pub fn section(table: Table, key: &str) -> Option<String> {
    let parsed = Key::parse_in(table, key).ok()?;
    let name = parsed.names.first()?.clone();
    let whole = Key {
        field: parsed.field,
        names: parsed.names,
    }
    .to_string();
    // The name is shown with quotes where it needs them; up to its end the text is that of the section.
    let at = whole.find(&*name)? + name.len();
    let rest = whole.get(at..)?;
    let quote = usize::from(rest.starts_with('"'));
    whole.get(..at + quote).map(str::to_owned)
}

/// The key of the network device whose address stands for the node: the one that is said to, else the one with the address
/// that the lists show, else the first; none when there is no device.
#[must_use]
pub fn primary(detail: &NodeDetail) -> Option<String> {
    let said = detail.fields.iter().find(|row| *row.key == *"primary");
    let said = said.map(|row| &*row.value);
    let ip = detail.row.ip.map(|ip| ip.to_string());
    let devices: Vec<(String, bool)> = detail
        .fields
        .iter()
        .filter(|row| row.key.starts_with("net."))
        .filter_map(|row| {
            let shown = row.key.ends_with(".ipaddr") && ip.as_deref() == Some(&*row.value);
            Some((section(Table::Nodes, &row.key)?, shown))
        })
        .collect();
    let named = |(device, _): &&(String, bool)| {
        said.is_some_and(|said| device.strip_prefix("net.") == Some(said))
    };
    let found = devices.iter().find(named);
    let found = found.or_else(|| devices.iter().find(|(_, shown)| *shown));
    found.or(devices.first()).map(|(device, _)| device.clone())
}

/// The keys that can be chosen: every plain field, and of fields in named sections those of the `named` keys; resources by
/// their shape, with a `*` for the name. In the order of the field table.
#[must_use]
pub fn keys<'a>(
    profile: bool,
    named: impl Iterator<Item = &'a str>,
) -> Vec<(String, &'static Field)> {
    let named: Vec<Key> = named.filter_map(|text| Key::parse(text).ok()).collect();
    let mut entries: BTreeSet<(&str, &Arc<str>)> = BTreeSet::new();
    for key in &named {
        let branch = key.field.split('.').next().unwrap_or_default();
        entries.extend(key.names.first().map(|name| (branch, name)));
    }
    let mut out: Vec<(String, &'static Field)> = Vec::new();
    for row in field::NODE {
        if profile && row.owner == field::Owner::Node {
            continue;
        }
        if row.names() == 0 {
            out.push((row.id.to_owned(), row));
            continue;
        }
        let branch = row.id.split('.').next().unwrap_or_default();
        if row.names() == 1 {
            for (_, name) in entries.iter().filter(|(known, _)| *known == branch) {
                let names = vec![(*name).clone()];
                let field = row.id;
                out.push((Key { field, names }.to_string(), row));
            }
        }
        let deeper = named
            .iter()
            .filter(|key| row.names() > 1 && key.field == row.id);
        for key in deeper.map(ToString::to_string) {
            if out.iter().all(|(known, _)| *known != key) {
                out.push((key, row));
            }
        }
        if row.kind == Kind::Yaml {
            out.push((Key::plain(row.id).to_string(), row));
        }
    }
    out
}
