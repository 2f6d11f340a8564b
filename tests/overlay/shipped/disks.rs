//! The disk overlays at work: their scripts on disks that are files, and what they write for others read by those.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::nodes::{Site, files, read, said, tool};

const MIB: u64 = 1 << 20;

/// Disks and file systems as files of a folder, which stands for /dev.
pub(super) struct Bay {
    dir: tempfile::TempDir,
    runs: std::cell::Cell<u32>,
}

/// What a script said, whether it was content, and what it told the server.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) fine: bool,
    pub(super) notes: String,
}

impl Bay {
    pub(super) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            runs: std::cell::Cell::new(0),
        }
    }

    /// An empty disk.
    pub(super) fn disk(&self, name: &str, mib: u64) -> PathBuf {
        let path = self.path(name);
        File::create(&path).unwrap().set_len(mib * MIB).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a script of `wwinit.d` of a node as /init does, with these shells and tools.
    fn run(&self, root: &Path, script: &str, shell: &[&str], tools: Option<&Path>) -> Told {
        self.runs.set(self.runs.get() + 1);
        let queue = self.path(&format!("queue{}", self.runs.get()));
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]);
        command.arg(root.join("warewulf/wwinit.d").join(script));
        command
            .env("PREFIX", root)
            .env("MUSTER_DEV", self.dir.path());
        command
            .env("MUSTER_SYS", self.path("sys"))
            .env("MUSTER_WAIT", "0");
        command
            .env("MUSTER_QUEUE", &queue)
            .env("MUSTER_QUEUE_ONLY", "1");
        match tools {
            Some(tools) => command.env("PATH", tools),
            None => command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        };
        let output = command.output().unwrap();
        let notes = match queue.is_dir() {
            true => files(&queue, "")
                .iter()
                .map(|file| std::fs::read_to_string(file).unwrap())
                .collect(),
            false => String::new(),
        };
        Told {
            text: said(&output),
            fine: output.status.success(),
            notes,
        }
    }

    pub(super) fn sh(&self, root: &Path, script: &str) -> Told {
        self.run(root, script, &["sh"], None)
    }
}

/// A node `d1` with these lines, and its files.
pub(super) fn node(overlays: &str, lines: &str) -> (Site, PathBuf) {
    let site = Site::new(&format!(
        "nodes:\n  d1:\n    system overlay: [wwinit, {overlays}]\n{lines}"
    ));
    let root = site.unpack("d1");
    (site, root)
}

pub(super) fn there(names: &[&str]) -> bool {
    names
        .iter()
        .all(|name| tool(Command::new(name).arg("--version")).is_some())
}

/// The partitions of a disk: number, size in MiB, name.
pub(super) fn table(disk: &Path) -> Vec<(u64, u64, String)> {
    let output = Command::new("sfdisk")
        .arg("--json")
        .arg(disk)
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let Some(list) = json["partitiontable"]["partitions"].as_array() else {
        return vec![];
    };
    let number = |node: &str| -> u64 {
        let digits = node.rfind(|c: char| !c.is_ascii_digit()).unwrap();
        node[digits + 1..].parse().unwrap()
    };
    list.iter()
        .map(|part| {
            let node = number(part["node"].as_str().unwrap());
            let name = part["name"].as_str().unwrap_or_default().to_owned();
            (node, part["size"].as_u64().unwrap() * 512 / MIB, name)
        })
        .collect()
}

fn probe(device: &Path, what: &str) -> String {
    let mut command = Command::new("blkid");
    command.args(["-p", "-o", "value", "-s", what]).arg(device);
    said(&command.output().unwrap()).trim().to_owned()
}

fn disks(disk: &Path, wipe: bool, scratch: u32) -> String {
    format!(
        "    disks:\n      {}:\n        wipe_table: {wipe}\n        partitions:\n          \
         scratch: {{number: 2, size_mib: {scratch}, should_exist: true}}\n          \
         \"it's swap\": {{number: 1, start_mib: 1, size_mib: 16, type_guid: 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F}}\n          \
         rest: {{number: 3}}\n          gone: {{should_exist: false}}\n",
        disk.display()
    )
}

