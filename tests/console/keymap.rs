//! The action table and what is derived from it.

use std::collections::HashMap;

use muster::console::keys::{ACTIONS, Act, Action, Chord, Context, Keymap, KeymapError};

use super::world::Desk;

#[test]
fn every_action_is_documented_and_reachable() {
    for row in ACTIONS {
        assert!(row.doc.len() > 1 && !row.doc.ends_with('.'), "{}", row.name);
        assert_eq!(Action::of(row.id).name, row.name);
        let reachable = Context::ALL.iter().any(|context| row.heard_in(*context));
        assert!(reachable, "{}", row.name);
        // Without a key it must at least be in the palette, which offers what screens hear.
        let in_palette = [Context::Board, Context::Nodes]
            .iter()
            .any(|screen| row.heard_in(*screen));
        assert!(!row.keys.is_empty() || in_palette, "{}", row.name);
        assert!(
            row.keys.iter().all(|key| Chord::parse(key).is_some()),
            "{}",
            row.name
        );
    }
}

#[test]
fn no_key_means_two_things_in_one_place() {
    for context in Context::ALL {
        let mut taken: HashMap<Chord, &str> = HashMap::new();
        for row in ACTIONS.iter().filter(|row| row.heard_in(context)) {
            for key in row.keys {
                if let Some(other) = taken.insert(Chord::parse(key).unwrap(), row.name) {
                    panic!("{key} is {other} and {} in {context:?}", row.name);
                }
            }
        }
    }
}

#[test]
fn no_key_is_one_that_terminals_or_tmux_keep() {
    let kept = [
        "ctrl-a", "ctrl-b", "ctrl-s", "ctrl-q", "ctrl-h", "ctrl-i", "ctrl-m", "ctrl-[",
    ];
    for row in ACTIONS {
        assert!(
            row.keys.iter().all(|key| !kept.contains(key)),
            "{}",
            row.name
        );
    }
}

#[test]
fn nothing_that_changes_anything_lies_on_ctrl_or_delete() {
    for row in ACTIONS
        .iter()
        .filter(|row| row.harm > muster::console::keys::Harm::Look)
    {
        let safe = |key: &&str| !key.starts_with("ctrl-") && !["delete", "backspace"].contains(key);
        assert!(row.keys.iter().all(safe), "{}", row.name);
    }
}

#[test]
fn help_lists_every_key_of_every_screen() {
    for (script, context) in [
        ("1", Context::Board),
        ("2", Context::Nodes),
        ("3", Context::Profiles),
        ("7", Context::Events),
        ("8", Context::Settings),
    ] {
        let mut desk = Desk::new((120, 90));
        let text = desk.press(script).press("?").text();
        for row in ACTIONS.iter().filter(|row| row.heard_in(context)) {
            let doc: String = row.doc.chars().take(60).collect();
            assert!(
                text.contains(&doc),
                "{} is not in the help of {context:?}:\n{text}",
                row.name
            );
            for key in row.keys {
                let shown = Chord::parse(key).unwrap().to_string();
                assert!(
                    text.contains(&shown),
                    "{shown} is not in the help of {context:?}"
                );
            }
        }
    }
}

#[test]
fn letters_are_text_where_text_is_typed() {
    let map = Keymap::default();
    for letter in ['q', 'j', ':', '?', 'x', ' '] {
        let chord = Chord::parse(if letter == ' ' { "space" } else { "x" }).unwrap();
        assert_eq!(map.route(Context::Filter, chord), None);
        let chord = Chord::parse(&letter.to_string()).unwrap();
        assert_eq!(map.route(Context::Palette, chord), None);
    }
    let esc = Chord::parse("esc").unwrap();
    assert_eq!(map.route(Context::Filter, esc), Some(Act::Cancel));
}

#[test]
fn a_keymap_of_ones_own() {
    let map = Keymap::with("filter: [ctrl-f]\nopen: [enter, o]\n").unwrap();
    let route = |key: &str| map.route(Context::Settings, Chord::parse(key).unwrap());
    assert_eq!(route("ctrl-f"), Some(Act::Filter));
    assert_eq!(route("/"), None);
    assert_eq!(route("o"), Some(Act::Open));
    assert_eq!(
        Keymap::with("fly: [x]").unwrap_err(),
        KeymapError::Action("fly".into())
    );
    assert_eq!(
        Keymap::with("open: [super-x]").unwrap_err(),
        KeymapError::Key("super-x".into())
    );
    assert!(matches!(
        Keymap::with("- x").unwrap_err(),
        KeymapError::Text(_)
    ));
}
