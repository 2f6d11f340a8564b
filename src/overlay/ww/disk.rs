//! Disks, partitions and file systems of a node, under Warewulf's names.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::go::{Of, Value};
use super::node::Seen;
use super::thing::{Kind, map, pointer, row, texts};
use crate::model::{Key, Value as Set};

/// An entry of a node: a disk by device, a partition of it by label, or a file system by device.
pub struct Entry {
    /// Of which node.
    pub seen: Seen,
    /// Its names, outermost first.
    pub names: Vec<Arc<str>>,
    /// Whether it knows its own name, which the copy at the top of the data does not.
    named: bool,
}

impl Entry {
    /// What is set under a field, as it was written.
    pub fn written(&self, field: &'static str) -> &str {
        let names: Vec<&str> = self.names.iter().map(AsRef::as_ref).collect();
        self.seen.set(field, &names)
    }

    fn text(&self, field: &'static str) -> Value {
        Value::text(self.written(field))
    }

    /// A switch: the copy does not tell `false` from unset.
    fn switch(&self, field: &'static str) -> Value {
        let set = self.truth(field);
        pointer(set.filter(|set| *set || !self.seen.copied))
    }

    /// A switch, if it is set.
    pub fn truth(&self, field: &'static str) -> Option<bool> {
        match self.written(field) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    fn id(&self) -> Value {
        Value::text(
            self.names
                .last()
                .filter(|_| self.named)
                .map_or("", AsRef::as_ref),
        )
    }
}

/// A disk.
#[rustfmt::skip]
pub static DISK: Kind<Entry> = Kind { name: "node.Disk", rows: &[
    row("Id", "its device; empty in .Disks itself, as in Warewulf", |e| e.id()),
    row("WipeTable", "`wipe_table`", |e| e.switch("disks.wipe_table")),
    row("Partitions", "`partitions` by label", |e| map(partitions(e).into_iter().map(|p| (p.names[1].clone(), PARTITION.make(p))), Of::Named("*node.Partition"))),
    row("PartitionList", "partitions by number, those without one last", partition_list),
] };

/// A partition.
#[rustfmt::skip]
pub static PARTITION: Kind<Entry> = Kind { name: "node.Partition", rows: &[
    row("Id", "its label; empty in .Partitions, as in Warewulf", |e| e.id()),
    row("Number", "`number`", |e| e.text("disks.partitions.number")),
    row("SizeMiB", "`size_mib`", |e| e.text("disks.partitions.size_mib")),
    row("StartMiB", "`start_mib`", |e| e.text("disks.partitions.start_mib")),
    row("TypeGuid", "`type_guid`", |e| e.text("disks.partitions.type_guid")),
    row("Guid", "`guid`", |e| e.text("disks.partitions.guid")),
    row("WipePartitionEntry", "`wipe_partition_entry`", |e| e.switch("disks.partitions.wipe_partition_entry")),
    row("ShouldExist", "`should_exist`", |e| e.switch("disks.partitions.should_exist")),
    row("Resize", "`resize`", |e| e.switch("disks.partitions.resize")),
] };

/// A file system.
#[rustfmt::skip]
pub static FILE_SYSTEM: Kind<Entry> = Kind { name: "node.FileSystem", rows: &[
    row("Id", "its device; empty in .FileSystems itself, as in Warewulf", |e| e.id()),
    row("Format", "`format`", |e| e.text("filesystems.format")),
    row("Path", "`path`", |e| e.text("filesystems.path")),
    row("WipeFileSystem", "`wipe_filesystem`", |e| e.switch("filesystems.wipe_filesystem")),
    row("Label", "`label`", |e| e.text("filesystems.label")),
    row("Uuid", "`uuid`", |e| e.text("filesystems.uuid")),
    row("Options", "`options`, a list", options),
    row("MountOptions", "`mount_options`", |e| e.text("filesystems.mount_options")),
] };

/// The options of a file system.
pub fn options(entry: &Entry) -> Value {
    match entry.seen.node.value(&Key {
        field: "filesystems.options",
        names: entry.names.clone(),
    }) {
        Some(Set::List(items)) => texts(items),
        Some(other) => texts(&[other.to_string()]),
        None => texts::<&str>(&[]),
    }
}

/// The names of the entries whose fields begin so, at one depth.
fn names(seen: &Seen, prefix: &str, depth: usize) -> Vec<Vec<Arc<str>>> {
    let keys = seen.node.values.iter().map(|(key, _)| key);
    let fits = keys.filter(|key| key.field.starts_with(prefix) && key.names.len() > depth);
    let all: BTreeSet<Vec<Arc<str>>> = fits.map(|key| key.names[..=depth].to_vec()).collect();
    all.into_iter().collect()
}

/// The disks, or file systems, of a node.
pub fn entries(seen: &Seen, prefix: &str, named: bool) -> Vec<Entry> {
    let entry = |names| Entry {
        seen: seen.clone(),
        names,
        named,
    };
    names(seen, prefix, 0).into_iter().map(entry).collect()
}

fn partitions(disk: &Entry) -> Vec<Entry> {
    let entry = |names| Entry {
        seen: disk.seen.clone(),
        names,
        named: false,
    };
    let all = names(&disk.seen, "disks.partitions.", 1).into_iter();
    all.filter(|names| names[0] == disk.names[0])
        .map(entry)
        .collect()
}

/// Partitions in the order in which they are made: by number, those without one last, then by label.
pub fn ordered(disk: &Entry) -> Vec<Entry> {
    let number = |entry: &Entry| {
        let number: u64 = entry
            .written("disks.partitions.number")
            .parse()
            .unwrap_or(0);
        (number == 0, number)
    };
    let mut all = partitions(disk);
    all.sort_by(|a, b| {
        number(a)
            .cmp(&number(b))
            .then_with(|| a.names[1].cmp(&b.names[1]))
    });
    all
}

fn partition_list(disk: &Entry) -> Value {
    let named = |mut entry: Entry| {
        entry.named = true;
        PARTITION.make(entry)
    };
    let all = ordered(disk).into_iter().map(named);
    Value::typed(all.collect(), Of::Named("*node.Partition"))
}

/// `Disks`.
pub fn disks(seen: &Seen) -> Value {
    let all = entries(seen, "disks.", false).into_iter();
    map(
        all.map(|disk| (disk.names[0].clone(), DISK.make(disk))),
        Of::Named("*node.Disk"),
    )
}

/// `DiskList`.
pub fn disk_list(seen: &Seen) -> Value {
    let all = entries(seen, "disks.", true)
        .into_iter()
        .map(|disk| DISK.make(disk));
    Value::typed(all.collect(), Of::Named("*node.Disk"))
}

/// `FileSystems`.
pub fn file_systems(seen: &Seen) -> Value {
    let all = entries(seen, "filesystems.", false).into_iter();
    map(
        all.map(|one| (one.names[0].clone(), FILE_SYSTEM.make(one))),
        Of::Named("*node.FileSystem"),
    )
}

/// `FileSystemList`.
pub fn file_system_list(seen: &Seen) -> Value {
    let all = entries(seen, "filesystems.", true)
        .into_iter()
        .map(|one| FILE_SYSTEM.make(one));
    Value::typed(all.collect(), Of::Named("*node.FileSystem"))
}
