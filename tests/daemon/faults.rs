//! Every call to the system on the way of a save fails once, and once the program is killed there: `nodes.conf` is the old text or
//! the new one, what is said of it is so, nothing is left behind, and the log knows it. strace(1) plays the disk.
//!
//! A short run tries every call that touches the files of the configuration and a sample of those of the database;
//! `MUSTER_FAULTS=all` tries every call with every error that fits it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::world::World;

/// Whether strace may trace here.
pub fn traceable() -> bool {
    let tried = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output();
    let able = tried.is_ok_and(|out| out.status.success());
    if !able {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: strace is not here, or may not trace"
        );
    }
    able
}

/// Whether everything is to be tried.
pub fn all() -> bool {
    std::env::var("MUSTER_FAULTS").is_ok_and(|what| what == "all")
}

/// One call on the way of a save: the `nth` of its name.
#[derive(Debug, Clone)]
pub struct Site {
    pub call: String,
    pub nth: usize,
    line: String,
}

impl Site {
    pub fn touches(&self, what: &str) -> bool {
        self.line.contains(what)
    }

    /// The errors that this call may meet on a disk that is broken, full or read-only.
    pub fn errors(&self) -> &'static [&'static str] {
        match &*self.call {
            "write" | "pwrite64" | "ftruncate" => &["EIO", "ENOSPC", "EINTR"],
            "openat" | "rename" | "unlink" | "mkdir" => &["EIO", "ENOSPC", "EROFS"],
            "fsync" | "fdatasync" => &["EIO", "ENOSPC"],
            _ => &["EIO"],
        }
    }
}

/// A root that is the same before every try.
struct Stage {
    world: World,
    kept: PathBuf,
    old: String,
    new: String,
    /// The text before the revision that led to `old`.
    older: String,
    owner: (u32, u32),
}

const SET: [&str; 5] = ["node", "set", "n1", "--comment", "new"];

fn text(world: &World) -> String {
    fs::read_to_string(world.conf("nodes.conf")).unwrap()
}

pub fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(done.unwrap().success());
}

/// A verb under strace, with `more` of its options.
pub fn traced(world: &World, verb: &[&str], more: &[&str]) -> Output {
    let verb = world.muster(verb);
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-y"])
        .args(more)
        .arg(verb.get_program())
        .args(verb.get_args());
    for (name, value) in verb.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.output().unwrap()
}

