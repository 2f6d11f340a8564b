//! Overlays changed by the verbs, with a daemon and without one: what is done, told, refused, taken back, and what a killed daemon
//! leaves.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Uid;
use serde_json::{Value, json};

use super::control::{exchange, http};
use super::world::{World, secs, until};

/// What a verb printed, and that it went well.
fn good(world: &World, args: &[&str]) -> String {
    let out = world.run(args);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{args:?}: {said}");
    String::from_utf8(out.stdout).unwrap()
}

/// What a verb complained of.
fn bad(world: &World, args: &[&str]) -> String {
    let out = world.run(args);
    assert_eq!(out.status.code(), Some(1), "{args:?}: {out:?}");
    String::from_utf8(out.stderr).unwrap()
}

fn file(world: &World, path: &str) -> PathBuf {
    world.root().join("var/lib/muster/overlays").join(path)
}

fn text(world: &World, path: &str) -> String {
    fs::read_to_string(file(world, path)).unwrap()
}

fn bits(world: &World, path: &str) -> u32 {
    fs::symlink_metadata(file(world, path)).unwrap().mode() & 0o7777
}

/// Runs a verb with an editor that does this to the text (a sed script).
fn edits(world: &World, args: &[&str], script: &str) -> (bool, String) {
    let mut command = world.muster(args);
    command.env("TMPDIR", world.beside());
    let out = command
        .env("EDITOR", format!("sed -i -e '{script}'"))
        .output()
        .unwrap();
    let both = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8(both).unwrap())
}