#[test]
fn a_disk_is_partitioned_once_and_replaced_only_where_that_is_said() {
    if !there(&["sfdisk", "blkid"]) {
        return;
    }
    let bay = Bay::new();
    let disk = bay.disk("vda", 256);
    let (_site, first) = node("sfdisk", &disks(&disk, false, 64));
    let told = bay.sh(&first, "10-sfdisk.sh");
    assert!(
        told.fine && told.text.contains("partitioning"),
        "{}",
        told.text
    );
    let wanted = [
        (1, 16, "it's swap".to_owned()),
        (2, 64, "scratch".into()),
        (3, 174, "rest".into()),
    ];
    assert_eq!(table(&disk), wanted, "{}", told.text);
    // The second boot finds it by its id, a table of another hand by its partitions.
    let before = std::fs::read(&disk).unwrap();
    let told = bay.sh(&first, "10-sfdisk.sh");
    assert!(
        told.fine && told.text.contains("as it should be"),
        "{}",
        told.text
    );
    assert!(std::fs::read(&disk).unwrap() == before);
    let id = [
        "--disk-id",
        &disk.to_string_lossy(),
        "11111111-2222-4333-8444-555555555555",
    ]
    .map(str::to_owned);
    assert!(
        Command::new("sfdisk")
            .args(id)
            .output()
            .unwrap()
            .status
            .success()
    );
    let told = bay.sh(&first, "10-sfdisk.sh");
    assert!(
        told.fine && told.text.contains("as it should be"),
        "{}",
        told.text
    );
    // Another wish changes nothing until somebody says that it may.
    let (_site, other) = node("sfdisk", &disks(&disk, false, 80));
    let told = bay.sh(&other, "10-sfdisk.sh");
    assert!(
        told.fine && told.text.contains("wipe_table would replace it"),
        "{}",
        told.text
    );
    assert!(told.notes.starts_with("note\ndisks: "), "{}", told.notes);
    assert_eq!(table(&disk), wanted);
    let (_site, wiping) = node("sfdisk", &disks(&disk, true, 80));
    let told = bay.sh(&wiping, "10-sfdisk.sh");
    assert!(
        told.fine && told.notes.is_empty(),
        "{}{}",
        told.text,
        told.notes
    );
    assert_eq!(table(&disk)[1], (2, 80, "scratch".into()));
    // One that is as it should be keeps its contents even so.
    let before = std::fs::read(&disk).unwrap();
    bay.sh(&wiping, "10-sfdisk.sh");
    assert!(std::fs::read(&disk).unwrap() == before);
}

#[test]
fn a_disk_that_holds_something_is_left_alone() {
    if !there(&["sfdisk", "mkfs.ext4"]) {
        return;
    }
    let bay = Bay::new();
    let disk = bay.disk("vda", 256);
    assert!(
        Command::new("mkfs.ext4")
            .arg("-q")
            .arg(&disk)
            .output()
            .unwrap()
            .status
            .success()
    );
    let (_site, root) = node("sfdisk", &disks(&disk, false, 64));
    let told = bay.sh(&root, "10-sfdisk.sh");
    assert!(
        told.fine && told.text.contains("holds ext4"),
        "{}",
        told.text
    );
    assert_eq!(probe(&disk, "TYPE"), "ext4");
    let (_site, root) = node("sfdisk", &disks(&disk, true, 64));
    bay.sh(&root, "10-sfdisk.sh");
    assert_eq!(table(&disk).len(), 3);
    assert_eq!(probe(&disk, "TYPE"), "");
}

#[test]
fn a_disk_that_is_missing_ends_the_boot_only_if_the_root_is_to_lie_on_one() {
    let bay = Bay::new();
    let gone = bay.path("vdz");
    let file_system = format!(
        "    filesystems:\n      {}: {{format: ext4, path: /a}}\n",
        gone.display()
    );
    for (root, fine) in [("tmpfs", true), ("/dev/disk/by-partlabel/root", false)] {
        let lines = format!("    root: {root}\n{}{file_system}", disks(&gone, true, 64));
        let (_site, unpacked) = node("sfdisk, mkfs", &lines);
        for script in ["10-sfdisk.sh", "20-mkfs.sh"] {
            // As /init does: the configuration is in the environment of every script.
            let text = format!(
                "set -a; . \"{0}/warewulf/config\"; set +a; exec sh \"{0}/warewulf/wwinit.d/{script}\"",
                unpacked.display()
            );
            let path = unpacked.join("warewulf/wwinit.d/try");
            std::fs::write(&path, text).unwrap();
            let told = bay.sh(&unpacked, "try");
            assert_eq!(told.fine, fine, "{root}: {}", told.text);
            assert!(told.notes.contains("is not there"), "{}", told.notes);
        }
    }
}

