//! What goes to the terminal and what comes from it.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use muster::console::app::Msg;
use muster::console::keys::Chord;
use muster::console::term::{Screen, clipboard, heard};
use muster::console::view::view;

use super::world::Desk;
use crate::support::screen::text;

/// What a terminal shows after some bytes.
fn shows(terminal: &vt100::Parser, rows: u16, cols: u16) -> String {
    let mut out = String::new();
    for row in terminal.screen().rows(0, cols).take(usize::from(rows)) {
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn frames_are_one_synchronised_piece_and_add_up_to_the_screen() {
    let mut desk = Desk::new((120, 36));
    let mut screen = Screen::new(120, 36);
    let mut terminal = vt100::Parser::new(36, 120, 0);
    terminal.process("old text that must go\r\n".repeat(36).as_bytes());
    for script in [
        "1", "tab", "2", "j", "G", "/", "\"r07\"", "enter", "?", "esc", "7", "1", "+",
    ] {
        desk.press(script);
        view(&desk.app, screen.canvas());
        let bytes = screen.frame().unwrap();
        if !bytes.is_empty() {
            assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
            assert!(
                !bytes.windows(4).any(|four| four == b"\x1b[2J"),
                "clearing flickers"
            );
        }
        terminal.process(&bytes);
        assert_eq!(
            shows(&terminal, 36, 120),
            text(screen.shown()),
            "after {script}"
        );
    }
}

#[test]
fn a_frame_that_changes_nothing_is_no_bytes() {
    let mut desk = Desk::new((120, 36));
    let mut screen = Screen::new(120, 36);
    let mut frame = |desk: &Desk| {
        view(&desk.app, screen.canvas());
        screen.frame().unwrap()
    };
    assert!(frame(&desk).len() > 3_000);
    assert!(frame(&desk).is_empty());
    desk.press("j");
    let step = frame(&desk).len();
    assert!(
        step > 0 && step < 2_000,
        "a step of the cursor costs {step} bytes"
    );
}

#[test]
fn keys_that_terminals_send() {
    let key = |code, modifiers| heard(Event::Key(KeyEvent::new(code, modifiers)));
    let chord = |msg: Option<Msg>| match msg {
        Some(Msg::Key(chord)) => Some(chord),
        _ => None,
    };
    assert_eq!(
        chord(key(KeyCode::Char('G'), KeyModifiers::SHIFT)),
        Chord::parse("G")
    );
    assert_eq!(
        chord(key(KeyCode::Char('d'), KeyModifiers::CONTROL)),
        Chord::parse("ctrl-d")
    );
    assert_eq!(
        chord(key(KeyCode::Enter, KeyModifiers::NONE)),
        Chord::parse("enter")
    );
    // Alt is an Esc prefix on the wire: whatever it is, it is not the plain letter.
    assert!(key(KeyCode::Char('q'), KeyModifiers::ALT).is_none());
    assert!(key(KeyCode::CapsLock, KeyModifiers::NONE).is_none());
    assert!(heard(Event::FocusGained).is_none());
}

#[test]
fn copying_goes_through_the_terminal() {
    assert_eq!(
        clipboard::copy("n0417", false).unwrap(),
        b"\x1b]52;c;bjA0MTc=\x07"
    );
    assert_eq!(clipboard::copy("ab", false).unwrap(), b"\x1b]52;c;YWI=\x07");
    let tmux = clipboard::copy("abc", true).unwrap();
    assert!(tmux.starts_with(b"\x1bPtmux;\x1b\x1b]52;c;YWJj\x07\x1b\\"));
    assert!(clipboard::copy(&"x".repeat(100_000), false).is_none());
}
