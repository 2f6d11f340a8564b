//! Ignition's configuration of a node's disks and file systems. Not as Warewulf makes it where that is wrong: mount options are
//! words, not letters, a partition begins where it is said to, and disks come in order.

use serde_json::{Map, Value as Json, json};

use super::disk::{Entry, entries, ordered};
use super::node::Seen;
use crate::model::{Key, Value as Set};

/// An object on its way: what is not set is left out.
struct Fields<'a> {
    of: &'a Entry,
    out: Map<String, Json>,
}

impl<'a> Fields<'a> {
    fn new(of: &'a Entry) -> Self {
        Self {
            of,
            out: Map::new(),
        }
    }

    fn put(mut self, key: &str, value: Option<Json>) -> Self {
        if let Some(value) = value {
            self.out.insert(key.into(), value);
        }
        self
    }

    fn text(self, key: &str, field: &'static str) -> Self {
        let text = Some(self.of.written(field)).filter(|text| !text.is_empty());
        let text = text.map(Json::from);
        self.put(key, text)
    }

    fn number(self, key: &str, field: &'static str) -> Self {
        let number = self.of.written(field).parse::<u64>().ok();
        self.put(key, number.map(Json::from))
    }

    fn switch(self, key: &str, field: &'static str) -> Self {
        let switch = self.of.truth(field);
        self.put(key, switch.map(Json::from))
    }

    fn done(self) -> Json {
        Json::Object(self.out)
    }
}

fn partition(entry: &Entry) -> Json {
    let label = entry.names.get(1).map(|label| Json::from(&**label));
    Fields::new(entry)
        .put("label", label)
        .number("number", "disks.partitions.number")
        .number("sizeMiB", "disks.partitions.size_mib")
        .number("startMiB", "disks.partitions.start_mib")
        .text("typeGuid", "disks.partitions.type_guid")
        .text("guid", "disks.partitions.guid")
        .switch(
            "wipePartitionEntry",
            "disks.partitions.wipe_partition_entry",
        )
        .switch("shouldExist", "disks.partitions.should_exist")
        .switch("resize", "disks.partitions.resize")
        .done()
}

fn some(all: Vec<Json>) -> Option<Json> {
    (!all.is_empty()).then(|| Json::from(all))
}

fn device(entry: &Entry) -> Option<Json> {
    entry.names.first().map(|device| Json::from(&**device))
}

fn disk(entry: &Entry) -> Json {
    let partitions = ordered(entry).iter().map(partition).collect();
    Fields::new(entry)
        .put("device", device(entry))
        .switch("wipeTable", "disks.wipe_table")
        .put("partitions", some(partitions))
        .done()
}

fn file_system(entry: &Entry) -> Json {
    let names = entry.names.clone();
    let field = "filesystems.options";
    let options = match entry.seen.node.value(&Key { field, names }) {
        Some(Set::List(items)) => items.iter().map(|item| Json::from(&**item)).collect(),
        _ => Vec::new(),
    };
    let mount = entry.written("filesystems.mount_options");
    let mount = mount.split([',', ' ']).filter(|word| !word.is_empty());
    Fields::new(entry)
        .put("device", device(entry))
        .text("path", "filesystems.path")
        .text("format", "filesystems.format")
        .text("label", "filesystems.label")
        .text("uuid", "filesystems.uuid")
        .put("options", some(options))
        .put("mountOptions", some(mount.map(Json::from).collect()))
        .switch("wipeFilesystem", "filesystems.wipe_filesystem")
        .done()
}

/// The configuration; nothing where a node has neither disks nor file systems.
pub fn ignition(seen: &Seen) -> Option<Json> {
    let disks = some(entries(seen, "disks.", true).iter().map(disk).collect());
    let file_systems = some(
        entries(seen, "filesystems.", true)
            .iter()
            .map(file_system)
            .collect(),
    );
    if disks.is_none() && file_systems.is_none() {
        return None;
    }
    let mut storage = Map::new();
    for (key, value) in [("disks", disks), ("filesystems", file_systems)] {
        if let Some(value) = value {
            storage.insert(key.into(), value);
        }
    }
    Some(json!({"ignition": {"version": "3.1.0"}, "storage": storage}))
}