/// Formats, and the tools that make them.
const FORMATS: [(&str, u64); 5] = [
    ("ext4", 32),
    ("xfs", 320),
    ("btrfs", 128),
    ("vfat", 16),
    ("swap", 16),
];

#[test]
fn file_systems_are_made_once_and_made_anew_only_where_that_is_said() {
    if !there(&["blkid"]) {
        return;
    }
    let bay = Bay::new();
    for (format, mib) in FORMATS {
        let (script, maker) = match format {
            "swap" => ("20-mkswap.sh", "mkswap".to_owned()),
            format => ("20-mkfs.sh", format!("mkfs.{format}")),
        };
        if tool(Command::new(&maker).arg("-V")).is_none() {
            continue;
        }
        let device = bay.disk(format, mib);
        let lines = |wipe: bool| {
            format!(
                "    filesystems:\n      {}: {{format: {format}, path: /x, label: my data, wipe_filesystem: {wipe}}}\n",
                device.display()
            )
        };
        let (_site, root) = node("mkfs, mkswap", &lines(false));
        let told = bay.sh(&root, script);
        assert!(
            told.fine && told.notes.is_empty(),
            "{format}: {}",
            told.text
        );
        assert_eq!(probe(&device, "TYPE"), format, "{}", told.text);
        assert_eq!(probe(&device, "LABEL").to_lowercase(), "my data");
        let uuid = probe(&device, "UUID");
        let told = bay.sh(&root, script);
        assert!(
            told.fine && told.text.contains("already"),
            "{format}: {}",
            told.text
        );
        assert_eq!(probe(&device, "UUID"), uuid);
        // The serial number of a vfat is the time in hundredths.
        std::thread::sleep(std::time::Duration::from_millis(if format == "vfat" {
            30
        } else {
            0
        }));
        let (_site, wiping) = node("mkfs, mkswap", &lines(true));
        let told = bay.sh(&wiping, script);
        assert!(
            told.fine && told.notes.is_empty(),
            "{format}: {}",
            told.text
        );
        assert_ne!(probe(&device, "UUID"), uuid, "{format}");
    }
    // What holds something else stays.
    let device = bay.path("ext4");
    let (_site, root) = node(
        "mkfs, mkswap",
        &format!(
            "    filesystems:\n      {}: {{format: swap}}\n",
            device.display()
        ),
    );
    let told = bay.sh(&root, "20-mkswap.sh");
    assert!(
        told.fine && told.notes.contains("holds ext4, not swap"),
        "{}",
        told.text
    );
    assert_eq!(probe(&device, "TYPE"), "ext4");
}

/// A busybox alone: it may have no blkid, and then what it does not know must look empty before anything is made on it.
#[test]
fn a_busybox_suffices_and_does_not_guess() {
    if tool(Command::new("busybox").arg("true")).is_none() {
        return;
    }
    let bay = Bay::new();
    let tools = bay.path("tools");
    std::fs::create_dir(&tools).unwrap();
    let list = Command::new("busybox").arg("--list").output().unwrap();
    let busybox = Command::new("sh")
        .args(["-c", "command -v busybox"])
        .output()
        .unwrap();
    for applet in said(&list)
        .lines()
        .filter(|name| !matches!(*name, "blkid" | "wipefs"))
    {
        let target = said(&busybox).trim().to_owned();
        std::os::unix::fs::symlink(target, tools.join(applet)).unwrap();
    }
    let device = bay.disk("vda", 16);
    let lines = format!(
        "    filesystems:\n      {}: {{format: swap}}\n",
        device.display()
    );
    let (_site, root) = node("mkswap", &lines);
    let run = || bay.run(&root, "20-mkswap.sh", &["busybox", "sh"], Some(&tools));
    let told = run();
    assert!(
        told.text.contains("making swap") && told.notes.is_empty(),
        "{}",
        told.text
    );
    let told = run();
    assert!(
        told.text.contains("is a swap space already"),
        "{}",
        told.text
    );
    // Something that no busybox knows.
    std::fs::write(&device, [7; 70_000]).unwrap();
    let told = run();
    assert!(
        told.fine && told.notes.contains("may hold something"),
        "{}",
        told.text
    );
}

