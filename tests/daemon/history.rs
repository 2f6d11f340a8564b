//! Whatever becomes of `state.db`, the daemon starts, serves and says what is wrong.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use muster::api::BootRow;
use muster::daemon::history::{Depth, History, Record};
use muster::daemon::state::State;
use muster::fleet::BootId;
use muster::kit::Stamp;
use nix::sys::signal::Signal;
use tempfile::tempdir;

use super::world::{World, mac_of, secs, until};

fn database(world: &World) -> PathBuf {
    world.conf("../../var/lib/muster/state.db")
}

fn faults(world: &World) -> String {
    world.status().unwrap_or_default()["faults"].to_string()
}

fn boot(id: u64) -> BootRow {
    BootRow {
        id: BootId(id),
        node: "n1".into(),
        image: None,
        began: Stamp(id),
        ended: None,
        trail: [None; 8],
        note: None,
    }
}

/// A world whose daemon has run, with an event of `n2` in its history.
fn lived() -> World {
    let world = World::new(1);
    let mut daemon = world.serve();
    let out = world.run(&["adopt", &mac_of(2), "second"]);
    assert!(out.status.success());
    daemon.signal(Signal::SIGTERM);
    daemon.ended(secs(15));
    assert_eq!(
        fs::metadata(database(&world)).unwrap().mode() & 0o777,
        0o600
    );
    let events = world.run(&["events"]);
    let text = String::from_utf8_lossy(&events.stdout).into_owned();
    assert!(text.contains("second"), "events without a daemon: {text}");
    world
}

/// A verb that changes something without a daemon leaves the same traces as one with it.
#[test]
fn what_a_verb_does_alone_is_kept_too() {
    let world = lived();
    let out = world.run(&["adopt", &mac_of(3), "third"]);
    assert!(out.status.success(), "{out:?}");
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let events = world.run(&["events"]);
    let events = String::from_utf8_lossy(&events.stdout).into_owned();
    assert!(
        events.contains("third") && events.contains("second"),
        "{events}"
    );
    // It counts on where the daemon left off, and the next daemon takes it for no change of its own.
    assert!(said.contains("(r4)"), "{said}");
    let _daemon = world.serve();
    assert_eq!(world.status().unwrap()["revision"], 4);
    assert_eq!(world.names(), ["n1", "second", "third"]);
    let events = world.run(&["events"]);
    let events = String::from_utf8_lossy(&events.stdout).into_owned();
    assert!(!events.contains("while muster was not running"), "{events}");
    assert_eq!(events.matches("third").count(), 1, "{events}");
}

#[test]
fn a_damaged_one_is_moved_aside() {
    type Damage = fn(&PathBuf);
    let damages: [(&str, Damage); 4] = [
        ("garbage", |path| {
            fs::write(path, vec![0x5a; 40_000]).unwrap()
        }),
        ("cut", |path| {
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2 + 100)
                .unwrap();
        }),
        ("a page overwritten", |path| {
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.write_all_at(&[0xff; 4000], 4096).unwrap();
        }),
        ("of a later muster", |path| {
            // The schema version of a database is at offset 60 of its header (SQLite file format, section 1.3).
            let file = OpenOptions::new().write(true).open(path).unwrap();
            file.write_all_at(&7u32.to_be_bytes(), 60).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let world = lived();
        damage(&database(&world));
        let _daemon = world.serve();
        assert_eq!(world.names(), ["n1", "second"], "{what}");
        let said = faults(&world);
        assert!(said.contains("state.db.bad-1"), "{what}: {said}");
        assert!(
            database(&world).with_extension("db.bad-1").exists(),
            "{what}"
        );
        let events = world.run(&["events"]);
        let events = String::from_utf8_lossy(&events.stdout).into_owned();
        assert!(events.contains("bad-1"), "{what}: {events}");
        assert!(world.run(&["adopt", &mac_of(3), "third"]).status.success());
    }
}

#[test]
fn one_that_cannot_be_had_is_done_without() {
    let world = World::new(1);
    fs::create_dir_all(database(&world)).unwrap();
    fs::write(database(&world).join("in-the-way"), "").unwrap();
    let mut daemon = world.serve();
    assert_eq!(world.names(), ["n1"]);
    assert!(faults(&world).contains("nothing of what happens now is kept"));
    assert!(world.run(&["adopt", &mac_of(3), "third"]).status.success());
    daemon.signal(Signal::SIGTERM);
    assert!(daemon.ended(secs(15)).success());
}

#[test]
fn a_full_disk_is_one_warning_and_what_waits_is_written_later() {
    if !nix::unistd::geteuid().is_root() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: a small file system needs root");
        return;
    }
    let dir = tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "none"])
        .arg(dir.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no file system may be mounted here"
        );
        return;
    }
    let path = dir.path().join("state.db");
    let (state, _) = State::open(&path);
    assert_eq!(state.faults(), []);
    state.keep(Record::Boots(vec![boot(1)]));
    let filler = dir.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    for id in 2..2000 {
        state.keep(Record::Boots(vec![boot(id)]));
    }
    until(secs(20), "the fault is there", || {
        format!("{:?}", state.faults()).contains("cannot be written")
    });
    assert_eq!(state.faults().len(), 1);
    // What is deleted and still open takes room.
    drop(file);
    fs::remove_file(&filler).unwrap();
    until(secs(20), "the fault is gone", || state.faults().is_empty());
    drop(state);
    let kept = History::look(&path, Depth::All).unwrap().boots.len();
    let unmounted = std::process::Command::new("umount")
        .arg(dir.path())
        .status();
    assert!(unmounted.unwrap().success());
    assert_eq!(kept, 1999);
}

#[test]
fn a_number_that_no_table_holds_keeps_nothing_else_out() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("state.db");
    let (state, first) = State::open(&path);
    assert_eq!(first.next_boot, 1);
    state.keep(Record::Boots(vec![boot(u64::MAX)]));
    state.keep(Record::Boots(vec![boot(5)]));
    drop(state);
    let (_state, again) = State::open(&path);
    assert_eq!(again.boots, [boot(5)]);
    assert_eq!(again.next_boot, 6);
}

#[test]
fn what_a_killed_writer_left_half_done_is_cleared_away_by_who_only_reads() {
    let world = World::new(1);
    assert!(
        world
            .run(&["config", "set", "cluster", "alder"])
            .status
            .success()
    );
    let (kept, journal) = (
        database(&world),
        database(&world).with_extension("db-journal"),
    );
    let db = rusqlite::Connection::open(&kept).unwrap();
    // Two pages of cache: what is written is on the disk long before it is agreed to.
    db.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2; BEGIN")
        .unwrap();
    for seq in 1_000..1_200 {
        let row = "INSERT INTO events (seq, at, who, kind, level, text) VALUES (?1, 0, 'n1', 'x', 'info', zeroblob(2000))";
        db.execute(row, [seq]).unwrap();
    }
    let (half, way_back) = (fs::read(&kept).unwrap(), fs::read(&journal).unwrap());
    drop(db);
    fs::write(&kept, half).unwrap();
    fs::write(&journal, way_back).unwrap();
    let log = world.run(&["log"]);
    let text = String::from_utf8_lossy(&log.stdout).into_owned();
    assert!(
        log.status.success() && text.contains("set cluster"),
        "{log:?}"
    );
}