fn a_day_with_the_verbs(world: &World) {
    let said = good(world, &["overlay", "create", "gpu"]);
    assert!(
        said.starts_with("#1  create gpu · ") && said.contains("muster overlay undo"),
        "{said}"
    );
    let tried = good(
        world,
        &[
            "overlay",
            "mkdir",
            "gpu",
            "/opt/x/",
            "--mode",
            "1777",
            "--dry-run",
        ],
    );
    assert!(tried.contains("+ opt/x  folder"), "{tried}");
    assert!(!file(world, "gpu/rootfs/opt").exists());
    good(
        world,
        &["overlay", "mkdir", "gpu", "opt/x", "--mode", "1777"],
    );
    assert_eq!(bits(world, "gpu/rootfs/opt/x"), 0o1777);
    let (done, said) = edits(
        world,
        &["overlay", "edit", "gpu", "etc/a.conf.tera"],
        "$a node {{ node.name }}",
    );
    assert!(done && said.contains("add gpu/etc/a.conf.tera"), "{said}");
    let written = text(world, "gpu/rootfs/etc/a.conf.tera");
    assert!(
        written.starts_with("{#- ") && written.ends_with("-#}\nnode {{ node.name }}\n"),
        "{written}"
    );
    let (done, said) = edits(
        world,
        &["overlay", "edit", "gpu", "etc/a.conf.tera"],
        "s/node.name/node.nam/",
    );
    // Nobody gets it, so that nothing fails; what does not compile is refused.
    assert!(done, "{said}");
    let (done, said) = edits(
        world,
        &["overlay", "edit", "gpu", "etc/a.conf.tera"],
        "s/ }}/ %}/",
    );
    assert!(!done && said.contains("etc/a.conf.tera:3:"), "{said}");
    let kept = said
        .split("kept in ")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert!(
        kept.ends_with("a.conf") && fs::read_to_string(kept).unwrap().contains("%}"),
        "{said}"
    );
    let (done, said) = edits(world, &["overlay", "edit", "gpu", "etc/a.conf.tera"], "");
    assert!(!done && said.contains("nothing was changed"), "{said}");
    good(
        world,
        &["overlay", "chmod", "gpu", "etc/a.conf.tera", "u+x,go-r"],
    );
    assert_eq!(bits(world, "gpu/rootfs/etc/a.conf.tera"), 0o700);
    good(
        world,
        &[
            "overlay",
            "chmod",
            "gpu",
            "etc/a.conf.tera",
            "0640",
            "-m",
            "for the group",
        ],
    );
    if Uid::effective().is_root() {
        good(
            world,
            &["overlay", "chown", "gpu", "etc/a.conf.tera", "daemon:12"],
        );
        let meta = fs::metadata(file(world, "gpu/rootfs/etc/a.conf.tera")).unwrap();
        let daemon = nix::unistd::User::from_name("daemon").unwrap().unwrap();
        assert_eq!((meta.uid(), meta.gid()), (daemon.uid.as_raw(), 12));
    }
    good(
        world,
        &["overlay", "mv", "gpu", "etc/a.conf.tera", "opt/x/"],
    );
    good(world, &["overlay", "link", "gpu", "etc/l", "../opt/x"]);
    assert!(file(world, "gpu/rootfs/opt/x/a.conf.tera").exists());
    let said = bad(world, &["overlay", "rm", "gpu", "opt/x"]);
    assert!(said.contains("--recursive"), "{said}");
    let said = bad(world, &["overlay", "rm", "gpu", "opt/x", "-r"]);
    assert!(said.contains("say --yes"), "{said}");
    good(world, &["overlay", "rm", "gpu", "opt/x", "-r", "-y"]);
    assert!(!file(world, "gpu/rootfs/opt/x").exists());
    let said = good(world, &["overlay", "undo"]);
    assert!(said.contains("undo #"), "{said}");
    assert_eq!(bits(world, "gpu/rootfs/opt/x/a.conf.tera"), 0o640);
    let log = good(world, &["overlay", "log", "gpu"]);
    assert!(
        log.contains("chmod 0640 gpu/etc/a.conf.tera") && log.contains("for the group"),
        "{log}"
    );
    assert!(log.contains("(taken back by #"), "{log}");
    let rows: Value = serde_json::from_str(&good(world, &["overlay", "log", "--json"])).unwrap();
    assert_eq!(rows[0]["undoes"], rows[1]["number"], "{rows}");
    let outcome = good(world, &["overlay", "rm", "gpu", "-y", "--json"]);
    let outcome: Value = serde_json::from_str(&outcome).unwrap();
    assert_eq!(outcome["summary"], "delete gpu");
    assert!(!file(world, "gpu").exists());
    good(world, &["overlay", "undo", "gpu"]);
    assert_eq!(bits(world, "gpu/rootfs/opt/x/a.conf.tera"), 0o640);
    let said = bad(world, &["overlay", "chmod", "gpu", "etc/b", "0640"]);
    assert!(said.contains("there is no etc/b"), "{said}");
    let out = world.run(&["overlay", "chmod", "gpu", "etc/l", "rwx"]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn every_verb_without_a_daemon() {
    a_day_with_the_verbs(&World::new(1));
}

#[test]
fn every_verb_with_a_daemon_and_the_timeline_tells() {
    let world = World::new(1);
    let _daemon = world.serve();
    a_day_with_the_verbs(&world);
    let events = good(&world, &["events", "--all"]);
    assert!(
        events.contains("chmod 0640 gpu/etc/a.conf.tera"),
        "{events}"
    );
}

#[test]
fn files_of_this_machine_are_taken_in_as_they_are() {
    let world = World::new(1);
    let source = world.beside().join("source");
    fs::create_dir_all(source.join("etc/deep")).unwrap();
    fs::write(source.join("etc/a"), [0, 159, 146, 150]).unwrap();
    fs::write(source.join("etc/deep/b"), "b").unwrap();
    fs::set_permissions(
        source.join("etc/deep/b"),
        fs::Permissions::from_mode(0o4711),
    )
    .unwrap();
    fs::set_permissions(source.join("etc/deep"), fs::Permissions::from_mode(0o2750)).unwrap();
    symlink("../a", source.join("etc/deep/l")).unwrap();
    nix::unistd::mkfifo(&source.join("etc/pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let source = source.to_str().unwrap();
    good(&world, &["overlay", "create", "own"]);
    let out = world.run(&["overlay", "import", "own", source, "/"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && said.contains("pipe"), "{said}");
    assert_eq!(
        fs::read(file(&world, "own/rootfs/etc/a")).unwrap(),
        [0, 159, 146, 150]
    );
    assert_eq!(bits(&world, "own/rootfs/etc/deep/b"), 0o4711);
    assert_eq!(bits(&world, "own/rootfs/etc/deep"), 0o2750);
    let link = fs::read_link(file(&world, "own/rootfs/etc/deep/l")).unwrap();
    assert_eq!(link.to_str(), Some("../a"));
    let said = bad(&world, &["overlay", "import", "own", source, "/"]);
    assert!(said.contains("--overwrite"), "{said}");
    // It is there already, to the bit.
    let said = good(
        &world,
        &["overlay", "import", "own", source, "/", "--overwrite"],
    );
    assert_eq!(said, "nothing differs\n");
    // Without a place it goes where it is here.
    let one = format!("{source}/etc/a");
    good(&world, &["overlay", "import", "own", &one]);
    assert!(file(&world, &format!("own/rootfs{one}")).exists());
    good(&world, &["overlay", "import", "own", &one, "usr/share/"]);
    assert!(file(&world, "own/rootfs/usr/share/a").exists());
    good(&world, &["overlay", "import", "own", &one, "usr/b"]);
    assert!(file(&world, "own/rootfs/usr/b").exists());
    let said = bad(&world, &["overlay", "import", "own", "/nowhere"]);
    assert!(said.contains("/nowhere cannot be read"), "{said}");
    let said = bad(&world, &["overlay", "import", "hots", &one]);
    assert!(said.contains("hosts"), "{said}");
}

#[test]
fn a_script_writes_a_file_from_standard_input() {
    let world = World::new(1);
    good(&world, &["overlay", "create", "own"]);
    let mut verb = world.muster(&["overlay", "write", "own", "etc/motd", "--mode", "0600"]);
    let mut child = verb
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(text(&world, "own/rootfs/etc/motd"), "hello\n");
    assert_eq!(bits(&world, "own/rootfs/etc/motd"), 0o600);
}

/// A registry whose nodes get the overlay `own`.
fn listed(world: &World) {
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    let lists = "{image name: small, system overlay: [own], runtime overlay: [hosts]}";
    world.write_registry(&text.replace("{image name: small}", lists));
}

#[test]
fn what_would_fail_for_nodes_is_refused_with_their_names_unless_it_is_forced() {
    let world = World::new(3);
    listed(&world);
    good(&world, &["overlay", "create", "own"]);
    let with = |script: &str, more: &[&str]| {
        let verb = [&["overlay", "edit", "own", "etc/x.tera"], more].concat();
        edits(&world, &verb, script)
    };
    let (done, said) = with("$a {{ node.name }}", &[]);
    assert!(
        done && said.contains("3 nodes change at the next boot"),
        "{said}"
    );
    let (done, said) = with("s/node.name/node.nam/", &[]);
    assert!(!done, "{said}");
    assert!(
        said.contains("nodes n[1-3]") && said.contains("did you mean") && said.contains("--force"),
        "{said}"
    );
    assert!(text(&world, "own/rootfs/etc/x.tera").contains("node.name"));
    let (done, said) = with("s/node.name/node.nam/", &["--force"]);
    assert!(done && said.contains("warning"), "{said}");
    // What failed before does not stand in the way of anything else.
    let (done, said) = with("$a more", &[]);
    assert!(done, "{said}");
    let said = bad(&world, &["overlay", "rm", "own", "-y"]);
    assert!(said.contains("profile default list it"), "{said}");
}

fn post(world: &World, body: &Value) -> Option<(u16, Value)> {
    exchange(world, "POST", "/v1/overlay", body.to_string().as_bytes())
}

fn write(path: &str, text: &str) -> Value {
    json!({"change": {"name": "own", "steps": [{"write": {"path": path, "content": text}}], "force": true}})
}

#[test]
fn a_daemon_that_is_killed_while_it_changes_overlays_loses_nothing_that_it_promised() {
    let world = World::new(1);
    good(&world, &["overlay", "create", "own"]);
    let rounds = std::env::var("MUSTER_CRASHES")
        .ok()
        .and_then(|n| n.parse().ok());
    let mut done = 0u64;
    for round in 0..rounds.unwrap_or(6u64) {
        let daemon = world.serve();
        let promised = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut at = done;
                loop {
                    let text = format!("{}\n", at + 1);
                    let steps: Vec<Value> = ["a", "b", "d/c"]
                        .iter()
                        .map(|path| json!({"write": {"path": path, "content": text}}))
                        .collect();
                    let body = json!({"change": {"name": "own", "steps": steps}});
                    match post(&world, &body) {
                        Some((200, reply)) if reply["overlay"]["change"]["number"].is_u64() => {
                            at += 1
                        }
                        _ => return at,
                    }
                }
            });
            thread::sleep(Duration::from_millis(200 + round * 37 % 190));
            daemon.signal(Signal::SIGKILL);
            drop(daemon);
            writer.join().unwrap()
        });
        // Whoever comes next takes back what was cut short.
        good(&world, &["overlay", "chmod", "own", "a", "0600"]);
        good(&world, &["overlay", "chmod", "own", "a", "0644"]);
        let read = |path: &str| -> u64 {
            let text = fs::read_to_string(file(&world, &format!("own/rootfs/{path}")));
            text.map_or(0, |text| text.trim().parse().unwrap())
        };
        let there = read("a");
        assert_eq!((read("b"), read("d/c")), (there, there), "all or nothing");
        assert!(
            there == promised || there == promised + 1,
            "{there} of {promised}"
        );
        done = there;
    }
    assert!(done > 0);
    let rows: Value =
        serde_json::from_str(&good(&world, &["overlay", "log", "--json", "-n", "10000"])).unwrap();
    let made = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["paths"].as_array().unwrap().len() >= 3);
    assert_eq!(made.count() as u64, done);
}

