//! Tab in the shells that people sit in: bash, zsh and fish on a real terminal.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::terminal::Terminal;
use super::world::{World, secs};

const NODES: &str = "\
nodeprofiles:
  default: {image name: rocky9}
  gpu: {profiles: [default], comment: with cards}
nodes:
  n1: {profiles: [default], tags: {rack: r07}}
  n2: {profiles: [gpu], tags: {rack: r07, role: login}}
  web1: {tags: {rack: r08}, network devices: {eno1: {hwaddr: \"52:54:00:00:00:01\"}}}
";

/// What is typed before Tab, and what stands there afterwards. A blank at the end says that the word is complete.
const WORDS: &[(&str, &str)] = &[
    ("sta", "status "),
    ("node li", "node list "),
    ("node set w", "node set web1 "),
    ("node set n1,w", "node set n1,web1 "),
    ("node list rack:r08", "node list rack:r08 "),
    ("node list imag", "node list image:"),
    ("node list image:r", "node list image:rocky9 "),
    ("node list web1 state:fa", "node list web1 state:failed "),
    ("node list rack:r07,r", "node list rack:r07,r0"),
    ("node list @g", "node list @gpu "),
    (
        "node set n1 --profile=default,g",
        "node set n1 --profile=default,gpu ",
    ),
    ("node set n1 --profile g", "node set n1 --profile gpu "),
    ("node set n1 --image r", "node set n1 --image rocky9 "),
    ("node set n1 --kernela", "node set n1 --kernelargs "),
    ("node set n1 --root tm", "node set n1 --root tmpfs "),
    ("node set n1 --netname e", "node set n1 --netname eno1 "),
    (
        "node set web1 --system-overlays host",
        "node set web1 --system-overlays host",
    ),
    (
        "node set web1 --system-overlays hosts,issu",
        "node set web1 --system-overlays hosts,issue ",
    ),
    ("overlay show issu", "overlay show issue "),
    (
        "overlay show hosts etc/h",
        "overlay show hosts etc/hosts.tera ",
    ),
    ("overlay render w", "overlay render web1 "),
    (
        "overlay render web1 issue etc/i",
        "overlay render web1 issue etc/issue.tera ",
    ),
    ("overlay check --nodes w", "overlay check --nodes web1 "),
    ("node show w", "node show web1 "),
    ("profile show g", "profile show gpu "),
    ("help field kernel.a", "help field kernel.args "),
    ("ssh w", "ssh web1 "),
];

fn there(shell: &str) -> bool {
    let there = Command::new(shell)
        .args(["-c", ":"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no {shell} here");
    }
    there
}

/// A shell at its prompt, with this muster in its path and the words of its Tab.
fn shell(world: &World, name: &str) -> Terminal {
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_muster"))
        .parent()
        .unwrap();
    let mut command = Command::new(name);
    match name {
        "bash" => command.args(["--norc", "--noprofile", "-i"]),
        "zsh" => command.args(["-f", "-i"]),
        _ => command.args(["--no-config", "-i"]),
    };
    let home = world.beside();
    command
        .env(
            "PATH",
            format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
        )
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("HISTFILE", "/dev/null")
        .env("LC_ALL", "C.UTF-8");
    let terminal = Terminal::run(&command);
    terminal.settles(Duration::from_millis(300), secs(20));
    let setup = match name {
        "bash" => {
            "PS1='$ '; bind 'set enable-bracketed-paste off'; source <(muster completion bash); echo rea''dy\r"
        }
        "zsh" => {
            "PS1='$ '; unsetopt prompt_sp; unset zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(muster completion zsh); echo rea''dy\r"
        }
        _ => {
            "function fish_prompt; echo -n '$ '; end; set -g fish_autosuggestion_enabled 0; muster completion fish | source; echo rea''dy\r"
        }
    };
    terminal.press(&format!("cd {}\r", home.display()));
    terminal.press(setup);
    terminal.shows(secs(20), "\nready");
    terminal
}

/// The line that is being typed, without the prompt.
fn line(terminal: &Terminal) -> String {
    let screen = terminal.screen();
    let mut lines = screen.lines().rev();
    let last = lines.find(|line| *line == "$" || line.starts_with("$ "));
    last.and_then(|line| line.trim_end().strip_prefix("$ "))
        .unwrap_or_default()
        .to_owned()
}

fn story(name: &str) {
    if !there(name) {
        return;
    }
    let world = World::new(0);
    world.write_registry(NODES);
    let terminal = shell(&world, name);
    let start = "muster --root root ";
    let mut wrong = String::new();
    for (typed, wanted) in WORDS {
        terminal.press(&format!("{start}{typed}\t"));
        // What follows tells a word that is complete from one that goes on.
        terminal.press("Z");
        let wanted = format!("{start}{wanted}Z");
        let began = Instant::now();
        while line(&terminal) != wanted && began.elapsed() < secs(10) {
            sleep(Duration::from_millis(20));
        }
        let got = line(&terminal);
        if got != wanted {
            let _ = writeln!(wrong, "{name}: {typed:?} became {got:?}, not {wanted:?}");
        }
        terminal.press("\u{15}");
        let began = Instant::now();
        while !line(&terminal).is_empty() {
            assert!(
                began.elapsed() < secs(10),
                "it stays:\n{}",
                terminal.screen()
            );
            sleep(Duration::from_millis(20));
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n{}", terminal.screen());
}

#[test]
fn bash_completes() {
    story("bash");
}

#[test]
fn zsh_completes() {
    story("zsh");
}

#[test]
fn fish_completes() {
    story("fish");
}
