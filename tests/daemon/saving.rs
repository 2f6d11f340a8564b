//! `nodes.conf` is replaced whole or not at all, whatever happens meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use muster::daemon::disk;
use muster::engine::{SaveError, Text};
use serde_json::Value;
use tempfile::tempdir;

use super::world::{World, mac_of};

fn content(text: &str) -> Text {
    Text::Content(text.into())
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn mode_owner_and_links_are_kept() {
    let dir = tempdir().unwrap();
    let (real, link) = (dir.path().join("real.conf"), dir.path().join("nodes.conf"));
    fs::write(&real, "old\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o604)).unwrap();
    let root = nix::unistd::geteuid().is_root();
    if root {
        std::os::unix::fs::chown(&real, Some(4321), Some(1234)).unwrap();
    }
    symlink("real.conf", &link).unwrap();
    disk::save(&link, &content("old\n"), "new\n").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "new\n");
    let meta = fs::metadata(&real).unwrap();
    assert_eq!(meta.mode() & 0o7777, 0o604);
    if root {
        assert_eq!((meta.uid(), meta.gid()), (4321, 1234));
    }
    assert_eq!(names_in(dir.path()).len(), 2, "nothing is left behind");

    let fresh = dir.path().join("sub/nodes.conf");
    disk::save(&fresh, &Text::Absent, "first\n").unwrap();
    assert_eq!(fs::metadata(&fresh).unwrap().mode() & 0o7777, 0o640);

    let dangling = dir.path().join("dangling.conf");
    symlink("nowhere.conf", &dangling).unwrap();
    let refused = disk::save(&dangling, &Text::Absent, "new\n").unwrap_err();
    assert!(
        matches!(&refused, SaveError::Io(why) if why.contains("link")),
        "{refused:?}"
    );
}

#[test]
fn what_somebody_else_wrote_is_not_overwritten() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("nodes.conf");
    fs::write(&path, "theirs\n").unwrap();
    let refused = disk::save(&path, &content("ours\n"), "new\n").unwrap_err();
    assert_eq!(refused, SaveError::Changed(content("theirs\n")));
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\n");
}

#[test]
fn a_full_disk_changes_nothing_and_says_so() {
    let world = World::new(1);
    let old = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    // prlimit(1) lets no file grow beyond what a few words take; the file that is there is larger than that.
    let big = format!("{old}{}", "# filler\n".repeat(2000));
    fs::write(world.conf("nodes.conf"), &big).unwrap();
    let verb = world.muster(&["adopt", &mac_of(9), "late"]);
    let mut limited = std::process::Command::new("prlimit");
    limited.arg("--fsize=4096").arg(verb.get_program());
    let out = limited.args(verb.get_args()).output().unwrap();
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success(), "{err}");
    assert_eq!(fs::read_to_string(world.conf("nodes.conf")).unwrap(), big);
    world.run(&["adopt", &mac_of(9), "late"]);
    let conf = world.conf("");
    assert_eq!(
        names_in(&conf),
        ["muster.conf", "nodes.conf"].map(str::to_owned).into(),
        "what was left behind is gone after the next save"
    );
}

#[test]
fn kills_at_any_moment_leave_the_old_file_or_the_new_one() {
    let kills = std::env::var("MUSTER_CRASHES")
        .ok()
        .and_then(|n| n.parse().ok());
    let kills = kills.unwrap_or(0).max(200);
    let world = World::new(3);
    let nodes = || -> BTreeSet<String> {
        let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
        assert!(text.ends_with('\n'), "cut: {text:?}");
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let nodes = yaml["nodes"].as_mapping().unwrap();
        nodes
            .keys()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let (mut before, mut killed, mut saved) = (nodes(), 0, 0);
    for round in 0..kills {
        let name = format!("new{round}");
        let mut verb = world
            .muster(&["adopt", &mac_of(1000 + round), &name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From before the program has begun until after it has ended, in steps of a quarter millisecond.
        sleep(Duration::from_micros(u64::from(round % 100) * 250));
        let _ = verb.kill();
        let done = verb.wait().unwrap().success();
        killed += u32::from(!done);
        let after = nodes();
        let added: Vec<_> = after.difference(&before).cloned().collect();
        assert!(before.is_subset(&after), "round {round}: nodes are gone");
        assert!(
            added.is_empty() || added == [name],
            "round {round}: {added:?}"
        );
        assert!(
            !done || added.len() == 1,
            "round {round}: it said that it was done"
        );
        saved += added.len();
        before = after;
    }
    assert!(killed > 10, "{killed} of {kills} killed, {saved} saved");
    let _daemon = world.serve();
    let left = names_in(&world.conf(""));
    assert_eq!(
        left,
        ["muster.conf", "nodes.conf"].map(str::to_owned).into()
    );
    let status: Value = world.status().unwrap();
    assert_eq!(status["nodes"].as_array().unwrap().len(), before.len());
}

#[test]
fn a_file_system_that_is_full_or_read_only_changes_nothing_and_says_so() {
    if !nix::unistd::geteuid().is_root() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: a mount namespace needs root");
        return;
    }
    let world = World::new(3);
    let conf = world.conf("");
    let filler = "# filler\n".repeat(6000);
    let old = fs::read_to_string(world.conf("nodes.conf")).unwrap() + &filler;
    fs::write(world.conf("nodes.conf"), &old).unwrap();
    let verb = world.muster(&["adopt", &mac_of(9), "late"]);
    let words: Vec<String> = std::iter::once(verb.get_program())
        .chain(verb.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    // The mount is seen by this shell and its children alone. 80 kB hold one such file and not two.
    let script = format!(
        "set -u; cp -a '{conf}' '{kept}'; mount -t tmpfs -o size=80k none '{conf}'; cp -a '{kept}/.' '{conf}'
         {verb} && exit 3; cmp '{kept}/nodes.conf' '{conf}/nodes.conf' || exit 4
         mount -o remount,ro '{conf}'; {verb} && exit 5; cmp '{kept}/nodes.conf' '{conf}/nodes.conf' || exit 6
         mount -o remount,rw,size=1m '{conf}'; {verb} || exit 7; ls '{conf}'",
        conf = conf.display(),
        kept = world.beside().join("kept").display(),
        verb = words.join(" "),
    );
    let mut shell = std::process::Command::new("unshare");
    let out = shell.args(["-m", "sh", "-c", &script]).output().unwrap();
    let (out, code) = (
        format!(
            "{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        ),
        out.status.code(),
    );
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("No space left on device"), "{out}");
    assert!(out.contains("Read-only file system"), "{out}");
    assert!(!out.contains(".tmp"), "{out}");
    assert_eq!(fs::read_to_string(world.conf("nodes.conf")).unwrap(), old);
}