#[test]
fn writers_at_the_same_time_lose_nothing_and_whoever_was_slower_is_told() {
    let world = World::new(1);
    good(&world, &["overlay", "create", "own"]);
    let _daemon = world.serve();
    thread::scope(|scope| {
        for writer in 0..4 {
            let world = &world;
            scope.spawn(move || {
                for nth in 0..10 {
                    let (status, reply) =
                        post(world, &write(&format!("w{writer}/f{nth}"), "x")).unwrap();
                    assert_eq!(status, 200, "{reply}");
                }
            });
        }
    });
    let mut count = 0;
    for writer in 0..4 {
        count += fs::read_dir(file(&world, &format!("own/rootfs/w{writer}")))
            .unwrap()
            .count();
    }
    assert_eq!(count, 40);
    let (_, seen) = http(&world, "GET", "/v1/overlays/own/files/w0/f0", b"");
    let digest = seen["overlay"]["file"]["digest"].clone();
    assert!(digest.is_string(), "{seen}");
    let insists = |text: &str| {
        let mut body = write("w0/f0", text);
        body["change"]["base"] = digest.clone();
        post(&world, &body).unwrap()
    };
    assert_eq!(insists("first").0, 200);
    let (status, reply) = insists("second");
    assert_eq!(
        (status, &reply["overlay"]["clash"]["theirs"]),
        (409, &"first".into()),
        "{reply}"
    );
    let (status, reply) = post(
        &world,
        &json!({"change": {"name": "own", "steps": ["delete", "create"]}}),
    )
    .unwrap();
    assert_eq!(status, 422, "{reply}");
}

