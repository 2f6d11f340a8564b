//! A disk that is partitioned gets what the registry wants besides, and loses nothing by that.

use std::path::Path;
use std::process::Command;

use super::disks::{Bay, node, table, there};
use super::nodes::said;

/// A node that wants these partitions of `disk`.
fn wants(disk: &Path, parts: &[&str]) -> String {
    let lines: Vec<String> = parts
        .iter()
        .map(|part| format!("          {part}\n"))
        .collect();
    format!(
        "    disks:\n      {}:\n        partitions:\n{}",
        disk.display(),
        lines.concat()
    )
}

fn names(disk: &Path) -> String {
    let parts = table(disk);
    let words: Vec<String> = parts
        .iter()
        .map(|(number, size, name)| format!("{number}:{name}:{size}"))
        .collect();
    words.join(" ")
}

const ONE: &str = "one: {number: 1, size_mib: 16}";
const TWO: &str = "two: {number: 2, size_mib: 32}";

#[test]
fn what_is_missing_is_added_and_nothing_else_is_touched() {
    if !there(&["sfdisk", "blkid"]) {
        return;
    }
    let bay = Bay::new();
    let disk = bay.disk("vda", 128);
    let boot = |parts: &[&str]| {
        let (site, root) = node("sfdisk", &wants(&disk, parts));
        let told = bay.sh(&root, "10-sfdisk.sh");
        drop(site);
        told
    };
    boot(&[ONE, TWO]);
    assert_eq!(names(&disk), "1:one:16 2:two:32");
    // Something that lies in the first, and something old where the third will lie.
    let mut bytes = std::fs::read(&disk).unwrap();
    bytes[3 << 20] = 0x5a;
    let old = 49 << 20;
    bytes[old + 1080..old + 1082].copy_from_slice(&[0x53, 0xef]);
    std::fs::write(&disk, &bytes).unwrap();
    let three = "three: {number: 3, size_mib: 24}";
    let four = "four: {number: 7}";
    let told = boot(&[ONE, TWO, three, four]);
    assert!(
        told.fine && told.notes.is_empty() && told.text.contains("adding to"),
        "{}{}",
        told.text,
        told.notes
    );
    assert_eq!(names(&disk), "1:one:16 2:two:32 3:three:24 7:four:54");
    let now = std::fs::read(&disk).unwrap();
    assert_eq!(now[3 << 20], 0x5a);
    // The next boot finds all of them.
    let told = boot(&[ONE, TWO, three, four]);
    assert!(told.text.contains("as it should be"), "{}", told.text);
    assert!(std::fs::read(&disk).unwrap() == now);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    if !there(&["sfdisk", "blkid"]) {
        return;
    }
    let bay = Bay::new();
    let disk = bay.disk("vda", 128);
    let (_site, first) = node("sfdisk", &wants(&disk, &[ONE, TWO]));
    bay.sh(&first, "10-sfdisk.sh");
    let before = std::fs::read(&disk).unwrap();
    let cases = [
        // No room.
        (
            vec![ONE, TWO, "big: {size_mib: 500}"],
            "is there room left?",
        ),
        // The number is another's.
        (vec![ONE, "other: {number: 2}"], "other would be number 2"),
        // One that is there has another size.
        (
            vec![ONE, "two: {number: 2, size_mib: 40}", "three: {}"],
            "two has 32 MiB, not 40",
        ),
        // One that is there has another number.
        (vec!["one: {number: 5}", "three: {}"], "one is number 1"),
        // None of the wanted is there, and none is said to have to be: the table is somebody else's.
        (
            vec!["a: {size_mib: 4}", "b: {should_exist: true}"],
            "holds gpt",
        ),
    ];
    for (parts, words) in cases {
        let (_site, root) = node("sfdisk", &wants(&disk, &parts));
        let told = bay.sh(&root, "10-sfdisk.sh");
        assert!(told.fine, "{}", told.text);
        assert!(
            told.text.contains(words) && told.notes.contains(words),
            "{words}: {}",
            told.text
        );
        assert!(std::fs::read(&disk).unwrap() == before, "{words}");
    }
    // Said so, it is added to another's table too.
    let parts = ["a: {size_mib: 4, should_exist: true}"];
    let (_site, root) = node("sfdisk", &wants(&disk, &parts));
    let told = bay.sh(&root, "10-sfdisk.sh");
    assert!(told.text.contains("adding to"), "{}", told.text);
    assert_eq!(names(&disk), "1:one:16 2:two:32 3:a:4");
    // A disk that is too small is partitioned as far as it goes, and that is said.
    let small = bay.disk("vdc", 32);
    let (_site, root) = node("sfdisk", &wants(&small, &[ONE, TWO]));
    let told = bay.sh(&root, "10-sfdisk.sh");
    let words = "is partitioned, but two has 13 MiB, not 32";
    assert!(told.notes.contains(words), "{}", told.text);
    // A table of the older kind is left alone.
    let dos = bay.disk("vdb", 64);
    let mut sfdisk = Command::new("sh");
    sfdisk.args(["-c", "echo 'label: dos\n\n,8MiB' | sfdisk -q \"$0\""]);
    let output = sfdisk.arg(&dos).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let (_site, root) = node("sfdisk", &wants(&dos, &parts));
    let told = bay.sh(&root, "10-sfdisk.sh");
    assert!(told.text.contains("holds dos"), "{}", told.text);
}
