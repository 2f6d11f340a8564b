//! The real agent, as `src/agent/build` makes it, against a real daemon on loopback.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::world::{World, mac_of, secs, until};

/// The agent's program, built once; none where it cannot be built, which is said.
fn program() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("muster-agent");
        let made = Command::new(top.join("src/agent/build"))
            .arg("--to")
            .arg(&place)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        if said.contains("library kind `static`") || said.contains("cannot find -lc") {
            eprintln!("SKIPPED: there is no static C library here (libc6-dev)");
            return None;
        }
        assert!(made.status.success(), "{said}");
        Some(place)
    });
    built.as_deref()
}

/// A node in a folder: its root, and an agent that refreshes it.
struct Node {
    root: PathBuf,
    child: Child,
    log: PathBuf,
}

impl Node {
    /// Starts the agent of node `n` at once.
    fn start(world: &World, n: u32) -> Option<Self> {
        let mut command = Self::command(world, n, &["--now"])?;
        let root = root(world, n);
        let log = root.with_extension("log");
        let child = command
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Some(Self { root, child, log })
    }

    fn command(world: &World, n: u32, more: &[&str]) -> Option<Command> {
        let root = root(world, n);
        fs::create_dir_all(&root).unwrap();
        let config = root.with_extension("config");
        let text = format!(
            "MUSTER_SERVER='http://127.0.0.1:{}'\nMUSTER_MAC='{}'\n",
            world.ports.http,
            mac_of(n)
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new(program()?);
        command
            .arg("--root")
            .arg(&root)
            .arg("--config")
            .arg(&config)
            .args(["--cmdline", "/dev/null", "--state"])
            .arg(root.with_extension("state"))
            .args(more)
            .stdin(Stdio::null());
        Some(command)
    }

    fn once(world: &World, n: u32) -> Output {
        Self::command(world, n, &["--once"])
            .unwrap()
            .output()
            .unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    fn reads(&self, path: &str, text: &str) -> bool {
        fs::read_to_string(self.root.join(path)).is_ok_and(|found| found == text)
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended long ago; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root(world: &World, n: u32) -> PathBuf {
    world.beside().join(format!("node{n}"))
}

/// A world whose node n1 has the runtime overlay `site`, which is on disk.
fn world(more: &str) -> World {
    let world = World::new(2);
    let secure = if nix::unistd::geteuid().is_root() {
        "yes"
    } else {
        "no"
    };
    let port = world.ports.http;
    world.configure(&format!("access: compatible\n{more}"));
    let conf = fs::read_to_string(world.conf("muster.conf")).unwrap();
    let server = format!("server:\n  port: {port}\n");
    assert!(conf.contains(&server), "{conf}");
    let conf = conf.replace(
        &server,
        &format!("{server}  secure: {secure}\n  update interval: INTERVAL\n"),
    );
    fs::write(world.conf("muster.conf"), conf.replace("INTERVAL", "3600")).unwrap();
    let nodes = format!(
        "nodes:\n  n1:\n    runtime overlay: [site]\n    network devices: {{default: {{hwaddr: \"{}\", ipaddr: 127.9.0.2}}}}\n  \
         n2:\n    runtime overlay: [site]\n    tags: {{agent-remove: \"no\"}}\n    network devices: {{default: {{hwaddr: \"{}\", ipaddr: 127.9.0.3}}}}\n",
        mac_of(1),
        mac_of(2)
    );
    world.write_registry(&nodes);
    overlay(&world, "etc/motd", "one");
    overlay(&world, "etc/going", "here");
    world
}

fn interval(world: &World, seconds: u32) {
    let conf = fs::read_to_string(world.conf("muster.conf")).unwrap();
    let conf = conf.replace(
        "update interval: 3600",
        &format!("update interval: {seconds}"),
    );
    fs::write(world.conf("muster.conf"), conf).unwrap();
}

fn place(world: &World, path: &str) -> PathBuf {
    let root = world.root().join("var/lib/muster/overlays/site/rootfs");
    root.join(path)
}

fn overlay(world: &World, path: &str, text: &str) {
    let path = place(world, path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(path, text).unwrap();
}

/// What the server knows of the node's agent.
fn agent(world: &World, name: &str) -> Value {
    let socket = world.socket();
    let out = Command::new("curl")
        .args(["-s", "--unix-socket"])
        .arg(&socket)
        .arg(format!("http://muster/v1/nodes/{name}"))
        .output()
        .unwrap();
    let detail: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    detail["node"]["agent"].clone()
}

fn events(world: &World, name: &str) -> String {
    let out = world.run(&["events", name, "--all"]);
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn the_program_is_small_static_and_runs_where_nothing_else_is() {
    let Some(program) = program() else { return };
    let size = fs::metadata(program).unwrap().len();
    assert!(size <= 2_000_000, "{size} bytes");
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIPPED: only root can change the root");
        return;
    }
    let empty = tempfile::tempdir().unwrap();
    fs::copy(program, empty.path().join("agent")).unwrap();
    let out = Command::new("chroot")
        .arg(empty.path())
        .args(["/agent", "--version"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success() && said.starts_with("muster-agent "),
        "{out:?}"
    );
    // It says what it lacks there, and ends.
    let out = Command::new("chroot")
        .arg(empty.path())
        .args(["/agent", "--once"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        !out.status.success() && said.contains("names the server"),
        "{said}"
    );
}

#[test]
fn a_running_node_follows_its_overlay_at_once() {
    let world = world("");
    let mut daemon = world.serve();
    let Some(node) = Node::start(&world, 1) else {
        return;
    };
    until(secs(20), "the overlay arrives", || {
        node.reads("etc/motd", "one")
    });
    until(secs(5), "all of it", || node.has("etc/going"));
    until(secs(10), "the server knows", || {
        agent(&world, "n1")["refresh"]["digest"].is_string()
    });
    let first = agent(&world, "n1");
    assert!(first["refresh"]["uptime"].as_u64().unwrap() > 0, "{first}");
    assert!(first["refresh"]["fault"].is_null(), "{first}");

    // The interval is an hour: only a word of the server can be why it knows.
    overlay(&world, "etc/motd", "two");
    fs::remove_file(place(&world, "etc/going")).unwrap();
    until(secs(20), "the change arrives", || {
        node.reads("etc/motd", "two")
    });
    until(secs(10), "what is gone goes", || !node.has("etc/going"));
    until(secs(10), "the server knows that too", || {
        agent(&world, "n1")["refresh"]["digest"] != first["refresh"]["digest"]
    });
    let told = events(&world, "n1");
    assert!(told.contains("is in force, 1 changed, 1 removed"), "{told}");

    // What somebody does on the node is put right when it is told to look.
    fs::write(node.root.join("etc/motd"), "by hand").unwrap();
    let out = world.run(&["node", "refresh", "n[1-2]"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        said.contains("1 node is told to refresh; 1 node cannot be told (n2)"),
        "{said} {out:?}"
    );
    until(secs(10), "it is put right", || {
        node.reads("etc/motd", "two")
    });
    fs::write(node.root.join("etc/motd"), "by hand").unwrap();
    kill(Pid::from_raw(node.child.id() as i32), Signal::SIGHUP).unwrap();
    until(secs(10), "it is put right again", || {
        node.reads("etc/motd", "two")
    });
    assert!(daemon.running(), "{}", daemon.log());
}

#[test]
fn an_agent_outlives_its_server_and_asks_for_what_is_new_only() {
    let world = world("");
    interval(&world, 1);
    let daemon = world.serve();
    let Some(mut node) = Node::start(&world, 1) else {
        return;
    };
    until(secs(20), "the overlay arrives", || {
        node.reads("etc/motd", "one")
    });
    drop(daemon);
    until(secs(20), "it notices", || node.log().contains("refused"));
    overlay(&world, "etc/motd", "while you were out");
    let daemon = world.serve();
    until(secs(60), "it comes back", || {
        node.reads("etc/motd", "while you were out")
    });
    // From now on every second there is nothing new: no transfer, and the same word.
    let fetched = || events(&world, "n1").matches("/runtime/").count();
    until(secs(10), "its word arrives", || {
        agent(&world, "n1")["refresh"]["again"] == true
    });
    let (before, at) = (fetched(), agent(&world, "n1")["at"].clone());
    until(secs(10), "it speaks again", || {
        agent(&world, "n1")["at"] != at
    });
    assert_eq!(fetched(), before, "{}", events(&world, "n1"));
    assert!(node.child.try_wait().unwrap().is_none());
    kill(Pid::from_raw(node.child.id() as i32), Signal::SIGTERM).unwrap();
    until(secs(5), "it ends when told", || {
        node.child.try_wait().unwrap().is_some()
    });
    drop(daemon);
}

#[test]
fn a_node_keeps_what_it_is_told_to_keep_and_tells_what_goes_wrong() {
    let world = world("");
    let _daemon = world.serve();
    if program().is_none() {
        return;
    }
    let out = Node::once(&world, 2);
    assert!(out.status.success(), "{out:?}");
    fs::remove_file(place(&world, "etc/going")).unwrap();
    let out = Node::once(&world, 2);
    assert!(out.status.success(), "{out:?}");
    assert!(
        root(&world, 2).join("etc/going").exists(),
        "its tag says that it stays"
    );

    // A folder is in the way of a file.
    fs::create_dir_all(root(&world, 2).join("etc/site")).unwrap();
    overlay(&world, "etc/site", "x");
    let out = Node::once(&world, 2);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        !out.status.success() && said.contains("/etc/site is a folder on the node"),
        "{said}"
    );
    until(secs(10), "the server knows", || {
        let fault = agent(&world, "n2")["refresh"]["fault"].to_string();
        fault.contains("/etc/site")
    });
    let status = world.run(&["status", "n2"]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(said.contains("/etc/site"), "{said}");
    fs::remove_dir(root(&world, 2).join("etc/site")).unwrap();
    assert!(Node::once(&world, 2).status.success());
    until(secs(10), "and that it is over", || {
        agent(&world, "n2")["refresh"]["fault"].is_null()
    });
}

#[test]
fn the_overlay_brings_the_program_of_the_server() {
    let Some(program) = program() else { return };
    let world = World::new(1);
    let place = world.beside().join("the-agent");
    let arch = Command::new("uname").arg("-m").output().unwrap();
    let arch = String::from_utf8_lossy(&arch.stdout).trim().to_owned();
    world.configure(&format!(
        "access: compatible\nagent:\n  path:\n    {arch}: {}\n",
        place.display()
    ));
    world.write_registry(&format!(
        "nodes:\n  n1:\n    system overlay: [wwclient]\n    network devices: {{default: {{hwaddr: \"{}\", ipaddr: 127.9.0.2}}}}\n",
        mac_of(1)
    ));
    let _daemon = world.serve();
    let fetch = || {
        let url = format!("http://127.0.0.1:{}/system/{}", world.ports.http, mac_of(1));
        let out = Command::new("curl").args(["-s", &url]).output().unwrap();
        assert!(out.status.success());
        let found = muster::agent::read(&out.stdout).unwrap();
        let item = found.get(b"warewulf/muster-agent".as_slice()).cloned();
        assert!(found.contains_key(b"etc/systemd/system/muster-agent.service".as_slice()));
        item
    };
    // Without one the node boots all the same, and the server says what to do.
    assert_eq!(fetch(), None);
    until(secs(10), "the server says what to do", || {
        let out = world.run(&["check"]);
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        said.contains("there is no") && said.contains("src/agent/build")
    });
    // One that is put there is seen, and another one too.
    fs::copy(program, &place).unwrap();
    let item = fetch().unwrap();
    assert_eq!(item.mode, 0o755);
    assert!(item.body == muster::agent::Body::File(fs::read(program).unwrap()));
    let mut other = fs::read(program).unwrap();
    other.extend_from_slice(b"newer");
    fs::write(&place, &other).unwrap();
    assert!(fetch().unwrap().body == muster::agent::Body::File(other));
}
