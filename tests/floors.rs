//! The rules of the house, read from the source text. A broken rule is reported as `file:line: rule`, all of them at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "floors/house.rs"]
mod house;
#[path = "floors/proof.rs"]
mod proof;
#[path = "floors/rules.rs"]
mod rules;
#[path = "floors/sight.rs"]
mod sight;
#[path = "floors/text.rs"]
mod text;
#[path = "floors/tree.rs"]
mod tree;

use text::Source;

/// Ends the test with every breach, one a line.
fn report(rule: &str, breaches: Vec<String>) {
    assert!(
        breaches.is_empty(),
        "\n{rule}: {} breach{}\n  {}\n",
        breaches.len(),
        if breaches.len() == 1 { "" } else { "es" },
        breaches.join("\n  ")
    );
}

/// What `rule` finds in every source file.
fn in_sources(rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    let sources = tree::sources();
    assert!(
        sources.len() > 20,
        "src/ was not found: {} files read",
        sources.len()
    );
    sources.iter().flat_map(rule).collect()
}

#[test]
fn every_folder_sees_only_what_the_table_allows() {
    report("a floor looks down", in_sources(sight::breaches));
}

#[test]
fn the_console_and_the_daemon_never_see_each_other() {
    for (folder, sees) in house::SIGHTS {
        let other = match *folder {
            "console" => "daemon",
            "daemon" => "console",
            _ => continue,
        };
        assert!(
            !sees.contains(&other),
            "the table lets {folder} see {other}"
        );
    }
    report("floors face each other", house::table_breaches());
}

#[test]
fn every_folder_of_src_is_in_the_table_and_has_a_front_door() {
    report("folders", tree::folder_breaches());
}

#[test]
fn every_file_says_first_what_it_holds() {
    report("opening comment", in_sources(rules::opening));
}

#[test]
fn files_are_small() {
    report("file size", in_sources(rules::file_size));
}

#[test]
fn functions_are_short() {
    report("function size", in_sources(rules::function_size));
}

#[test]
fn inline_tests_are_short() {
    report("inline tests", in_sources(rules::inline_tests));
}

#[test]
fn nothing_panics_or_prints() {
    report("no way out but errors", in_sources(rules::panics));
}

#[test]
fn decisions_do_no_input_or_output() {
    report(
        "decisions take everything as arguments",
        in_sources(rules::hands),
    );
}

#[test]
fn the_clock_is_read_in_one_place() {
    report("one clock", in_sources(rules::clocks));
}

#[test]
fn names_say_what_is_inside() {
    report("grab-bag names", in_sources(rules::names));
}

#[test]
fn the_tree_holds_no_loose_ends() {
    report("loose ends", tree::word_breaches());
}

#[test]
fn the_top_of_the_house_is_what_the_design_says() {
    report("top level", tree::top_breaches());
}

#[test]
fn only_screenshots_are_binary() {
    report("binary files", tree::binary_breaches());
}
