//! `muster ssh`: one command on many nodes, over a real sshd on loopback and over programs that stand for it.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::world::{World, secs, until};

/// What was printed and complained, and the exit code.
fn run(world: &World, args: &[&str]) -> (Option<i32>, String, String) {
    let out = world.run(&[&["ssh"], args].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

/// A program that stands for ssh.
fn rsh(world: &World, script: &str) -> String {
    let path = world.beside().join("rsh");
    fs::write(&path, format!("#!/bin/sh\nhost=$1; shift\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn a_command_runs_on_many_nodes() {
    let world = World::new(5);
    let shell = rsh(
        &world,
        "[ $host = 127.9.0.4 ] && { echo no route >&2; exit 255; }\necho $host \"$@\"\necho same",
    );
    let run = |args: &[&str]| run(&world, &[&["--rsh", &shell, "-f", "2"], args].concat());
    let (code, out, err) = run(&["n[1-3]", "uname", "-r"]);
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    let wanted = [
        "n1: 127.9.0.2 uname -r",
        "n1: same",
        "n2: 127.9.0.3 uname -r",
        "n2: same",
    ];
    assert_eq!(lines, wanted);
    assert!(
        err.contains("n3: no route") && err.contains("it failed on 1 of 3: n3 (exit status: 255)"),
        "{err}"
    );
    assert_eq!(code, Some(1));
    let (code, out, _) = run(&["-n", "n[1-3]", "true"]);
    assert_eq!((code, out.lines().count()), (Some(0), 3), "{out}");
    let (_, out, _) = run(&["--gather", "!n3", "sh"]);
    assert!(out.contains("n1 (1)") && out.contains("  same"), "{out}");
    let (code, out, err) = run(&["-w", "n[1-2]", "-b", "echo", "-n", "a  b;c"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        out.contains("  127.9.0.2 echo -n a  b;c\n"),
        "no shell in between: {out}"
    );
    assert_eq!(run(&["n9", "true"]).0, Some(1));
    let (code, _, err) = run(&["n1"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("there is no command to run: `muster ssh n1 uptime`"),
        "{err}"
    );
    assert_eq!(run(&["-w", "@all", "true"]).0, Some(1));
    let (code, _, err) = run(&["n1", "-g", "uptime"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("flags stand before the nodes"), "{err}");
    assert_eq!(run(&["", "true"]).0, Some(2));
}

#[test]
fn equal_answers_are_told_once() {
    let world = World::new(12);
    let shell = rsh(
        &world,
        "case $host in *.5) echo odd;; *.9) :;; *.10) echo even >&2;; *.3) echo too >&2; echo even;; \
         *) echo even; echo too >&2;; esac",
    );
    let (code, out, _) = run(&world, &["--rsh", &shell, "-g", "@default", "x"]);
    assert_eq!(code, Some(0));
    let heads: Vec<&str> = out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(out.contains("n4 (1)\n  odd\n"), "{out}");
    assert!(out.contains("n8 (1)\n  nothing was said\n"), "{out}");
    assert_eq!(heads[0], "n[1-3,5-7],n[10-12] (9)", "{out}");
}

#[test]
fn so_many_at_a_time_and_no_longer_than_they_may() {
    let world = World::new(8);
    let count = world.beside().join("count");
    fs::create_dir(&count).unwrap();
    let script = format!(
        "d={}\ntouch $d/$host\nls $d | wc -l\nsleep 0.3\nrm $d/$host",
        count.display()
    );
    let shell = rsh(&world, &script);
    let (code, out, err) = run(&world, &["--rsh", &shell, "-f", "3", "n[1-8]", "x"]);
    assert_eq!(code, Some(0), "{err}");
    let most = out
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap());
    let most = most.max().unwrap();
    assert!((2..=3).contains(&most), "{out}");

    // One that hangs, and one whose child holds the line: neither keeps the others, nor the verb.
    let script = "case $host in *.2) exec sleep 600;; *.3) sleep 20 & wait;; *) echo well;; esac";
    let shell = rsh(&world, script);
    let (code, out, err) = run(
        &world,
        &["--rsh", &shell, "-f", "2", "-t", "1.5", "n[1-4]", "x"],
    );
    assert_eq!(code, Some(1));
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(
        err.contains("it failed on 2 of 4: n[1-2] (not finished after 1.5 s)"),
        "{err}"
    );
    let (code, _, err) = run(&world, &["--rsh", "/nowhere/ssh", "n[1-2]", "x"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("n[1-2] (cannot be started:"), "{err}");
}

/// What a node says is shown, not obeyed.
#[test]
fn what_nodes_say_moves_no_cursor() {
    let world = World::new(1);
    let shell = rsh(
        &world,
        "printf 'a\\033[2Jb\\rc\\n'; head -c 200000 /dev/zero | tr '\\0' x",
    );
    let (code, out, err) = run(&world, &["--rsh", &shell, "n1", "x"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        !out.contains('\u{1b}') && !out.contains('\r'),
        "{:?}",
        &out[..40]
    );
    assert!(out.lines().all(|line| line.starts_with("n1: ")));
    assert_eq!(
        out.matches('x').count(),
        200_000,
        "long lines come in pieces"
    );
}

/// A real sshd, as long as this lives.
struct Sshd(Child);

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An sshd at these addresses, for whoever runs this test; the options with which ssh reaches it.
fn sshd(world: &World, addresses: &[&str]) -> Option<(Sshd, String)> {
    let program = Path::new("/usr/sbin/sshd");
    if !program.exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no sshd here");
        return None;
    }
    let dir = world.beside();
    let dir = dir.display();
    for key in ["host", "mine"] {
        let made = Command::new("ssh-keygen")
            .args([
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                &format!("{dir}/{key}"),
            ])
            .status();
        assert!(made.unwrap().success());
    }
    fs::copy(format!("{dir}/mine.pub"), format!("{dir}/authorized")).unwrap();
    if nix::unistd::geteuid().is_root() {
        // Where sshd of root locks its unprivileged half in; its service makes it at every boot.
        fs::create_dir_all("/run/sshd").unwrap();
    }
    let port = TcpListener::bind((addresses[0], 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut conf = format!(
        "Port {port}\nHostKey {dir}/host\nAuthorizedKeysFile {dir}/authorized\nPidFile none\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n"
    );
    for address in addresses {
        conf.push_str(&format!("ListenAddress {address}\n"));
    }
    fs::write(format!("{dir}/sshd_config"), conf).unwrap();
    let log = fs::File::create(format!("{dir}/sshd.log")).unwrap();
    let child = Command::new(program)
        .args(["-D", "-e", "-f", &format!("{dir}/sshd_config")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let sshd = Sshd(child);
    until(secs(20), "sshd listens", || {
        TcpStream::connect((addresses[0], port)).is_ok()
    });
    let options = format!(
        "ssh -F none -p {port} -i {dir}/mine -o BatchMode=yes -o ConnectTimeout=5 -o LogLevel=ERROR -o IdentitiesOnly=yes \
         -o StrictHostKeyChecking=no -o UserKnownHostsFile={dir}/known"
    );
    Some((sshd, options))
}

#[test]
fn a_real_sshd_answers() {
    let world = World::new(4);
    let Some((_sshd, shell)) = sshd(&world, &["127.9.0.2", "127.9.0.3", "127.9.0.4"]) else {
        return;
    };
    let (code, out, err) = run(
        &world,
        &["--rsh", &shell, "n[1-3]", "echo $SSH_CONNECTION; exit 0"],
    );
    assert_eq!(code, Some(0), "{err}");
    let mut lines: Vec<&str> = out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines.len(), 3, "{out}");
    for (line, (name, address)) in lines.iter().zip([
        ("n1", "127.9.0.2"),
        ("n2", "127.9.0.3"),
        ("n3", "127.9.0.4"),
    ]) {
        assert!(
            line.starts_with(&format!("{name}: ")) && line.contains(&format!(" {address} ")),
            "{line}"
        );
    }
    let (code, out, err) = run(
        &world,
        &["--rsh", &shell, "-g", "n[1-4]", "echo same; exit 3"],
    );
    assert_eq!(code, Some(1));
    assert!(out.contains("n[1-3] (3)\n  same\n"), "{out}");
    assert!(
        err.contains("n4 (exit status: 255)") && err.contains("n[1-3] (exit status: 3)"),
        "{err}"
    );
    // A key that it does not know: BatchMode asks nobody.
    let locked = shell.replace("/mine ", "/host ");
    let (code, _, err) = run(&world, &["--rsh", &locked, "-t", "20", "n1", "true"]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("n1: ") && err.contains("Permission denied"),
        "{err}"
    );
}
