//! The query language on a small table.

use std::time::Duration;

use muster::model::query::{Query, Row, Word, complete};

struct Machine {
    name: &'static str,
    values: &'static [(Word, &'static str)],
    age: u64,
}

impl Row for Machine {
    fn any(&self, word: Word, each: &mut dyn FnMut(&str) -> bool) -> bool {
        if word == Word::Name && each(self.name) {
            return true;
        }
        self.values
            .iter()
            .any(|(of, value)| *of == word && each(value))
    }

    fn age(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.age))
    }
}

const MACHINES: &[Machine] = &[
    Machine {
        name: "n0417",
        values: &[
            (Word::Rack, "r07"),
            (Word::State, "failed"),
            (Word::Image, "rocky9-gpu"),
            (Word::Tag, "role=gpu"),
            (Word::Ip, "10.0.4.17"),
        ],
        age: 300,
    },
    Machine {
        name: "n0420",
        values: &[
            (Word::Rack, "r07"),
            (Word::State, "up"),
            (Word::Image, "rocky9"),
            (Word::Profile, "compute"),
        ],
        age: 30,
    },
    Machine {
        name: "login1",
        values: &[
            (Word::Rack, "r01"),
            (Word::State, "up"),
            (Word::Tag, "login"),
            (Word::Comment, "The front door"),
        ],
        age: 90_000,
    },
];

#[test]
fn every_kind_of_term_finds_its_rows() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["n0417", "n0420", "login1"]),
        ("rack:r07", &["n0417", "n0420"]),
        ("rack:r07 state:failed", &["n0417"]),
        ("rack:r01,r07 !state:failed", &["n0420", "login1"]),
        ("image:rocky9*", &["n0417", "n0420"]),
        ("image:rocky9", &["n0420"]),
        ("!tag:login", &["n0417", "n0420"]),
        ("tag:role=gpu", &["n0417"]),
        ("tag:role:gpu", &["n0417"]),
        ("tag:role", &["n0417"]),
        ("age>2m", &["n0417", "login1"]),
        ("age<2m", &["n0420"]),
        ("!age>1d", &["n0417", "n0420"]),
        ("n[0400-0499]", &["n0417", "n0420"]),
        ("!n[0400-0418]", &["n0420", "login1"]),
        ("name:n[0417,0420]", &["n0417", "n0420"]),
        ("n417", &["n0417"]),
        ("N042", &["n0420"]),
        ("door", &["login1"]),
        ("comment:front", &["login1"]),
        ("10.0.4", &["n0417"]),
        ("n04??", &["n0417", "n0420"]),
        ("RACK:R07 compute", &["n0420"]),
        ("age", &[]),
        ("nothing", &[]),
    ];
    for (text, names) in cases {
        let query = Query::parse(text).unwrap();
        let found: Vec<_> = MACHINES
            .iter()
            .filter(|m| query.matches(*m))
            .map(|m| m.name)
            .collect();
        assert_eq!(found, *names, "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_told_with_its_column() {
    for (text, column, part) in [
        ("rack:r07 stat:up", 10, "did you mean `state`?"),
        ("x !colour:red", 4, "known are name, rack"),
        ("age>soon", 5, "90s"),
        ("age:2m", 1, "age>2m"),
        ("é rack:", 8, "value"),
        ("n[1", 2, "bracket"),
        ("n[0-99999]", 1, "65536"),
        ("!", 2, "alone"),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.what.contains(part), "{text}: {error}");
    }
}

#[test]
fn completion_offers_words_then_values() {
    let values = |word: Word| match word {
        Word::Rack => vec!["r01".to_owned(), "r07".to_owned()],
        Word::Name => vec!["n0417".to_owned(), "rx".to_owned()],
        _ => Vec::new(),
    };
    let offer = |text: &str| {
        let offer = complete(text, &values);
        (offer.start, offer.items)
    };
    let all = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(offer("state:up r"), (9, all(&["rack:", "rx"])));
    assert_eq!(offer("!rack:r0"), (6, all(&["r01", "r07"])));
    assert_eq!(offer("rack:r01,r07"), (9, all(&["r07"])));
    assert_eq!(offer("a"), (0, all(&["age>"])));
    assert_eq!(offer("colour:r").1, all(&[]));
}
