//! Every call to the system on the way of a change of an overlay fails once, and once the program is killed there: the overlay is as
//! it was or as it was to be, to the bit, as soon as the next change was made; what is said of it is so; and the log knows it. strace(1)
//! plays the disk.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::faults::{Site, all, copy, sites, traceable, traced};
use super::world::World;

type Tree = BTreeMap<PathBuf, (u32, String)>;

/// A root that is the same before every try, and the change that is tried: two files become others, one is new in a new folder.
struct Stage {
    world: World,
    kept: PathBuf,
    verb: Vec<String>,
    old: Tree,
    new: Tree,
}

/// What is below a folder, but for the file that the next change is made to, and for times.
fn look(at: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![at.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(meta) = fs::symlink_metadata(&path) else {
            continue;
        };
        let what = if meta.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            "folder".to_owned()
        } else if meta.is_symlink() {
            format!("{:?}", fs::read_link(&path).unwrap())
        } else {
            fs::read_to_string(&path).unwrap()
        };
        if !path.ends_with("next") {
            let name = path.strip_prefix(at).unwrap().to_owned();
            tree.insert(name, (meta.mode(), what));
        }
    }
    tree
}

impl Stage {
    fn new(verb: &[&str]) -> Self {
        let world = World::new(1);
        let root = world.root().join("var/lib/muster/overlays/own/rootfs");
        fs::create_dir_all(root.join("etc/sub")).unwrap();
        for (path, text, mode) in [
            ("etc/a", "a\n", 0o640),
            ("etc/sub/b", "b\n", 0o755),
            ("etc/gone", "g\n", 0o600),
            ("next", "n\n", 0o600),
        ] {
            fs::write(root.join(path), text).unwrap();
            fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink("../x", root.join("etc/l")).unwrap();
        let source = world.beside().join("source");
        fs::create_dir_all(source.join("etc/made")).unwrap();
        fs::create_dir_all(source.join("etc/sub")).unwrap();
        for (path, text) in [
            ("etc/a", "A\n"),
            ("etc/sub/b", "B\n"),
            ("etc/made/c", "C\n"),
        ] {
            fs::write(source.join(path), text).unwrap();
        }
        symlink("elsewhere", source.join("etc/l")).unwrap();
        // What the verb begins with is not what is tried: the log is there.
        assert!(
            world
                .run(&["overlay", "chmod", "own", "next", "0644"])
                .status
                .success()
        );
        let verb = verb
            .iter()
            .map(|word| word.replace("SOURCE", source.to_str().unwrap()));
        let kept = world.beside().join("kept");
        copy(&world.root(), &kept);
        let mut stage = Self {
            world,
            kept,
            verb: verb.collect(),
            old: Tree::new(),
            new: Tree::new(),
        };
        stage.old = stage.tree();
        let verb: Vec<&str> = stage.verb.iter().map(String::as_str).collect();
        let out = stage.world.run(&verb);
        assert!(out.status.success(), "{out:?}");
        stage.new = stage.tree();
        assert_ne!(stage.new, stage.old);
        stage.reset();
        stage
    }

    fn tree(&self) -> Tree {
        look(&self.world.root().join("var/lib/muster/overlays"))
    }

    fn reset(&self) {
        copy(&self.kept, &self.world.root());
    }

    fn verb(&self) -> Vec<&str> {
        self.verb.iter().map(String::as_str).collect()
    }

    /// Calls on the way: all that touch overlays, and a part of those that touch the database.
    fn sites(&self) -> Vec<Site> {
        let found = sites(&self.world, &self.verb());
        self.reset();
        let mut nth = 0;
        let mut take = |site: &Site| {
            let looks = [
                "statx",
                "close",
                "lseek",
                "fcntl",
                "getdents64",
                "read",
                "pread64",
                "readlink",
            ];
            let looks = looks.contains(&&*site.call) || site.call.ends_with("xattr");
            let ours = site.touches("/overlays") && !looks;
            nth += usize::from(!ours);
            all() || ours || nth.is_multiple_of(40)
        };
        found.into_iter().filter(|site| take(site)).collect()
    }

    /// The change with one call going wrong, and everything that must hold then.
    fn attempt(&self, site: &Site, wrong: &str) {
        let inject = format!("inject={}:{wrong}:when={}", site.call, site.nth);
        let out = traced(
            &self.world,
            &self.verb(),
            &["-o", "/dev/null", "-e", &inject],
        );
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let story = || format!("{wrong} at {site:?}: {:?} {said}", out.status);
        if !wrong.starts_with("signal") && said.contains("nothing was changed") {
            assert_eq!(
                self.tree(),
                self.old,
                "it said that it was not done; {}",
                story()
            );
        }
        // Whoever comes next finds what was cut short.
        let next = self.world.run(&["overlay", "chmod", "own", "next", "0600"]);
        if self
            .world
            .root()
            .join("var/lib/muster/overlays/own")
            .exists()
        {
            assert!(next.status.success(), "{next:?}; {}", story());
        }
        let after = self.tree();
        let done = after == self.new;
        assert!(done || after == self.old, "{after:#?}; {}", story());
        assert!(
            done || !out.status.success(),
            "it said that it was done; {}",
            story()
        );
        let log = self.world.run(&["overlay", "log"]);
        let log = String::from_utf8(log.stdout).unwrap();
        let rows = log.lines().count() - 1;
        let next = usize::from(next.status.success());
        assert_eq!(rows, 1 + next + usize::from(done), "{log}{}", story());
        let left = self.world.root().join("var/lib/muster/overlays/.new");
        assert!(!left.exists(), "{}", story());
        if done {
            let out = self.world.run(&["overlay", "undo", "2", "-y"]);
            assert!(out.status.success(), "{out:?}; {}", story());
            assert_eq!(self.tree(), self.old, "{}", story());
        }
        self.reset();
    }

    /// Everything that went otherwise than it must, together.
    fn failures(&self, tries: impl Iterator<Item = (Site, String)>) -> Vec<String> {
        let failed = tries.filter_map(|(site, wrong)| {
            let tried = catch_unwind(AssertUnwindSafe(|| self.attempt(&site, &wrong)));
            let why = tried.err()?;
            self.reset();
            Some(why.downcast_ref::<String>().cloned().unwrap_or_default())
        });
        failed.collect()
    }

    fn killed_anywhere(&self) {
        let sites = self.sites();
        assert!(
            sites.iter().any(|site| site.call.starts_with("rename")),
            "{sites:?}"
        );
        let failed = self.failures(
            sites
                .into_iter()
                .map(|site| (site, "signal=KILL".to_owned())),
        );
        assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    }

    fn failing_anywhere(&self) {
        let sites = self.sites();
        let wrongs = sites.iter().flat_map(|site| {
            let errors = site.errors();
            let errors = if all() { errors } else { &errors[..1] };
            errors
                .iter()
                .map(|error| (site.clone(), format!("error={error}")))
        });
        let failed = self.failures(wrongs);
        assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    }
}

const IMPORT: [&str; 8] = [
    "overlay",
    "import",
    "own",
    "SOURCE",
    "/",
    "--overwrite",
    "--no-owners",
    "-y",
];
const COPY: [&str; 4] = ["overlay", "mkdir", "hosts", "etc/new"];
const DELETE: [&str; 4] = ["overlay", "rm", "own", "-y"];

#[test]
fn a_change_of_several_files_that_is_killed_at_any_call_is_done_or_not() {
    if traceable() {
        Stage::new(&IMPORT).killed_anywhere();
    }
}

#[test]
fn a_change_of_several_files_that_meets_an_error_at_any_call_tells_the_truth() {
    if traceable() {
        Stage::new(&IMPORT).failing_anywhere();
    }
}

#[test]
fn a_copy_and_a_deletion_that_are_killed_at_any_call_are_done_or_not() {
    if traceable() {
        Stage::new(&COPY).killed_anywhere();
        Stage::new(&DELETE).killed_anywhere();
    }
}
