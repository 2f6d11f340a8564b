//! Two people on one daemon who edit the same: the second is told, sees both values and chooses.

use std::fs;

use super::terminal::Terminal;
use super::world::{World, secs};

/// A console with the comment of n1 under its line.
fn editing(world: &World, typed: &str) -> Terminal {
    let terminal = Terminal::run(&world.muster(&[]));
    terminal.shows(secs(20), "n1");
    terminal.press(":n1\r");
    terminal.shows(secs(15), "Fields");
    terminal.press("i");
    terminal.shows(secs(15), "a field of n1");
    terminal.press("comment\r");
    terminal.shows(secs(15), "comment of n1");
    terminal.shows(secs(15), "no value of its own");
    terminal.press(typed);
    terminal.shows(secs(15), typed);
    terminal
}

/// What `nodes.conf` says of comments.
fn comments(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("comment: "));
    lines.map(str::to_owned).collect()
}

/// The second one has pressed Enter over what the first one has saved.
fn clashed(world: &World) -> (Terminal, Terminal) {
    let first = editing(world, "from-one");
    let second = editing(world, "from-two");
    first.press("\r");
    // The box is there before the answer is; only then Enter does it.
    first.shows(secs(15), "save comment of n1?");
    first.shows(secs(15), "+ from-one");
    first.press("\r");
    first.shows(secs(15), "saved r");
    second.shows(
        secs(15),
        "somebody changed it while you type: it says `from-one` now",
    );
    second.press("\r");
    second.shows(secs(15), "somebody else was there");
    second.shows(secs(15), "theirs: from-one");
    second.shows(secs(15), "ours: from-two");
    (first, second)
}

#[test]
fn of_two_consoles_the_second_may_leave_theirs() {
    let world = World::new(1);
    let _daemon = world.serve();
    let (_first, second) = clashed(&world);
    second.press("t");
    second.shows(secs(15), "left at theirs");
    assert_eq!(comments(&world), ["from-one"]);
}

#[test]
fn of_two_consoles_the_second_may_insist() {
    let world = World::new(1);
    let _daemon = world.serve();
    let (first, second) = clashed(&world);
    second.press("o");
    second.shows(secs(15), "+ from-two");
    second.press("\r");
    second.shows(secs(15), "saved r");
    first.shows(secs(15), "from-two");
    assert_eq!(comments(&world), ["from-two"]);
}

#[test]
fn of_two_consoles_the_second_may_edit_with_both_in_sight() {
    let world = World::new(1);
    let _daemon = world.serve();
    let (first, second) = clashed(&world);
    second.press("e");
    second.shows(secs(15), "made it `from-one` in r");
    second.press("-and-one\r");
    second.shows(secs(15), "- from-one");
    second.shows(secs(15), "+ from-two-and-one");
    second.press("\r");
    second.shows(secs(15), "saved r");
    first.shows(secs(15), "from-two-and-one");
    assert_eq!(comments(&world), ["from-two-and-one"]);
}

#[test]
fn a_hand_edit_of_the_same_is_shown_too() {
    let world = World::new(1);
    let _daemon = world.serve();
    let console = editing(&world, "from-me");
    let text = fs::read_to_string(world.conf("nodes.conf")).unwrap();
    world.write_registry(&text.replace("  n1:\n", "  n1:\n    comment: by-hand\n"));
    console.shows(secs(20), "it says `by-hand` now");
    console.press("\r");
    console.shows(secs(15), "theirs: by-hand");
    console.shows(secs(15), "by hand");
    console.press("o");
    console.shows(secs(15), "+ from-me");
    console.press("\r");
    console.shows(secs(15), "saved r");
    assert_eq!(comments(&world), ["from-me"]);
}

#[test]
fn two_who_change_the_same_setting_clash_too() {
    let world = World::new(1);
    let _daemon = world.serve();
    let open = |typed: &str| {
        let terminal = Terminal::run(&world.muster(&[]));
        terminal.shows(secs(20), "n1");
        terminal.press("8");
        terminal.shows(secs(15), "muster.conf is in force");
        terminal.press("/lease\r");
        terminal.shows(secs(15), "all sections");
        terminal.press("e");
        terminal.shows(secs(15), "dhcp.lease of muster.conf");
        terminal.shows(secs(15), "this is the default");
        terminal.press("\u{15}");
        terminal.press(typed);
        terminal.shows(secs(15), typed);
        terminal
    };
    let (first, second) = (open("3h"), open("5h"));
    first.press("\r");
    first.shows(secs(15), "save dhcp.lease of muster.conf?");
    first.shows(secs(15), "+ 3h");
    first.press("\r");
    first.shows(secs(15), "saved r");
    second.shows(secs(15), "it says `3h` now");
    second.press("\r");
    second.shows(secs(15), "theirs: 3h");
    second.press("e");
    second.press("\u{15}4h\r");
    second.shows(secs(15), "+ 4h");
    second.press("\r");
    second.shows(secs(15), "saved r");
    first.shows(secs(15), "4h");
    let conf = fs::read_to_string(world.conf("muster.conf")).unwrap();
    assert!(conf.contains("lease: 4h"), "{conf}");
}
