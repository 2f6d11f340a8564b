//! The scripts that run on a node: every shell takes them, and beacons arrive.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What begins as a shell script does, in every overlay.
fn scripts() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            if text.starts_with("#!/bin/sh") || text.starts_with("# shellcheck shell=sh") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 12, "{found:?}");
    found
}

// A skipped check says so.
#[allow(clippy::print_stderr)]
#[test]
fn shells_and_shellcheck_take_them() {
    let checks: [&[&str]; 4] = [
        &["sh", "-n"],
        &["dash", "-n"],
        &["busybox", "sh", "-n"],
        &["shellcheck", "-s", "sh"],
    ];
    for check in checks {
        if Command::new(check[0]).arg("--help").output().is_err() {
            eprintln!("SKIPPED: {} is not installed", check[0]);
            continue;
        }
        for script in scripts() {
            let out = Command::new(check[0])
                .args(&check[1..])
                .arg(&script)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&out.stdout);
            assert!(
                out.status.success(),
                "{check:?} {}: {said}",
                script.display()
            );
        }
    }
}

/// What `90-selinux` calls, and whether it is content, on a root of this type with this configuration and command line.
fn selinux(config: &str, root: &str, cmdline: &str, shell: &[&str]) -> (String, bool) {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    write("etc/selinux/config", config);
    write("proc/cmdline", cmdline);
    let mounts = format!("proc /proc proc rw 0 0\nrootfs / rootfs rw 0 0\nnone / {root} rw 0 0\n");
    write("proc/mounts", &mounts);
    for name in ["load_policy", "restorecon"] {
        let text = format!("#!/bin/sh\necho \"{name} $*\" >> \"$PREFIX/calls\"\n");
        let path = write(&format!("bin/{name}"), &text);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(path, mode).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("overlays/wwinit/rootfs/warewulf/init.d/90-selinux");
    let path = format!("{}:/usr/bin:/bin", dir.path().join("bin").display());
    let status = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .env("PREFIX", dir.path())
        .env("PATH", path)
        .status()
        .unwrap();
    let calls = std::fs::read_to_string(dir.path().join("calls"));
    (calls.unwrap_or_default(), status.success())
}

#[test]
fn a_root_is_labelled_where_the_image_wants_it_and_it_can_be() {
    let labelled = "load_policy -i\nrestorecon -e /sys -e /proc -r /\n";
    let enforcing = "# SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=targeted\n";
    let cases = [
        (enforcing, "tmpfs", "quiet", labelled),
        ("SELINUX=permissive", "ext4", "quiet\n", labelled),
        ("SELINUX=permissive\n", "ext4", "quiet", labelled),
        ("SELINUX=disabled\n", "tmpfs", "quiet", ""),
        ("", "tmpfs", "quiet", ""),
        (enforcing, "tmpfs", "quiet selinux=0", ""),
        (enforcing, "rootfs", "quiet", ""),
    ];
    for shell in [&["sh"][..], &["busybox", "sh"]] {
        if Command::new(shell[0]).arg("--help").output().is_err() {
            continue;
        }
        for (config, root, cmdline, calls) in cases {
            let done = selinux(config, root, cmdline, shell);
            assert_eq!(
                done,
                (calls.to_owned(), true),
                "{config:?} {root} {cmdline}"
            );
        }
    }
}

/// A node of its own for `beacon`: queue, config and command line in one folder.
struct Rig {
    dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cmdline = "quiet wwid=52-54-00-00-00-02 * root=x\n";
        std::fs::write(dir.path().join("cmdline"), cmdline).unwrap();
        Self { dir }
    }

    /// Runs the script; `path` is where it finds programs.
    fn beacon(&self, shell: &[&str], args: &[&str], server: &str, path: Option<&Path>) -> bool {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/wwinit/rootfs/warewulf/beacon");
        let config = format!("MUSTER_SERVER='{server}'\nMUSTER_MAC='52:54:00:00:00:01'\n");
        std::fs::write(self.dir.path().join("config"), config).unwrap();
        let mut command = Command::new(shell[0]);
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let status = command
            .args(&shell[1..])
            .arg(&script)
            .args(args)
            .env("MUSTER_QUEUE", self.dir.path().join("queue"))
            .env("MUSTER_CONFIG", self.dir.path().join("config"))
            .env("MUSTER_CMDLINE", self.dir.path().join("cmdline"))
            .env("MUSTER_ROUNDS", "2")
            .status();
        status.unwrap().success()
    }

    fn queued(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("queue"))
            .unwrap()
            .count()
    }
}

