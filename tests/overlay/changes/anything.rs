//! Whatever is done to an overlay, taking all of it back leaves what was there, to the bit.

use std::fs;

use muster::api::{OverlayCommand, OverlayReply, OverlayStep};
use proptest::prelude::*;

use super::{Site, link, mkdir, mode, owner, relocate, remove, root, write};

const PATHS: [&str; 10] = [
    "a", "b", "d", "d/a", "d/b", "d/e", "d/e/f", "g/h/i", "a.tera", "d/x.ww",
];

fn step() -> impl Strategy<Value = OverlayStep> {
    let path = || prop::sample::select(&PATHS[..]);
    let number = || if root() { 0u32..4 } else { 0u32..1 };
    prop_oneof![
        4 => (path(), "[a-c\n]{0,8}").prop_map(|(path, text)| write(path, &text)),
        1 => (path(), "[\\PC\n]{0,20}").prop_map(|(path, text)| write(path, &text)),
        2 => path().prop_map(mkdir),
        2 => (path(), "[a-z/]{1,9}").prop_map(|(path, to)| link(path, &to)),
        2 => (path(), 0u32..0o10000).prop_map(|(path, bits)| mode(path, bits | 0o700)),
        1 => (path(), number(), number()).prop_map(|(path, uid, gid)| {
            if root() { owner(path, uid, gid) } else { mkdir(path) }
        }),
        2 => (path(), path()).prop_map(|(path, to)| relocate(path, to)),
        3 => path().prop_map(remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, .. ProptestConfig::default() })]

    #[test]
    fn all_that_was_done_is_taken_back(
        name in prop::sample::select(&["gpu", "hosts"][..]),
        changes in prop::collection::vec(prop::collection::vec(step(), 1..4), 1..12),
    ) {
        let site = Site::new();
        fs::create_dir_all(site.folder()).unwrap();
        let before = site.tree();
        if name == "gpu" {
            site.does(name, vec![OverlayStep::Create]);
        }
        for steps in changes {
            let reply = site.ask(OverlayCommand::Change {
                name: name.into(),
                steps,
                base: None,
                force: true,
                note: None,
                dry: false,
                by: "ana".into(),
            });
            prop_assert!(matches!(reply, OverlayReply::Change(_) | OverlayReply::Faulty(_)));
        }
        let done = site.log().len();
        for _ in 0..done {
            let undone = site.undo(None);
            prop_assert!(matches!(undone, OverlayReply::Change(_)), "{:?}", undone);
        }
        prop_assert_eq!(site.tree(), before);
        prop_assert_eq!(site.log().len(), done * 2);
    }
}
