//! What templates see of a node's disks and file systems, put together from its merged values.

use std::collections::BTreeMap;

use serde::Serialize;

use super::functions::unit_path;
use crate::model::{Node, Value};

/// One disk: an element of `node.disks`, in order of `device`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DiskScope<'a> {
    device: &'a str,
    /// Whether the partition table is made anew.
    wipe_table: bool,
    /// By number, those without one last and in order of their labels.
    partitions: Vec<PartitionScope<'a>>,
}

/// One partition: an element of a disk's `partitions`. What is not set is none; `0` counts as not set.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PartitionScope<'a> {
    /// Its name in the registry, which is its label.
    label: &'a str,
    number: Option<u64>,
    size_mib: Option<u64>,
    start_mib: Option<u64>,
    type_guid: Option<&'a str>,
    guid: Option<&'a str>,
    wipe_partition_entry: Option<bool>,
    should_exist: Option<bool>,
    resize: Option<bool>,
}

/// One file system: an element of `node.filesystems`, in order of `device`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FilesystemScope<'a> {
    device: &'a str,
    format: Option<&'a str>,
    /// Where it is mounted; none for swap, and for what is no absolute path.
    path: Option<&'a str>,
    /// Name of the systemd unit that mounts it or swaps on it; none if there is nothing to do.
    unit: Option<String>,
    wipe_filesystem: bool,
    label: Option<&'a str>,
    uuid: Option<&'a str>,
    /// Of mkfs.
    options: Vec<&'a str>,
    /// Of mount.
    mount_options: Vec<&'a str>,
}

/// `node.disks`.
pub fn disks(node: &Node) -> Vec<DiskScope<'_>> {
    let mut disks: BTreeMap<&str, BTreeMap<&str, PartitionScope<'_>>> = BTreeMap::new();
    let mut wiped: BTreeMap<&str, bool> = BTreeMap::new();
    for (key, value) in node.values.iter() {
        let Some(field) = key.field.strip_prefix("disks.") else {
            continue;
        };
        match key.names.as_slice() {
            [disk] => {
                disks.entry(disk).or_default();
                wiped.insert(disk, truth(value).unwrap_or(false));
            }
            [disk, label] => {
                let partition = disks.entry(disk).or_default().entry(label).or_default();
                partition.label = label;
                partition.set(field, value);
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for (device, partitions) in disks {
        let mut partitions: Vec<_> = partitions.into_values().collect();
        // Stable, and sorted by label so far.
        partitions.sort_by_key(|partition| partition.number.unwrap_or(u64::MAX));
        all.push(DiskScope {
            device,
            wipe_table: wiped.get(device).copied().unwrap_or(false),
            partitions,
        });
    }
    all
}

impl<'a> PartitionScope<'a> {
    fn set(&mut self, field: &str, value: &'a Value) {
        let number = || value.text()?.parse().ok().filter(|number| *number > 0);
        match field.strip_prefix("partitions.").unwrap_or(field) {
            "number" => self.number = number(),
            "size_mib" => self.size_mib = number(),
            "start_mib" => self.start_mib = number(),
            "type_guid" => self.type_guid = given(value),
            "guid" => self.guid = given(value),
            "wipe_partition_entry" => self.wipe_partition_entry = truth(value),
            "should_exist" => self.should_exist = truth(value),
            "resize" => self.resize = truth(value),
            _ => {}
        }
    }
}

/// `node.filesystems`.
pub fn filesystems(node: &Node) -> Vec<FilesystemScope<'_>> {
    let mut all: BTreeMap<&str, FilesystemScope<'_>> = BTreeMap::new();
    for (key, value) in node.values.iter() {
        let (Some(field), [device]) =
            (key.field.strip_prefix("filesystems."), key.names.as_slice())
        else {
            continue;
        };
        let one = all.entry(device).or_default();
        one.device = device;
        match (field, value.as_ref()) {
            ("options", Value::List(words)) => {
                one.options = words.iter().map(AsRef::as_ref).collect();
            }
            ("options", value) => one.options = given(value).into_iter().collect(),
            ("format", value) => one.format = given(value),
            ("path", value) => one.path = given(value).filter(|path| path.starts_with('/')),
            ("wipe_filesystem", value) => one.wipe_filesystem = truth(value).unwrap_or(false),
            ("label", value) => one.label = given(value),
            ("uuid", value) => one.uuid = given(value),
            ("mount_options", value) => {
                let words = given(value).unwrap_or_default().split([',', ' ']);
                one.mount_options = words.filter(|word| !word.is_empty()).collect();
            }
            _ => {}
        }
    }
    all.into_values().map(FilesystemScope::finish).collect()
}

impl FilesystemScope<'_> {
    fn finish(mut self) -> Self {
        if self.format == Some("swap") {
            self.path = None;
            self.unit = Some(format!("{}.swap", unit_path(self.device)));
        } else {
            let unit = |path| format!("{}.mount", unit_path(path));
            self.unit = self.path.map(unit);
        }
        self
    }
}

fn given(value: &Value) -> Option<&str> {
    value.text().filter(|text| !text.is_empty())
}

fn truth(value: &Value) -> Option<bool> {
    value.text()?.parse().ok()
}