#[test]
fn resources_do_what_the_registry_does_not() {
    if !there(&["sfdisk", "blkid"]) {
        return;
    }
    let bay = Bay::new();
    let (disk, part, swap) = (
        bay.disk("sda", 64),
        bay.disk("sda1", 16),
        bay.disk("sda2", 16),
    );
    let lines = format!(
        "    resources:\n      sfdisk:\n        - device: {0}\n          label: gpt\n          partitions:\n            \
         - {{device: {0}1, name: a, size: 32768}}\n            - {{device: {0}2, name: b}}\n      \
         mkfs:\n        - {{device: {1}, type: ext4, options: -b 1024 -m 0, overwrite: false, size: 0}}\n      \
         mkswap:\n        - {{device: {2}, label: sw}}\n",
        disk.display(),
        part.display(),
        swap.display()
    );
    let (_site, root) = node("sfdisk, mkfs, mkswap", &lines);
    for script in ["10-sfdisk.sh", "20-mkfs.sh", "20-mkswap.sh"] {
        let told = bay.sh(&root, script);
        assert!(
            told.fine && told.notes.is_empty(),
            "{script}: {}",
            told.text
        );
        let told = bay.sh(&root, script);
        let left = told.text.contains("already") || told.text.contains("as it should be");
        assert!(left, "{script}: {}", told.text);
    }
    assert_eq!(table(&disk), [(1, 16, "a".to_owned()), (2, 46, "b".into())]);
    assert_eq!(probe(&part, "BLOCK_SIZE"), "1024");
    assert_eq!(probe(&swap, "LABEL"), "sw");
}

/// Partitions are found by their labels where no udev makes links.
#[test]
fn a_label_is_looked_up_where_nobody_made_the_link() {
    let bay = Bay::new();
    let device = bay.disk("vdb7", 16);
    let entry = bay.path("sys/class/block/vdb7");
    std::fs::create_dir_all(&entry).unwrap();
    let uevent = "MAJOR=252\nDEVNAME=vdb7\nDEVTYPE=partition\nPARTN=7\nPARTNAME=no such scratch\n";
    std::fs::write(entry.join("uevent"), uevent).unwrap();
    let (_site, root) = node(
        "mkswap",
        "    filesystems:\n      /dev/disk/by-partlabel/no such scratch: {format: swap}\n",
    );
    if !there(&["mkswap", "blkid"]) {
        return;
    }
    let told = bay.sh(&root, "20-mkswap.sh");
    assert!(told.fine && told.notes.is_empty(), "{}", told.text);
    assert_eq!(probe(&device, "TYPE"), "swap");
}

const UNITS: &str = "    disks:\n      /dev/vda:\n        wipe_table: true\n        partitions:\n          \
    scratch: {number: 1, size_mib: 100, start_mib: 1, should_exist: true}\n          rest: {number: 2}\n    \
    filesystems:\n      /dev/disk/by-partlabel/scratch: {format: ext4, path: /scratch/a-b, mount_options: \"noatime,nodev\", options: [-m, \"0\"]}\n      \
    /dev/disk/by-partlabel/rest: {format: xfs, path: /data 100%}\n      /dev/vdb: {format: swap, mount_options: pri=5}\n      \
    /dev/vdc: {format: ext4, path: /}\n";

#[test]
fn ignition_takes_its_configuration() {
    let (_site, root) = node("ignition", UNITS);
    let json = read(&root, "warewulf/ignition.json");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let disk = &value["storage"]["disks"][0];
    assert_eq!(value["ignition"]["version"], "3.1.0");
    assert_eq!(disk["partitions"][0]["startMiB"], 1);
    assert_eq!(disk["partitions"][0]["sizeMiB"], 100);
    let systems = value["storage"]["filesystems"].as_array().unwrap();
    assert_eq!(
        systems[1]["mountOptions"],
        serde_json::json!(["noatime", "nodev"])
    );
    let resource = "    resources:\n      ignition:\n        storage:\n          disks:\n            \
        - {device: /dev/vda, wipeTable: true, partitions: [{label: s, shouldExist: true, wipePartitionEntry: true}]}\n          \
        filesystems:\n            - {device: /dev/disk/by-partlabel/s, format: btrfs, path: /s, wipeFilesystem: false, mountOptions: [noatime]}\n";
    let (_site, other) = node("ignition", resource);
    assert!(read(&other, "etc/systemd/system/s.mount").contains("Options=noatime\n"));
    for root in [root, other] {
        let mut command = Command::new("ignition-validate");
        let Some(output) = tool(command.arg(root.join("warewulf/ignition.json"))) else {
            return;
        };
        assert!(
            output.status.success() && said(&output).is_empty(),
            "{}",
            said(&output)
        );
    }
    let (_site, none) = node("ignition", "");
    assert_eq!(files(&none, "ignition.json"), Vec::<PathBuf>::new());
}

