//! Pictures for the README, from the real console: `MUSTER_SHOTS=1 cargo test --test main console::shots` rewrites them.

use std::path::PathBuf;

use muster::api::Reply;
use muster::console::look::Depth;

use super::world::{Desk, detail, look, verdict};
use crate::support::screen::svg;

/// The pictures: name, and the desk as it is then.
fn pictures() -> Vec<(&'static str, Desk, bool)> {
    let desk = |script: &str| {
        let mut desk = Desk::new((120, 36));
        desk.press(script);
        desk
    };
    let mut board = desk("G");
    while !board.text().contains("▌r24") {
        board.press("k");
    }
    board.press("enter");
    let mut why = desk("tab j j j");
    why.press("x");
    why.answer(Reply::Why(Box::new(verdict())));
    let mut node = desk("2 F j enter");
    node.answer(Reply::Node(Box::new(detail())));
    node.press("j j");
    let mut light = desk("");
    light.app.start.look = look("light", Depth::True, false);
    let mut small = Desk::new((80, 24));
    small.press("tab");
    vec![
        ("board", board, false),
        ("tiles", desk("+"), false),
        ("nodes", desk("2 o j j"), false),
        ("node", node, false),
        ("why", why, false),
        ("palette", desk(": \"n417\""), false),
        ("events", desk("7 j"), false),
        ("light", light, true),
        ("small", small, false),
    ]
}

#[test]
fn pictures_come_from_the_real_console() {
    let write = std::env::var_os("MUSTER_SHOTS").is_some_and(|value| value == "1");
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for (name, mut desk, light) in pictures() {
        let picture = svg(&desk.draw().0, light);
        assert!(
            picture.ends_with("</svg>\n") && picture.matches("<text").count() > 100,
            "{name}"
        );
        if write {
            std::fs::write(folder.join(format!("{name}.svg")), picture).unwrap();
        }
    }
}
