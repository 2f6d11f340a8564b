//! Secrets planted in every way, and looked for in everything that muster prints, logs, hands to other programs or leaves lying
//! about.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};

use super::terminal::Terminal;
use super::world::{World, secs, until};

/// No other text of these tests holds any of them.
const PLANTED: [&str; 7] = [
    "Kolibri-7731",
    "Marabu-7732",
    "Pelikan-7733",
    "Flamingo-7734",
    "Sperber-7735",
    "Zeisig-7736",
    "Dohle 7737",
];

const NODES: &str = "\
nodeprofiles:
  bmc:
    ipmi: {username: admin, password: Kolibri-7731}
nodes:
  n1:
    profiles: [bmc]
    asset key: Marabu-7732   # on the lid
    comment: seen
  n2: {profiles: [bmc]}
  n3: {}
  n4: {}
";

/// Where a secret was found that nobody had asked for.
fn leaks(what: &str, text: &str) -> Option<String> {
    let found = PLANTED.iter().find(|secret| text.contains(**secret))?;
    Some(format!("{what} tells {found}:\n{text}"))
}

/// A daemon that logs all it can.
struct Loud(Child);

impl Drop for Loud {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn loud(world: &World) -> Loud {
    let log = File::create(world.beside().join("loud.log")).unwrap();
    let child = world
        .muster(&["--serve"])
        .env("MUSTER_LOG", "trace")
        .stderr(log)
        .spawn()
        .unwrap();
    let loud = Loud(child);
    until(secs(20), "the daemon answers", || {
        world.status().is_some_and(|status| status["live"] == true)
    });
    loud
}

/// Sets secrets without any of them being an argument: typed, from a pipe, from a file, imported.
fn plant(world: &World) -> Vec<String> {
    let mut said = Vec::new();
    let mut terminal = Terminal::run(&world.muster(&["node", "set", "n2", "--ipmipass", "-"]));
    terminal.shows(secs(10), "BMC password:");
    // While it waits it shows nothing to other users of the machine.
    let processes = Command::new("ps")
        .args(["-eww", "-o", "args"])
        .output()
        .unwrap();
    said.push(String::from_utf8_lossy(&processes.stdout).into_owned());
    terminal.press("Pelikan-7733\r");
    assert!(terminal.ended(secs(10)).success());
    said.push(String::from_utf8_lossy(&terminal.raw()).into_owned());

    let file = world.beside().join("password");
    fs::write(&file, "Flamingo-7734\nSperber-7735\n").unwrap();
    let mut set = world.muster(&["node", "set", "n3", "--asset", "-", "--ipmipass", "-"]);
    let out = set.stdin(File::open(&file).unwrap()).output().unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    said.extend([out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()));

    for (name, text) in [
        (
            "in.csv",
            "node,ipmi.password,comment\nn4,Zeisig-7736,\"a, b\"\n",
        ),
        ("in.yaml", "n4:\n  asset key: Dohle 7737\n"),
    ] {
        let path = world.beside().join(name);
        fs::write(&path, text).unwrap();
        let import = ["node", "import", path.to_str().unwrap()];
        for more in [&["--dry-run"][..], &[]] {
            let out = world.run(&[&import, more].concat());
            assert!(
                out.status.success(),
                "{}",
                String::from_utf8_lossy(&out.stderr)
            );
            said.extend(
                [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()),
            );
        }
    }
    let all = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    for secret in PLANTED {
        assert!(all.contains(secret), "{secret} is not set: {all}");
    }
    said
}

/// Everything that prints something of a node or a profile.
const LINES: &[&str] = &[
    "status",
    "status --json",
    "events --all",
    "events --all --json",
    "boots",
    "log",
    "log --json",
    "log -n 100",
    "check",
    "config check",
    "node list",
    "node list --json",
    "node list --own",
    "node list --merged",
    "node list --sources",
    "node list --sources --json",
    "node list --own --json",
    "node list --merged --yaml",
    "node list --own --csv",
    "node list --fields ipmi.password,asset_key",
    "node show n1",
    "node show n3 --json",
    "node export",
    "node export --csv",
    "node export --json",
    "profile list",
    "profile list --json",
    "profile list --own",
    "profile show bmc",
    "profile show bmc --json",
    "profile export",
    "profile export --csv",
    "help field ipmi.password",
    "help field asset_key",
    "node set n1 --ipmipass - --dry-run",
    "node copy n1 n9 --dry-run",
    "node unset @all --ipmipass --asset --dry-run",
    "node rm @all --dry-run",
    "node rename n1 n9 --dry-run",
    "undo --dry-run",
    "undo --dry-run --json",
    "undo",
    "redo",
];

#[test]
fn nothing_tells_a_secret_that_nobody_asked_for() {
    for running in [true, false] {
        let world = World::new(0);
        world.write_registry(NODES);
        let daemon = running.then(|| loud(&world));
        let mut found: Vec<String> = plant(&world)
            .iter()
            .filter_map(|said| leaks("setting it", said))
            .collect();
        let log = world.run(&["log", "--json", "-n", "100"]);
        let log: serde_json::Value = serde_json::from_slice(&log.stdout).unwrap();
        let first = log.as_array().unwrap().last().unwrap()["revision"]
            .as_u64()
            .unwrap();
        let diff = format!("diff r{}", first - 1);
        let diffs = [diff.clone(), format!("{diff} --json")];
        for line in LINES
            .iter()
            .copied()
            .chain(diffs.iter().map(String::as_str))
        {
            let words: Vec<&str> = line.split(' ').collect();
            let mut command = world.muster(&words);
            let stdin = world.beside().join("stdin");
            fs::write(&stdin, "Kolibri-7731\n").unwrap();
            let out = command.stdin(File::open(&stdin).unwrap()).output().unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            found.extend(leaks(line, &text(&out.stdout)));
            found.extend(leaks(line, &text(&out.stderr)));
            assert!(out.status.success(), "{line}: {}", text(&out.stderr));
        }
        // An editor sees masks, and neither it nor its shell is given more.
        let editor = world.beside().join("editor");
        let seen = world.beside().join("seen");
        let script = format!(
            "#!/bin/sh\n{{ ps -eww -o args; env; cat \"$@\" 2>/dev/null; }} > {}\n",
            seen.display()
        );
        fs::write(&editor, script).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        for verb in [["node", "edit"], ["profile", "edit"]] {
            let mut edit = world.muster(&verb);
            edit.env("EDITOR", &editor)
                .env_remove("VISUAL")
                .output()
                .unwrap();
            let seen = fs::read_to_string(&seen).unwrap();
            assert!(seen.contains("••••"), "{seen}");
            found.extend(leaks("an editor", &seen));
        }
        for revision in [
            diff.as_str(),
            "node export",
            "node list --own",
            "node show n3",
        ] {
            let line = format!("{revision} --secrets");
            let out = world.run(&line.split(' ').collect::<Vec<_>>());
            let out = String::from_utf8(out.stdout).unwrap();
            assert!(out.contains("Sperber-7735"), "{line}: {out}");
        }
        if let Some(daemon) = daemon {
            drop(daemon);
            let log = fs::read_to_string(world.beside().join("loud.log")).unwrap();
            assert!(
                log.contains("set asset_key"),
                "it says what was done: {log}"
            );
            found.extend(leaks("the log", &log));
        }
        assert!(found.is_empty(), "running {running}: {}", found.join("\n"));
        only_ours(&world);
    }
}

/// What holds secrets is read by its owner alone: the journal, which takes changes back. The registry's file keeps its mode.
fn only_ours(world: &World) {
    let mut folders = vec![world.root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                folders.push(path);
                continue;
            }
            if !meta.is_file() || path == world.conf("nodes.conf") {
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let holds = PLANTED.iter().any(|secret| {
                bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes())
            });
            assert!(
                !holds || meta.permissions().mode() & 0o077 == 0,
                "{} is for everybody",
                path.display()
            );
        }
    }
}

/// A person who typed it all the same is not told it again, whatever is wrong with it.
#[test]
fn a_complaint_about_a_secret_does_not_repeat_it() {
    let world = World::new(0);
    world.write_registry(NODES);
    for (verb, field) in [
        ("node", "--asset"),
        ("node", "--ipmipass"),
        ("profile", "--ipmipass"),
    ] {
        let name = if verb == "node" { "n3" } else { "bmc" };
        let out = world.run(&[verb, "set", name, field, "Kolibri\t7739"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains("U+0009"), "{said}");
        assert!(!said.contains("7739"), "{said}");
    }
    for text in [
        "node,ipmi.password\nn3,\"Kolibri\n7739\"\n",
        "n3: {ipmi: {password: [Kolibri-7739]}}\n",
        "n3: {ipmi: {password: \"Kolibri\\e7739\"}}\n",
        "n3: {asset key: {Kolibri-7739: x}}\n",
    ] {
        let path = world.beside().join("in");
        fs::write(&path, text).unwrap();
        let out = world
            .muster(&["node", "import", "-"])
            .stdin(File::open(&path).unwrap())
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(
            !out.status.success() && !said.contains("7739"),
            "{text:?}: {said}"
        );
    }
}
