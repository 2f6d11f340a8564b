//! The text editor: what keys do to a text, what stays as it was, and how it looks.

use muster::api::Language;
use muster::console::syntax::Syntax;
use muster::console::widgets::editor::{Editor, Pos, visible};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::world::look;
use crate::support::keys::keys;
use crate::support::screen::text;

fn typed(editor: &mut Editor, script: &str) {
    for chord in keys(script) {
        assert!(editor.key(chord), "{chord} is no key of an editor");
    }
}

fn on(text: &str) -> Editor {
    Editor::new(text, Syntax::of("etc/hosts.tera", Some(Language::Tera)))
}

fn after(text: &str, script: &str) -> String {
    let mut editor = on(text);
    typed(&mut editor, script);
    editor.text()
}

#[test]
fn keys_type_and_erase_as_everywhere() {
    assert_eq!(after("", "\"one\" enter \"two\""), "one\ntwo");
    assert_eq!(after("one\ntwo\n", "down home backspace"), "onetwo\n");
    assert_eq!(after("one\ntwo\n", "end delete"), "onetwo\n");
    assert_eq!(after("one two", "end ctrl-w"), "one ");
    // Blanks at the beginning of a line go by steps; the next line begins where this one does.
    assert_eq!(after("    a\n", "end enter \"b\""), "    a\n    b\n");
    assert_eq!(after("    a\n    \n", "down end backspace"), "    a\n\n");
    assert_eq!(after("\ta\n", "end enter tab \"b\""), "\ta\n\t\tb\n");
    // At both ends of the text nothing is left to erase.
    assert_eq!(after("a", "backspace end delete"), "a");
}

#[test]
fn the_cursor_goes_by_graphemes_words_and_cells() {
    // A letter with its mark is one step, and so is a family.
    let mut editor = on("e\u{301}x\n👨\u{200d}👩\u{200d}👧y\n");
    typed(&mut editor, "right");
    assert_eq!(editor.cursor(), Pos { row: 0, at: 3 });
    typed(&mut editor, "backspace");
    assert_eq!(editor.text(), "x\n👨\u{200d}👩\u{200d}👧y\n");
    typed(&mut editor, "down home right delete");
    assert_eq!(editor.text(), "x\n👨\u{200d}👩\u{200d}👧\n");
    // Up and down stay in the column of cells: wide letters take two.
    let mut editor = on("漢字漢字\nabcdefgh\n\nabcdefgh\n");
    typed(&mut editor, "right right down");
    assert_eq!(editor.spot(), (2, 5));
    typed(&mut editor, "down down");
    assert_eq!(editor.spot(), (4, 5), "over a line that is too short");
    let mut editor = on("node.name | sh");
    typed(&mut editor, "ctrl-right ctrl-right ctrl-right");
    assert_eq!(editor.spot(), (1, 10));
    typed(&mut editor, "ctrl-left ctrl-left ctrl-left end home");
    assert_eq!(editor.spot(), (1, 1));
    typed(&mut editor, "ctrl-end ctrl-home");
    assert_eq!(editor.spot(), (1, 1));
}

#[test]
fn what_is_not_touched_is_written_back_byte_for_byte() {
    for text in [
        "",
        "\n",
        "a",
        "a\r\nb\r\n",
        "a\r\nb\nc\r\n",
        "a\rb\n\r\n",
        "\u{feff}a\tb\u{1b}[31m\u{0}\u{7f}\n",
        "no end\nat the end",
    ] {
        assert_eq!(on(text).text(), text);
        assert!(on(text).is(text));
        let mut editor = on(text);
        typed(&mut editor, "ctrl-end x");
        assert_eq!(editor.text(), format!("{text}x"));
        assert!(!editor.is(text));
        assert!(editor.undo());
        assert_eq!(editor.text(), text);
    }
    // A new line ends as the others do; so does what is pasted.
    assert_eq!(after("a\r\nb\r\n", "end enter x"), "a\r\nx\r\nb\r\n");
    let mut editor = on("a\r\nb\r\n");
    editor.insert("1\n2\r3\u{1b}[31m\n");
    assert_eq!(editor.text(), "1\r\n2\r\n3[31m\r\na\r\nb\r\n");
}

#[test]
fn changes_are_taken_back_word_by_word_and_done_again() {
    let mut editor = on("start\n");
    typed(&mut editor, "end space \"one\" space \"two\"");
    assert_eq!(editor.text(), "start one two\n");
    let mut seen = Vec::new();
    while editor.undo() {
        seen.push(editor.text());
    }
    assert_eq!(seen, ["start one \n", "start \n", "start\n"]);
    while editor.redo() {}
    assert_eq!(editor.text(), "start one two\n");
    // What is typed after taking back is another branch: there is no way on.
    editor.undo();
    typed(&mut editor, "x");
    assert!(!editor.redo());
    // A paste of many lines is one change; so is rewriting everything.
    let before = editor.text();
    editor.insert("a\nb\nc\n");
    editor.rewrite("other\n");
    assert!(editor.undo() && editor.undo());
    assert_eq!(editor.text(), before);
}

