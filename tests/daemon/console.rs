//! The console on a real terminal, attached to a real daemon.

use std::thread::sleep;

use nix::sys::signal::Signal;

use super::terminal::Terminal;
use super::world::{World, secs, until};

#[test]
fn it_attaches_and_shows_the_nodes() {
    let world = World::new(3);
    let mut daemon = world.serve();
    let mut terminal = Terminal::run(&world.muster(&[]));
    for name in ["n1", "n2", "n3"] {
        terminal.shows(secs(15), name);
    }
    terminal.press("q");
    assert!(terminal.ended(secs(10)).success());
    let raw = terminal.raw();
    let wrote = |text: &str| raw.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(
        wrote("\x1b[?1049h") && wrote("\x1b[?1049l"),
        "the screen is given back"
    );
    assert!(wrote("\x1b[?25h"), "the cursor is given back");
    assert!(daemon.running(), "a daemon outlives its consoles");
}

#[test]
fn an_idle_console_writes_nothing() {
    let world = World::new(40);
    let _daemon = world.serve();
    let terminal = Terminal::run(&world.muster(&[]));
    // So many nodes are shown by their groups, not by their names.
    terminal.shows(secs(15), "0/40");
    terminal.settles(secs(3), secs(90));
    let before = terminal.bytes();
    sleep(secs(8));
    let written = terminal.bytes() - before;
    assert_eq!(
        written,
        0,
        "bytes written while idle; the screen:\n{}",
        terminal.screen()
    );
    // It was idle, not dead: news still reaches the screen, and is counted.
    world.registry(41);
    terminal.shows(secs(15), "0/41");
    assert!(terminal.bytes() > before);
}

#[test]
fn a_change_reaches_the_screen() {
    let world = World::new(1);
    let _daemon = world.serve();
    let terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(15), "n1");
    world.registry(2);
    terminal.shows(secs(15), "n2");
}

#[test]
fn a_daemon_that_stops_is_told_in_words_and_one_that_is_back_is_found() {
    let world = World::new(2);
    let mut daemon = world.serve();
    let terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(15), "n2");
    daemon.signal(Signal::SIGKILL);
    daemon.ended(secs(10));
    terminal.shows(secs(15), "the daemon has");
    terminal.shows(secs(15), "trying again");
    assert!(
        !terminal.screen().contains("os error"),
        "{}",
        terminal.screen()
    );
    let _again = world.serve();
    terminal.shows(secs(15), "attached");
}

#[test]
fn servers_that_cannot_start_are_told_on_the_terminal_that_is_given_back() {
    let world = World::new(1);
    // A file lies where the state is to be kept.
    let conf = world.conf("muster.conf");
    let state = conf.ancestors().nth(3).unwrap().join("var/lib/muster");
    let _absent = std::fs::remove_dir_all(&state);
    std::fs::create_dir_all(state.parent().unwrap()).unwrap();
    std::fs::write(&state, "no folder").unwrap();
    let mut terminal = Terminal::run(&world.muster(&[]));
    let status = terminal.ended(secs(30));
    assert!(!status.success());
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    let after = raw.rsplit("\u{1b}[?1049l").next().unwrap();
    assert!(after.contains("muster:"), "after the screen:\n{after}");
}

#[test]
fn a_hang_up_ends_it_and_nothing_else() {
    let world = World::new(1);
    let mut daemon = world.serve();
    let mut terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(15), "n1");
    terminal.hang_up();
    terminal.ended(secs(10));
    assert!(daemon.running());
    assert_eq!(world.names(), ["n1"]);
}

#[test]
fn alone_it_starts_servers_that_outlive_it() {
    let world = World::new(2);
    let mut terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(20), "n2");
    assert_eq!(world.names(), ["n1", "n2"], "its servers answer verbs");
    terminal.hang_up();
    terminal.ended(secs(10));
    assert_eq!(world.names(), ["n1", "n2"], "they outlive the terminal");
    assert!(world.run(&["stop"]).status.success());
    until(secs(15), "they stop when told to", || {
        !world.socket().exists()
    });
}
