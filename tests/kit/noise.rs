//! Random words through everything that reads or shows words.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use muster::kit::{Mac, fuzzy, glob, hostlist, natural, suggest, text};

use crate::support::noise::{self, bent, dice, pick, rounds};

#[test]
fn lists_of_names() {
    let seeds: Vec<Vec<u8>> = [
        "n[01-32],rack1",
        "r[1-4]n[001-128]",
        "n[1,3,5-9],n[10-3],login",
        "n[1-65536][1-65536]",
        "n[0-18446744073709551615]",
        "a[[b]],c]",
        "n[1-2][3-4][5-6]-ib",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let mut dice = dice(0x1157);
    let mut read = 0;
    for round in 0..rounds(6_000) {
        let list = match round % 4 {
            0 => noise::text(&mut dice, 40),
            _ => String::from_utf8_lossy(&bent(&mut dice, &seeds)).into_owned(),
        };
        let Ok(names) = hostlist::expand(&list) else {
            continue;
        };
        read += 1;
        assert!(names.len() <= hostlist::LIMIT, "{list}");
        if names.len() > 2000
            || list.contains(['[', ']']) && names.iter().any(|name| name.contains(['[', ']', ',']))
        {
            continue;
        }
        // The short form stands for the same names.
        let short = hostlist::compress(&names);
        let (own, again): (BTreeSet<_>, BTreeSet<_>) = (
            names.into_iter().collect(),
            hostlist::expand(&short).unwrap().into_iter().collect(),
        );
        assert_eq!(own, again, "{list:?} is {short:?}");
    }
    assert!(read > 1000, "{read}");
}

#[test]
fn names_have_one_order() {
    let mut dice = dice(0x0d);
    let word = |dice: &mut crate::support::lossy::Dice| match dice.below(3) {
        0 => noise::text(dice, 8),
        _ => format!(
            "{}{:0width$}{}",
            pick(dice, &["n", "r", "", "N"]),
            dice.below(200),
            pick(dice, &["", "a", "-1", "00"]),
            width = dice.below(5) as usize
        ),
    };
    for _ in 0..rounds(100) {
        // The sort of the standard library ends the program if the order contradicts itself.
        let mut names: Vec<String> = (0..100).map(|_| word(&mut dice)).collect();
        names.sort_by(|a, b| natural::compare(a, b));
        for pair in names.windows(2) {
            assert_ne!(
                natural::compare(&pair[0], &pair[1]),
                Ordering::Greater,
                "{pair:?}"
            );
            assert_eq!(
                natural::compare(&pair[1], &pair[0]),
                natural::compare(&pair[0], &pair[1]).reverse(),
                "{pair:?}"
            );
        }
    }
}

#[test]
fn hardware_addresses() {
    let mut dice = dice(6);
    let seeds: Vec<Vec<u8>> = [
        "52:54:00:12:34:56",
        "52-54-00-12-34-56",
        "525400123456",
        "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:11:22:33",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    for _ in 0..rounds(20_000) {
        let text = String::from_utf8_lossy(&bent(&mut dice, &seeds)).into_owned();
        if let Ok(mac) = text.parse::<Mac>() {
            assert_eq!(mac.to_string().parse(), Ok(mac), "{text}");
            assert_eq!(mac.hyphenated().parse(), Ok(mac), "{text}");
        }
    }
}

#[test]
fn texts_for_terminals() {
    let mut dice = dice(80);
    for _ in 0..rounds(6_000) {
        let wild = noise::text(&mut dice, 60);
        let safe = text::sanitise(&wild);
        assert!(
            !safe.contains(|c: char| c.is_control() || "\u{202e}\u{200b}".contains(c)),
            "{wild:?}"
        );
        assert_eq!(text::sanitise(&safe), safe, "{wild:?}");
        let cells = dice.below(30) as usize;
        assert!(
            text::width(text::fit(&safe, cells)) <= cells,
            "{safe:?} in {cells}"
        );
        assert!(
            text::width(&text::clip(&safe, cells)) <= cells,
            "{safe:?} in {cells}"
        );
        assert!(
            text::width(&text::pad(&safe, cells)) >= cells.min(text::width(&safe)),
            "{safe:?} in {cells}"
        );
        if cells > 2 {
            assert!(
                text::wrap(&safe, cells)
                    .iter()
                    .all(|line| text::width(line) <= cells),
                "{safe:?} in {cells}"
            );
        }
        let pattern = noise::text(&mut dice, 12);
        let _ = glob::matches(&pattern, &wild);
        assert!(glob::matches("*", &wild));
        let _ = fuzzy::abbreviates(&pattern, &wild);
        let _ = suggest::nearest(&wild, ["image name", "init", "profiles"]);
    }
}
