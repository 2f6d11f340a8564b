//! `muster --demo`: the whole road on loopback, without any right of root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use nix::unistd::Uid;

use super::terminal::Terminal;
use super::world::secs;

/// Whom `--demo` runs as when the tests run as root: the user `nobody`.
const NOBODY: &str = "65534";

#[test]
fn it_runs_without_rights_and_nodes_come_up() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let binary = home.path().join("muster");
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
    command.args(["--demo", "--nodes", "16"]);
    command.env("HOME", home.path());
    for name in [
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_RUNTIME_DIR",
        "TMPDIR",
    ] {
        command.env(name, home.path());
    }
    let mut terminal = Terminal::run(&command);
    terminal.shows(secs(30), "dhcp");
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
    terminal.ended(secs(15));
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
