//! The scripts that run on a node: every shell takes them, and beacons arrive.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scripts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/wwinit/rootfs");
    let mut found: Vec<PathBuf> = [
        "init",
        "warewulf/run-init",
        "warewulf/run-wwinit.d",
        "warewulf/beacon",
    ]
    .iter()
    .map(|path| root.join(path))
    .collect();
    let hooks = std::fs::read_dir(root.join("warewulf/init.d")).unwrap();
    found.extend(hooks.map(|entry| entry.unwrap().path()));
    found
}

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

/// Runs `beacon` with everything in a folder of its own.
fn beacon(dir: &Path, shell: &[&str], args: &[&str], server: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/wwinit/rootfs/warewulf/beacon");
    std::fs::write(
        dir.join("config"),
        format!("MUSTER_SERVER='{server}'\nMUSTER_MAC='52:54:00:00:00:01'\n"),
    )
    .unwrap();
    std::fs::write(
        dir.join("cmdline"),
        "quiet wwid=52-54-00-00-00-02 * root=x\n",
    )
    .unwrap();
    Command::new(shell[0])
        .args(&shell[1..])
        .arg(&root)
        .args(args)
        .env("MUSTER_QUEUE", dir.join("queue"))
        .env("MUSTER_CONFIG", dir.join("config"))
        .env("MUSTER_CMDLINE", dir.join("cmdline"))
        .env("MUSTER_ROUNDS", "3")
        .status()
        .unwrap()
        .success()
}

#[test]
fn beacons_wait_and_arrive_in_order_with_their_age() {
    let shells: [&[&str]; 3] = [&["dash"], &["busybox", "sh"], &["bash"]];
    for shell in shells {
        if Command::new(shell[0]).arg("--help").output().is_err() {
            eprintln!("SKIPPED: {} is not installed", shell[0]);
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        // Nobody listens yet: the beacon stays.
        assert!(!beacon(
            dir.path(),
            shell,
            &["--wait", "init-started"],
            "http://127.0.0.1:1"
        ));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut line = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                reader.read_line(&mut line).unwrap();
                let mut rest = String::new();
                while reader.read_line(&mut rest).unwrap() > 2 {
                    rest.clear();
                }
                stream.write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
                asked.push(line);
            }
            asked
        });
        assert!(beacon(
            dir.path(),
            shell,
            &["--wait", "note", "50% of a&b;\n$(x)"],
            &server
        ));
        let asked = asked.join().unwrap();
        let first = asked[0].split_whitespace().nth(1).unwrap();
        let (path, age) = first.split_once("&age_ms=").unwrap();
        assert_eq!(path, "/beacon/52-54-00-00-00-02?name=init-started");
        let age: u64 = age.parse().unwrap();
        assert!((1000..120_000).contains(&age), "{age}");
        assert!(asked[1].contains("?name=note&age_ms="), "{}", asked[1]);
        assert!(
            asked[1].contains("&text=50%25%20of%20a%26b%3B%20%24%28x%29"),
            "{}",
            asked[1]
        );
        let left = std::fs::read_dir(dir.path().join("queue")).unwrap().count();
        assert_eq!(left, 0);
    }
}