#[test]
fn a_disk_that_is_full_or_read_only_changes_nothing_and_says_so() {
    if !Uid::effective().is_root() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: a mount namespace needs root");
        return;
    }
    let world = World::new(1);
    good(&world, &["overlay", "create", "own"]);
    let big = world.beside().join("big");
    fs::write(&big, "line\n".repeat(40_000)).unwrap();
    let verb = |args: &[&str]| {
        let verb = world.muster(args);
        let words = std::iter::once(verb.get_program()).chain(verb.get_args());
        let words: Vec<String> = words
            .map(|word| format!("'{}'", word.to_str().unwrap()))
            .collect();
        words.join(" ")
    };
    let overlays = world.root().join("var/lib/muster/overlays");
    // Two files of 200 kB do not fit.
    let script = format!(
        "set -u; cp -a '{at}' '{kept}'; mount -t tmpfs -o size=300k none '{at}'; cp -a '{kept}/.' '{at}'
         {one} || exit 3; cp -a '{at}/.' '{kept}'; {two} && exit 4; diff -r '{kept}' '{at}' || exit 5
         mount -o remount,ro '{at}'; {two} && exit 6; mount -o remount,rw,size=2m '{at}'; {two} || exit 7; ls -a '{at}'",
        at = overlays.display(),
        kept = world.beside().join("kept").display(),
        one = verb(&["overlay", "import", "own", big.to_str().unwrap(), "one"]),
        two = verb(&["overlay", "import", "own", big.to_str().unwrap(), "two"]),
    );
    let out = Command::new("unshare")
        .args(["-m", "sh", "-c", &script])
        .output()
        .unwrap();
    let said = [out.stdout, out.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert!(
        said.contains("nothing was changed") && said.contains("No space left"),
        "{said}"
    );
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(!said.contains(".new\n"), "{said}");
}