#[test]
fn what_is_selected_is_cut_copied_replaced_and_set_in() {
    let mut editor = on("one\ntwo\nthree\n");
    typed(&mut editor, "shift-down shift-right");
    assert_eq!(editor.cut(), "one\nt");
    assert_eq!(editor.text(), "wo\nthree\n");
    typed(&mut editor, "end");
    assert!(editor.paste());
    assert_eq!(editor.text(), "woone\nt\nthree\n");
    // Without a selection it is the line, and lines are put in as lines.
    typed(&mut editor, "ctrl-home");
    assert_eq!(editor.copy(), "woone\n");
    typed(&mut editor, "down end");
    editor.paste();
    assert_eq!(editor.text(), "woone\nwoone\nt\nthree\n");
    // A mark selects with every move; what is typed takes its place.
    let mut editor = on("one two");
    editor.select();
    typed(&mut editor, "ctrl-right");
    typed(&mut editor, "x");
    assert_eq!(editor.text(), "x two");
    let mut editor = on("a\nb\n\nc\n");
    typed(&mut editor, "shift-down shift-down shift-down tab");
    assert_eq!(editor.text(), "  a\n  b\n\nc\n");
    typed(&mut editor, "backtab");
    assert_eq!(editor.text(), "a\nb\n\nc\n");
    editor.unselect();
    let mut editor = on("rest of it\nnext\n");
    typed(&mut editor, "ctrl-right");
    editor.erase_rest();
    editor.erase_rest();
    assert_eq!(editor.text(), "restnext\n");
}

#[test]
fn a_search_goes_round_and_both_ways() {
    let mut editor = on("Node a\nnode b\nNODE c\n");
    let found = editor.find("node", Pos { row: 0, at: 1 }, false).unwrap();
    assert_eq!((found.from, found.around), (Pos { row: 1, at: 0 }, false));
    let found = editor.find("node", Pos { row: 0, at: 0 }, true).unwrap();
    assert_eq!((found.from, found.around), (Pos { row: 2, at: 0 }, true));
    // A capital letter means itself.
    let found = editor.find("Node", Pos { row: 1, at: 0 }, false).unwrap();
    assert_eq!((found.from, found.around), (Pos { row: 0, at: 0 }, true));
    assert!(editor.find("nowhere", Pos::default(), false).is_none());
    assert!(editor.find("", Pos::default(), false).is_none());
    editor.show(found);
    assert_eq!(
        editor.selection(),
        Some((Pos { row: 0, at: 0 }, Pos { row: 0, at: 4 }))
    );
}

/// What an area shows, without styles.
fn drawn(editor: &Editor, width: u16, height: u16) -> String {
    let look = look("default", muster::console::look::Depth::True, false);
    let ages =
        muster::console::ages::Ages::new(muster::kit::Stamp(0), muster::kit::Zone::default());
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let mut frame = muster::console::frame::Frame::new(&mut buf, &look, &ages);
    let sight = muster::console::widgets::editor::Sight {
        typing: true,
        ..Default::default()
    };
    editor.draw(&mut frame, Rect::new(0, 0, width, height), sight);
    text(&buf)
}

#[test]
fn control_characters_are_shown_and_harm_nothing() {
    assert_eq!(
        visible("a\u{1b}[31mb\u{7f}\u{85}\u{202e}c"),
        "a^[[31mb^?<85><202e>c"
    );
    assert_eq!(visible("\tb"), "→       b");
    let editor = on("a\tb\u{1b}c\r\n漢字x\n");
    assert_eq!(drawn(&editor, 24, 2), " 1  a→      b^[c\n 2  漢字x\n");
}

#[test]
fn a_long_line_scrolls_with_the_cursor() {
    let line: String = ('a'..='z').collect::<String>() + "0123456789";
    let mut editor = on(&format!("{line}\nshort\n"));
    assert_eq!(
        drawn(&editor, 24, 2),
        " 1  abcdefghijklmnopqrs…\n 2  short\n"
    );
    typed(&mut editor, "end");
    let seen = drawn(&editor, 24, 2);
    assert!(seen.starts_with(" 1  …") && seen.contains("6789"), "{seen}");
    typed(&mut editor, "home");
    assert!(
        drawn(&editor, 24, 2).starts_with(" 1  abc"),
        "back at the left"
    );
    // Wide letters are never cut in half.
    let mut editor = on(&"漢".repeat(40));
    typed(&mut editor, "end");
    assert!(drawn(&editor, 25, 1).contains("漢"));
}

#[test]
fn only_what_is_seen_costs() {
    let text: String = (0..10_000)
        .map(|n| format!("{n} {{{{ node.name }}}}\n"))
        .collect();
    let mut editor = on(&text);
    typed(&mut editor, "ctrl-end");
    let seen = drawn(&editor, 40, 3);
    assert_eq!(
        seen,
        " 9999  9998 {{ node.name }}\n10000  9999 {{ node.name }}\n10001\n"
    );
    typed(&mut editor, "pageup pageup");
    assert!(drawn(&editor, 40, 3).contains("9997"));
}