#[test]
fn systemd_takes_every_unit() {
    for overlays in ["systemd.mount, systemd.swap", "ignition", "mig, wwclient"] {
        let (_site, root) = node(overlays, UNITS);
        let folder = root.join("etc/systemd/system");
        let units: Vec<PathBuf> = [".mount", ".swap", ".service", ".target"]
            .iter()
            .flat_map(|end| files(&folder, end))
            .filter(|path| !path.is_symlink())
            .collect();
        assert!(units.len() > 2, "{units:?}");
        if overlays != "mig, wwclient" {
            let unit = folder.join("data\\x20100\\x25.mount");
            let text = std::fs::read_to_string(&unit).unwrap();
            assert!(text.contains("Where=/data 100%%\n"), "{text}");
            assert!(
                !units.iter().any(|unit| unit.ends_with("-.mount")),
                "{units:?}"
            );
        }
        // What wants a unit leads to it.
        for link in files(&folder, "").iter().filter(|path| path.is_symlink()) {
            assert!(link.exists(), "{}", link.display());
        }
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no"]).args(&units);
        let Some(output) = tool(&mut command) else {
            return;
        };
        // Programs of the node are none of this machine, which may be no systemd's either.
        let whole = said(&output);
        let bad: Vec<&str> = whole
            .lines()
            .filter(|line| !line.contains("is not executable") && line.contains("/system/"))
            .chain(whole.lines().filter(|line| line.contains("cycle")))
            .collect();
        assert!(bad.is_empty(), "{overlays}: {whole}");
    }
}

#[test]
fn findmnt_takes_fstab() {
    let resource = "    resources:\n      fstab:\n        - {spec: \"warewulf:/home\", file: /home}\n        \
        - {spec: \"warewulf:/my data\", file: /data, mntops: \"ro,soft\", freq: 1, passno: 2}\n";
    let (_site, root) = node("fstab", &format!("{UNITS}{resource}"));
    let expected = r"# Made by muster; changes here are lost.
proc     /proc     proc    defaults                        0 0
sysfs    /sys      sysfs   defaults                        0 0
devpts   /dev/pts  devpts  gid=5,mode=620,ptmxmode=000     0 0
tmpfs    /dev/shm  tmpfs   defaults                        0 0
/dev/disk/by-partlabel/rest /data\040100% xfs nofail 0 0
/dev/disk/by-partlabel/scratch /scratch/a-b ext4 nofail,noatime,nodev 0 0
/dev/vdb none swap nofail,pri=5 0 0
/dev/vdc / ext4 defaults 0 0
warewulf:/home /home nfs defaults 0 0
warewulf:/my\040data /data nfs ro,soft 1 2
";
    assert_eq!(read(&root, "etc/fstab"), expected);
    let mounts = "/dev/disk/by-partlabel/scratch ext4 /scratch/a-b\n";
    assert_eq!(read(&root, "warewulf/mounts"), mounts);
    let (_site, listed) = node("fstab, systemd.mount, systemd.swap", UNITS);
    let text = read(&listed, "etc/fstab");
    assert!(
        text.contains("/scratch/a-b ext4 noauto,noatime,nodev 0 0\n"),
        "{text}"
    );
    let mut command = Command::new("findmnt");
    command
        .args(["--verify", "--tab-file"])
        .arg(root.join("etc/fstab"));
    let Some(output) = tool(&mut command) else {
        return;
    };
    // The mount points are none of this machine.
    let whole = said(&output);
    let bad = |line: &&str| line.contains("[E]") && !line.contains("unreachable on boot");
    assert!(whole.contains("0 parse errors"), "{whole}");
    assert_eq!(whole.lines().find(bad), None, "{whole}");
    // Nothing of it is secret, and everybody may read it.
    let mode = std::fs::metadata(root.join("etc/fstab"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644);
}
