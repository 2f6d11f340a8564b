//! What goes to the terminal and what comes from it.

use muster::console::app::{Mouse, Msg};
use muster::console::term::{Keyboard, Screen, clipboard};
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

/// What a message means, in words.
fn said(msgs: &[Msg]) -> Vec<String> {
    let word = |msg: &Msg| match msg {
        Msg::Key(chord) => chord.to_string(),
        Msg::Paste(text) => format!("paste {text}"),
        Msg::Mouse(Mouse::Click(x, y)) => format!("click {x} {y}"),
        Msg::Mouse(Mouse::Wheel(x, y, by)) => format!("wheel {x} {y} {by}"),
        other => panic!("{other:?}"),
    };
    msgs.iter().map(word).collect()
}

/// Bytes as terminals send them, and what they mean.
const SENT: [(&[u8], &[&str]); 29] = [
    (b"jG:/", &["j", "G", ":", "/"]),
    ("é€😀".as_bytes(), &["é", "€", "😀"]),
    (b"\r\t\x7f\x08 ", &["⏎", "Tab", "Bksp", "Bksp", "␣"]),
    (b"\x04\x03\x1a", &["ctrl-d", "ctrl-c", "ctrl-z"]),
    (b"\x1b[A\x1b[B\x1b[C\x1b[D", &["↑", "↓", "→", "←"]),
    (b"\x1bOA\x1bOB\x1bOH\x1bOF", &["↑", "↓", "Home", "End"]),
    (
        b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~",
        &["Home", "End", "Home", "End", "Home", "End"],
    ),
    (
        b"\x1b[5~\x1b[6~\x1b[3~\x1b[2~",
        &["PgUp", "PgDn", "Del", "Ins"],
    ),
    (b"\x1b[Z", &["shift-Tab"]),
    (
        b"\x1bOP\x1b[11~\x1b[[A\x1b[15~\x1b[[E",
        &["F1", "F1", "F1", "F5", "F5"],
    ),
    (b"\x1b[1;5A\x1b[1;2B", &["ctrl-↑", "shift-↓"]),
    // Over a bad line Esc and the next key come together.
    (b"\x1bq\x1b\xc3\xa9x", &["Esc", "q", "Esc", "é", "x"]),
    (b"\x1b[1;3Ax", &["x"]),
    (b"\x1b\x1bq", &["Esc", "Esc", "q"]),
    (b"\x1b\x1b[A", &["Esc", "↑"]),
    (b"\x1b[<0;10;5M\x1b[<0;10;5m", &["click 9 4"]),
    (
        b"\x1b[<64;10;5M\x1b[<65;1;1M",
        &["wheel 9 4 -3", "wheel 0 0 3"],
    ),
    // Other buttons, drags, motion; a place that is none.
    (
        b"\x1b[<2;10;5M\x1b[<32;10;5M\x1b[<35;1;1M\x1b[<0;0;0Mx",
        &["x"],
    ),
    (b"\x1b[200~q\nL: stop\x1b[201~j", &["paste q\nL: stop", "j"]),
    (b"\x1b[200~\x1b[A\x1b[201~", &["paste \x1b[A"]),
    // Answers to questions that were asked by others, and focus: never keys.
    (b"\x1b[?62;22cx", &["x"]),
    (b"\x1b[24;80Rx", &["x"]),
    (b"\x1b[I\x1b[Ox", &["x"]),
    (b"\x1b]11;rgb:1414/1818/1f1f\x07x", &["x"]),
    (b"\x1bP>|tmux 3.3a\x1b\\x", &["x"]),
    (b"\x1b_Gi=31;OK\x1b\\x", &["x"]),
    (b"\x1b[M !!x", &["x"]),
    // Bytes that are no text; a sequence that another one breaks off.
    (b"\xff\xc3x\x00\x1fy", &["x", "ctrl-␣", "y"]),
    (b"\x1b[1;\x1b[Ax", &["↑", "x"]),
];

#[test]
fn keys_that_terminals_send() {
    for (bytes, means) in SENT {
        assert_eq!(
            said(&Keyboard::default().feed(bytes)),
            means,
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
        // It makes no difference in how many pieces they arrive.
        let mut keyboard = Keyboard::default();
        let single: Vec<Msg> = bytes
            .iter()
            .flat_map(|byte| keyboard.feed(&[*byte]))
            .collect();
        assert_eq!(said(&single), means);
        assert!(!keyboard.waits());
    }
}

#[test]
fn a_lone_esc_is_a_key_once_nothing_follows() {
    let mut keyboard = Keyboard::default();
    assert!(keyboard.feed(b"\x1b").is_empty() && keyboard.waits());
    let esc: Vec<Msg> = keyboard.idle().into_iter().collect();
    assert_eq!(said(&esc), ["Esc"]);
    assert!(!keyboard.waits() && keyboard.idle().is_none());
    // A beginning that is never ended is no key, and does not swallow what comes later.
    assert!(keyboard.feed(b"\x1b[1;5").is_empty());
    assert!(keyboard.idle().is_none());
    assert_eq!(said(&keyboard.feed(b"j")), ["j"]);
}

#[test]
fn a_paste_whose_end_is_lost_ends_by_itself() {
    let mut keyboard = Keyboard::default();
    assert!(keyboard.feed(b"\x1b[200~half of it").is_empty());
    let ended: Vec<Msg> = (0..20).filter_map(|_| keyboard.idle()).collect();
    assert_eq!(said(&ended), ["paste half of it"]);
    assert_eq!(said(&keyboard.feed(b"j")), ["j"]);
}

#[test]
fn noise_on_the_line_neither_panics_nor_piles_up() {
    let mut seed = 11u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as u8
    };
    let alphabet = b"\x1b[<O]P;019~Mm\x07\\ABRuqj\xc3\xa9\xff\x00";
    let mut keyboard = Keyboard::default();
    for turn in 0..60_000 {
        let byte = match next() {
            few @ 0..200 => alphabet[usize::from(few) % alphabet.len()],
            _ => next(),
        };
        keyboard.feed(&[byte]);
        if turn % 977 == 0 {
            keyboard.idle();
        }
    }
    // A paste that never ends is kept in bounds, and ends when its end comes.
    let mut keyboard = Keyboard::default();
    keyboard.feed(b"\x1b[200~");
    for _ in 0..110 {
        assert!(keyboard.feed(&[b'x'; 10_000]).is_empty());
    }
    match keyboard.feed(b"\x1b[201~").as_slice() {
        [Msg::Paste(text)] => assert!(text.len() == 1 << 20),
        other => panic!("{other:?}"),
    }
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