#[test]
fn an_ordinary_user_changes_what_is_theirs_and_gives_nothing_away() {
    if !Uid::effective().is_root() {
        return;
    }
    let world = World::new(1);
    let binary = world.beside().join("muster");
    fs::copy(env!("CARGO_BIN_EXE_muster"), &binary).unwrap();
    let chown = |path: &str| {
        let out = Command::new("chown")
            .args(["-R", "65534:65534", path])
            .status();
        assert!(out.unwrap().success());
    };
    chown(world.root().to_str().unwrap());
    fs::set_permissions(world.beside(), fs::Permissions::from_mode(0o755)).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.args(["--bounding-set", "-all", "--inh-caps", "-all", "--"]);
        command
            .arg(&binary)
            .arg("--root")
            .arg(world.root())
            .args(args);
        let out = command.env("HOME", world.root()).output().unwrap();
        let both = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8(both).unwrap())
    };
    let (done, said) = run(&["overlay", "mkdir", "hosts", "etc/x"]);
    assert!(done && said.contains("belong to uid 65534"), "{said}");
    let (done, said) = run(&["overlay", "chown", "hosts", "etc/x", "0"]);
    assert!(
        !done && said.contains("only root gives files away"),
        "{said}"
    );
    // What root put there is not taken over in silence.
    fs::write(file(&world, "hosts/rootfs/etc/roots"), "r").unwrap();
    let mut edit = Command::new("setpriv");
    edit.args([
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "--",
    ]);
    edit.arg(&binary).arg("--root").arg(world.root());
    edit.args(["overlay", "edit", "hosts", "etc/roots"])
        .env("EDITOR", "sed -i -e s/r/x/");
    let out = edit
        .stdin(Stdio::null())
        .env("HOME", world.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        !out.status.success() && said.contains("cannot be given to 0:0"),
        "{said}"
    );
    assert_eq!(text(&world, "hosts/rootfs/etc/roots"), "r");
    let (done, said) = run(&["overlay", "undo"]);
    assert!(
        !done && said.contains("etc/roots"),
        "a folder is not emptied: {said}"
    );
    fs::remove_file(file(&world, "hosts/rootfs/etc/roots")).unwrap();
    let (done, said) = run(&["overlay", "undo"]);
    assert!(done, "{said}");
    until(secs(1), "the copy is gone", || {
        !file(&world, "hosts").exists()
    });
}