/// A server that answers `count` requests and gives their first lines.
fn server(count: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for _ in 0..count {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(10)))
                .unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut rest) = (String::new(), String::new());
            reader.read_line(&mut line).unwrap();
            while reader.read_line(&mut rest).unwrap() > 2 {
                rest.clear();
            }
            let answer =
                b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
            asked.push(line);
        }
        asked
    });
    (address, asked)
}

fn installed(program: &str) -> bool {
    Command::new(program).arg("--help").output().is_ok()
}

// A skipped check says so.
#[allow(clippy::print_stderr)]
#[test]
fn beacons_wait_and_arrive_in_order_with_their_age() {
    let shells: [&[&str]; 3] = [&["dash"], &["busybox", "sh"], &["bash"]];
    for shell in shells {
        if !installed(shell[0]) {
            eprintln!("SKIPPED: {} is not installed", shell[0]);
            continue;
        }
        let rig = Rig::new();
        // Nobody listens yet: the beacon stays.
        assert!(!rig.beacon(
            shell,
            &["--wait", "init-started"],
            "http://127.0.0.1:1",
            None
        ));
        assert_eq!(rig.queued(), 1);
        let (address, asked) = server(2);
        assert!(rig.beacon(
            shell,
            &["--wait", "note", "50% of a&b;\n$(x)"],
            &address,
            None
        ));
        let asked = asked.join().unwrap();
        let first = asked[0].split_whitespace().nth(1).unwrap();
        let (path, age) = first.split_once("&age_ms=").unwrap();
        assert_eq!(path, "/beacon/52-54-00-00-00-02?name=init-started");
        let age: u64 = age.parse().unwrap();
        assert!((500..120_000).contains(&age), "{age}");
        assert!(asked[1].contains("?name=note&age_ms="), "{}", asked[1]);
        let text = "&text=50%25%20of%20a%26b%3B%20%24%28x%29 ";
        assert!(asked[1].contains(text), "{}", asked[1]);
        assert_eq!(rig.queued(), 0);
    }
}

// A skipped check says so.
#[allow(clippy::print_stderr)]
#[test]
fn any_one_tool_is_enough_to_send() {
    let needed = ["cat", "cut", "mkdir", "mv", "rm", "sleep", "tr", "dash"];
    let tools = [
        ("curl", "curl"),
        ("wget", "wget"),
        ("bash", "bash"),
        ("busybox", "nc"),
    ];
    for (program, tool) in tools {
        let Ok(found) = Command::new("which").arg(program).output() else {
            eprintln!("SKIPPED: which is not installed");
            return;
        };
        let found = String::from_utf8(found.stdout).unwrap();
        if !installed("dash") || found.trim().is_empty() {
            eprintln!("SKIPPED: dash or {program} is not installed");
            continue;
        }
        let rig = Rig::new();
        let path = rig.dir.path().join("bin");
        std::fs::create_dir(&path).unwrap();
        for name in needed {
            let which = Command::new("which").arg(name).output().unwrap().stdout;
            let real = String::from_utf8(which).unwrap();
            std::os::unix::fs::symlink(real.trim(), path.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(found.trim(), path.join(tool)).unwrap();
        let (address, asked) = server(1);
        assert!(
            rig.beacon(&["dash"], &["--wait", "up"], &address, Some(&path)),
            "{tool}"
        );
        assert!(asked.join().unwrap()[0].contains("?name=up&"), "{tool}");
    }
}

#[test]
fn only_names_are_taken_and_queueing_sends_nothing() {
    let rig = Rig::new();
    assert!(!rig.beacon(&["sh"], &[], "", None));
    assert!(!rig.beacon(&["sh"], &["--what"], "", None));
    assert!(!rig.beacon(&["sh"], &["--wait"], "", None));
    assert!(!rig.dir.path().join("queue").exists());
}
