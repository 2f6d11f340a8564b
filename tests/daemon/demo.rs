//! `muster --demo`: the whole road on loopback, without any right of root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use super::terminal::Terminal;
use super::world::{secs, until};

/// Whom `--demo` runs as when the tests run as root: the user `nobody`.
const NOBODY: &str = "65534";

/// A demo in a folder of its own, without rights when the tests have them.
fn demo(home: &Path, more: &[&str]) -> Command {
    fs::set_permissions(home, fs::Permissions::from_mode(0o777)).unwrap();
    let binary = home.join("muster");
    // A build folder may lie where nobody may look.
    fs::copy(env!("CARGO_BIN_EXE_muster"), &binary).unwrap();
    let mut command = if Uid::effective().is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
            .args(["--bounding-set", "-all", "--inh-caps", "-all", "--"])
            .arg(&binary);
        command
    } else {
        Command::new(&binary)
    };
    command.arg("--demo").args(more);
    command.env("HOME", home);
    for name in [
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_RUNTIME_DIR",
        "TMPDIR",
    ] {
        command.env(name, home);
    }
    command
}

/// What demos have left in their folder.
fn left(home: &Path) -> Vec<String> {
    let names = fs::read_dir(home).unwrap().map(|entry| {
        let name = entry.unwrap().file_name();
        name.to_string_lossy().into_owned()
    });
    names
        .filter(|name| name.starts_with("muster-demo-"))
        .collect()
}

#[test]
fn it_runs_without_rights_and_nodes_come_up() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(&demo(home.path(), &["--nodes", "120"]));
    // The screen is there before there is a cluster.
    terminal.shows(secs(10), "the simulated cluster");
    terminal.shows(secs(60), "dhcp");
    // The Board names stages and how many nodes are at each; a node that is up is a line or a tile of its own, so
    // what is asked here is that some count of `up` is not nought.
    let began = std::time::Instant::now();
    while count_up(&terminal.screen()) == 0 {
        assert!(
            began.elapsed() < secs(120),
            "no node came up:\n{}",
            terminal.screen()
        );
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    terminal.hang_up();
    terminal.ended(secs(30));
    assert_eq!(left(home.path()), [""; 0]);
}

#[test]
fn a_terminal_that_goes_while_it_is_made_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(&demo(home.path(), &[]));
    terminal.shows(secs(10), "the simulated cluster");
    terminal.hang_up();
    terminal.ended(secs(30));
    assert_eq!(left(home.path()), [""; 0]);
}

#[test]
fn a_signal_at_any_time_leaves_nothing() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let home = tempfile::tempdir().unwrap();
        let mut child = demo(home.path(), &["--headless"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(secs(20), "the demo begins", || {
            !left(home.path()).is_empty()
        });
        let process = Pid::from_raw(i32::try_from(child.id()).unwrap());
        kill(process, signal).unwrap();
        let mut ended = None;
        until(secs(30), "the demo ends", || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        assert!(ended.unwrap().success(), "{signal}: {ended:?}");
        assert_eq!(left(home.path()), [""; 0], "{signal}");
    }
}

#[test]
fn what_a_killed_one_left_goes_with_the_next() {
    let home = tempfile::tempdir().unwrap();
    let mut child = demo(home.path(), &["--headless"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(secs(20), "the demo begins", || {
        !left(home.path()).is_empty()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let [killed] = left(home.path()).try_into().unwrap();
    // Of somebody who still lives: this test.
    let other = format!("muster-demo-{}", std::process::id());
    fs::create_dir(home.path().join(&other)).unwrap();
    let mut child = demo(home.path(), &["--headless"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(secs(20), "the next begins, and sweeps", || {
        let now = left(home.path());
        now.len() == 2 && !now.contains(&killed) && now.contains(&other)
    });
    kill(
        Pid::from_raw(i32::try_from(child.id()).unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    child.wait().unwrap();
}

/// The number that stands beside the word `up` on the screen: `up 12`, or `12 up`.
fn count_up(screen: &str) -> u32 {
    let words: Vec<&str> = screen.split_whitespace().collect();
    let number = |at: Option<usize>| {
        at.and_then(|at| words.get(at)).and_then(|word| {
            word.trim_matches(|c: char| !c.is_ascii_digit())
                .parse::<u32>()
                .ok()
        })
    };
    words
        .iter()
        .enumerate()
        .filter(|(_, word)| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .eq_ignore_ascii_case("up")
        })
        .filter_map(|(at, _)| number(Some(at + 1)).or_else(|| number(at.checked_sub(1))))
        .max()
        .unwrap_or(0)
}

#[test]
fn a_count_is_read_from_either_side_of_its_word() {
    assert_eq!(count_up("dhcp 3  up 12  failed 1"), 12);
    assert_eq!(count_up("12 up · 3 failed"), 12);
    assert_eq!(count_up("dhcp 3  up 0"), 0);
    assert_eq!(count_up("nothing here"), 0);
}