/// Every call of a verb that touches a file of the root, from the lock on.
pub fn sites(world: &World, verb: &[&str]) -> Vec<Site> {
    let trace = world.beside().join("trace");
    let out = traced(world, verb, &["-o", trace.to_str().unwrap()]);
    assert!(out.status.success(), "{out:?}");
    let trace = fs::read_to_string(trace).unwrap();
    let root = world.root().display().to_string();
    let mut counts = std::collections::HashMap::<(String, String), usize>::new();
    let mut sites = Vec::new();
    let mut locked = None;
    for line in trace.lines() {
        let Some((pid, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((call, _)) = rest.trim_start().split_once('(') else {
            continue;
        };
        let nth = counts.entry((pid.to_owned(), call.to_owned())).or_default();
        *nth += 1;
        if call == "openat" && line.contains("/lock\"") {
            locked = Some(pid.to_owned());
        }
        // `when` counts the calls of one thread, and the save is on the one that took the lock.
        if locked.as_deref() == Some(pid) && line.contains(&root) {
            sites.push(Site {
                call: call.to_owned(),
                nth: *nth,
                line: rest.trim().to_owned(),
            });
        }
    }
    sites
}

impl Stage {
    fn new() -> Self {
        let world = World::new(3);
        let path = world.conf("nodes.conf");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        if nix::unistd::geteuid().is_root() {
            chown(&path, Some(4321), Some(1234)).unwrap();
        }
        let meta = fs::metadata(&path).unwrap();
        let older = text(&world);
        assert!(
            world
                .run(&["node", "set", "n1", "--comment", "old"])
                .status
                .success()
        );
        let old = text(&world);
        let kept = world.beside().join("kept");
        copy(&world.root(), &kept);
        assert!(world.run(&SET).status.success());
        let new = text(&world);
        let owner = (meta.uid(), meta.gid());
        let stage = Self {
            world,
            kept,
            old,
            new,
            older,
            owner,
        };
        stage.reset();
        stage
    }

    fn reset(&self) {
        copy(&self.kept, &self.world.root());
    }

    fn sites(&self) -> Vec<Site> {
        let sites = sites(&self.world, &SET);
        self.reset();
        sites
    }

    /// The edit with one call going wrong, and everything that must hold then.
    fn attempt(&self, site: &Site, wrong: &str) {
        let inject = format!("inject={}:{wrong}:when={}", site.call, site.nth);
        let out = traced(&self.world, &SET, &["-o", "/dev/null", "-e", &inject]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let after = text(&self.world);
        let story = || format!("{wrong} at {site:?}: {:?} {said}\n{after}", out.status);
        assert!(after == self.old || after == self.new, "{}", story());
        let saved = after == self.new;
        if out.status.success() {
            assert!(saved, "it said that it was done; {}", story());
        }
        if said.contains("nothing was changed") {
            assert!(!saved, "it said that it was not done; {}", story());
        }
        let killed = wrong.starts_with("signal");
        if said.contains("the log could not be written") {
            assert!(saved && out.status.success(), "{}", story());
        }
        if !killed && !out.status.success() {
            assert!(
                !saved || said.contains("holds the change"),
                "it did not say which; {}",
                story()
            );
        }
        let meta = fs::metadata(self.world.conf("nodes.conf")).unwrap();
        assert_eq!(meta.mode() & 0o7777, 0o604, "{}", story());
        assert_eq!((meta.uid(), meta.gid()), self.owner, "{}", story());
        self.goes_on(saved, killed, &story);
        self.reset();
    }

    /// Whatever happened: the log knows what is in the file, the next verb works, nothing is left, and all can be taken back.
    fn goes_on(&self, saved: bool, killed: bool, story: &dyn Fn() -> String) {
        let good = |args: &[&str]| {
            let out = self.world.run(args);
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(out.status.success(), "{args:?}: {said}; {}", story());
            String::from_utf8(out.stdout).unwrap()
        };
        let log = good(&["log"]);
        let rows = log.lines().count() - 1;
        assert_eq!(rows, 1 + usize::from(saved), "{log}{}", story());
        // A kill alone takes no author's name away.
        assert!(!killed || !log.contains("by hand"), "{log}{}", story());
        good(&["node", "set", "n2", "--comment", "next"]);
        let left = fs::read_dir(self.world.conf(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["muster.conf", "nodes.conf"], "{}", story());
        let mut back = vec![if saved { &self.new } else { &self.old }];
        back.extend(saved.then_some(&self.old));
        back.push(&self.older);
        for then in back {
            good(&["undo", "-y"]);
            assert_eq!(text(&self.world), *then, "{}", story());
        }
    }
}

/// Everything that went otherwise than it must, together.
fn failures(stage: &Stage, tries: impl Iterator<Item = (Site, String)>) -> Vec<String> {
    let failed = tries.filter_map(|(site, wrong)| {
        let tried = catch_unwind(AssertUnwindSafe(|| stage.attempt(&site, &wrong)));
        let why = tried.err()?;
        stage.reset();
        Some(why.downcast_ref::<String>().cloned().unwrap_or_default())
    });
    failed.collect()
}

/// Those to be tried: all, or all of the configuration and a part of the database's.
fn chosen(sites: Vec<Site>) -> Vec<Site> {
    let mut nth = 0;
    let mut take = |site: &Site| {
        let ours = !site.touches("state.db") && site.call != "statx" && site.call != "close";
        nth += usize::from(!ours);
        all() || ours || nth.is_multiple_of(40)
    };
    sites.into_iter().filter(|site| take(site)).collect()
}

#[test]
fn a_save_that_meets_an_error_at_any_call_tells_the_truth() {
    if !traceable() {
        return;
    }
    let stage = Stage::new();
    let sites = chosen(stage.sites());
    assert!(sites.iter().any(|site| site.call == "rename"), "{sites:?}");
    let wrongs = sites.iter().flat_map(|site| {
        let errors = site.errors();
        let errors = if all() { errors } else { &errors[..1] };
        errors
            .iter()
            .map(|error| (site.clone(), format!("error={error}")))
    });
    let failed = failures(&stage, wrongs);
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn a_save_that_is_killed_at_any_call_is_done_or_not() {
    if !traceable() {
        return;
    }
    let stage = Stage::new();
    let sites = chosen(stage.sites()).into_iter();
    let failed = failures(&stage, sites.map(|site| (site, "signal=KILL".to_owned())));
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
