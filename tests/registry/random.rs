//! Any edit of any registry: the text says afterwards what was meant, nothing else changes, and the way back leads to the byte
//! where it began.

use std::collections::BTreeMap;

use muster::model::{Edit, File, Key, Place, Table, Value};
use muster::registry::{Draft, Registry, Tip, apply, back};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::registry;

const KEYS: [&str; 16] = [
    "image",
    "comment",
    "init",
    "cluster",
    "kernel.version",
    "ipmi.username",
    "ipmi.password",
    "net.eno1.device",
    "net.eno1.mtu",
    "net.ib0.device",
    "net.ib0.tags.DNS1",
    "tags.rack",
    "tags.a b",
    "disks./dev/sda.partitions.root.size_mib",
    "disks./dev/sda.wipe_table",
    "filesystems./dev/sdb.path",
];

/// One entry in one of the ways in which people write them; `@` stands for the indent below its name, `%` for its number.
const BODIES: [&str; 14] = [
    " {}",
    "   # nothing yet",
    " {comment: x, tags: {rack: r1, row: \"2\"}}   # in braces",
    "\n@init: /sbin/init   # first\n@tags:\n@  rack: 'it''s'\n@  # about row\n@  row: \"b\"",
    "\n@comment: |\n@  one\n\n@  # two\n@image name: big",
    "\n@kernel:\n@    version: 6.1\n@    args:\n@    - quiet   # hush\n@    # why\n@    - \"a b\"",
    "\n@kernel: {args: [quiet, 'x'], version: \"6.1\"}\n@network devices:\n@  eno1: {device: eno1}",
    "\n@network devices:\n@  eno1:\n@    device: eno1\n\n@    mtu: \"1500\"   # bytes\n@  ib0:\n@    device: ib0",
    "\n@# alone\n@ipmi:\n@  username: admin\n@  password: \"s#cret\"",
    "\n@comment: x\t# behind a tab\n@# a\ttab in a comment\n@tags:\t# and here\n@  rack: r1   \t",
    "\n@network devices:\n@  eno1: &boot%\n@    device: eno1\n@    mtu: \"1500\"   # said once\n@  ib0:\n@    <<: *boot%\n@    device: ib0",
    "\n@ipmi: &bmc% {username: admin, password: x}\n@tags: {rack: r1}   # ]}",
    "\n@\"comment\": 'it''s #1'\n@'tags':\n@  \"a b\": >-\n@    folded\n@    text\n@  row: \"b\"",
    "\n@resources:\n@  fstab:\n@    - {spec: a, file: /b}\n@comment: \"two\\nlines\"",
];

/// How editors of different systems dress the same text.
#[derive(Debug, Clone, Copy)]
struct Dress {
    /// A byte order mark before it.
    mark: bool,
    /// Lines that end as on other systems.
    returns: bool,
    /// No end of the last line.
    open: bool,
}

impl Dress {
    fn over(self, text: &str) -> String {
        let text = if self.open { text.trim_end() } else { text };
        let text = if self.returns {
            text.replace('\n', "\r\n")
        } else {
            text.to_owned()
        };
        if self.mark {
            format!("\u{feff}{text}")
        } else {
            text
        }
    }
}

fn dress() -> impl Strategy<Value = Dress> {
    (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(mark, returns, open)| Dress {
            mark,
            returns,
            open,
        })
}

fn text_of(indent: usize, entries: &[(usize, &str)], profiles: bool) -> String {
    let mut text = String::from("# site\n");
    if profiles {
        text.push_str("nodeprofiles:\n  base:\n    init: /x   # all\n");
    }
    text.push_str("nodes:   # ours\n");
    for (at, (body, noise)) in entries.iter().enumerate() {
        let pad = " ".repeat(indent);
        let body = BODIES[*body].replace('@', &" ".repeat(indent + 2));
        let body = body.replace('%', &at.to_string());
        text.push_str(&format!("{noise}{pad}n{at}:{body}\n"));
    }
    text.push_str("# end\n");
    text
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = || (0usize..6).prop_map(|at| Place::node(&format!("n{at}")));
    let key = || select(KEYS.to_vec()).prop_map(std::sync::Arc::<str>::from);
    let word = prop_oneof![
        select(vec![
            "", "x", "yes", "0x10", "1e3", "- a", "a: b", "#c", "~", "it's", "\"q\"", "{", "é ß",
            " pad ", "12:30:45", "1500", "true", "null"
        ])
        .prop_map(str::to_owned),
        "[ -~äλ]{0,12}",
    ];
    let value = prop_oneof![
        3 => word.clone().prop_map(|text| Value::Text(text.into())),
        1 => prop::collection::vec(word, 0..4).prop_map(|items| Value::List(items.into_iter().map(Into::into).collect())),
    ];
    prop_oneof![
        6 => (place(), key(), value.clone()).prop_map(|(place, key, value)| Edit::Set { place, key, value }),
        2 => (place(), value).prop_map(|(place, value)| Edit::Set { place, key: "kernel.args".into(), value }),
        3 => (place(), key()).prop_map(|(place, key)| Edit::Unset { place, key }),
        1 => (place(), select(vec!["net.eno1", "tags", "kernel", "ipmi", "disks./dev/sda"])).prop_map(|(place, key)| Edit::Drop { place, key: key.into() }),
        1 => (5usize..9).prop_map(|at| Edit::Add { place: Place::node(&format!("n{at}")) }),
        1 => place().prop_map(|place| Edit::Remove { place }),
        1 => (place(), 6usize..9).prop_map(|(place, at)| Edit::Rename { place, to: format!("n{at}").into() }),
        1 => (place(), 6usize..9).prop_map(|(place, at)| Edit::Copy { place, to: format!("n{at}").into() }),
    ]
}

fn loaded(text: &str) -> Registry {
    let mut registry = registry();
    registry.load(None, Some(text));
    registry
}

/// What every node says itself, by name and key.
fn said(registry: &Registry, text: &str) -> BTreeMap<String, BTreeMap<String, Value>> {
    let rows = registry
        .standing(text, Table::Nodes, |_| true, true)
        .unwrap();
    let values = |values: Vec<(Key, Value)>| {
        values
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect()
    };
    rows.into_iter()
        .map(|row| (row.name.to_string(), values(row.values)))
        .collect()
}

/// What a model of the registry makes of an edit that was taken.
fn modelled(nodes: &mut BTreeMap<String, BTreeMap<String, Value>>, edit: &Edit) {
    let name = edit.place().name.to_string();
    match edit {
        Edit::Set { key, value, .. } => {
            let key = Key::parse(key).unwrap().to_string();
            let list = key == "kernel.args";
            let items: Vec<std::sync::Arc<str>> = match value {
                Value::Text(text) => vec![text.clone()],
                Value::List(items) => items.clone(),
                Value::Yaml(_) => unreachable!("none is made"),
            };
            let items: Vec<_> = items.into_iter().filter(|item| !item.is_empty()).collect();
            let entry = nodes.get_mut(&name).unwrap();
            match items.as_slice() {
                [] => drop(entry.remove(&key)),
                _ if list => drop(entry.insert(key, Value::List(items))),
                [one, ..] => {
                    let bool = key.ends_with("wipe_table");
                    let text: std::sync::Arc<str> = match &**one {
                        "yes" | "on" | "y" | "1" if bool => "true".into(),
                        text => text.into(),
                    };
                    entry.insert(key, Value::Text(text));
                }
            }
        }
        Edit::Unset { key, .. } => {
            let key = Key::parse(key).unwrap().to_string();
            nodes.get_mut(&name).unwrap().remove(&key);
        }
        Edit::Drop { key, .. } => {
            let below = format!("{key}.");
            nodes
                .get_mut(&name)
                .unwrap()
                .retain(|own, _| !own.starts_with(&below));
        }
        Edit::Add { .. } => drop(nodes.insert(name, BTreeMap::new())),
        Edit::Remove { .. } => drop(nodes.remove(&name)),
        Edit::Rename { to, .. } => {
            let entry = nodes.remove(&name).unwrap();
            nodes.insert(to.to_string(), entry);
        }
        Edit::Copy { to, .. } => {
            let entry = nodes[&name].clone();
            nodes.insert(to.to_string(), entry);
        }
        Edit::Write { .. } => unreachable!("none is made"),
    }
}

fn checked(text: &str, draft: &Draft, edits: &[Edit]) {
    assert_eq!(
        apply(text, &draft.hunks).as_deref(),
        Some(&*draft.text),
        "{text}\n{edits:?}"
    );
    assert_eq!(
        apply(&draft.text, &back(&draft.hunks)).as_deref(),
        Some(text),
        "{text}\n{edits:?}"
    );
    let (before, after) = (loaded(text), loaded(&draft.text));
    let mut model = said(&before, text);
    for edit in edits {
        modelled(&mut model, edit);
    }
    assert_eq!(
        said(&after, &draft.text),
        model,
        "{text}\n{edits:?}\n{}",
        draft.text
    );
    let view = after.view().unwrap();
    let told = |faults: &[muster::model::Fault]| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&draft.view.faults),
        told(&view.faults),
        "{text}\n{edits:?}\n{}",
        draft.text
    );
    // What nobody edits stays: the mark, the ends of lines, a last line without one.
    let ends = |text: &str| {
        let head: String = text.chars().take_while(|c| *c != 'n').collect();
        (
            head,
            text.lines().next_back().map(str::to_owned),
            text.ends_with('\n'),
        )
    };
    assert_eq!(ends(&draft.text), ends(text), "{edits:?}\n{}", draft.text);
    let returns = |text: &str| text.matches("\r\n").count();
    let lines = |text: &str| text.matches('\n').count();
    assert!(
        returns(text) == 0 && returns(&draft.text) == 0
            || returns(&draft.text) == lines(&draft.text),
        "{edits:?}\n{:?}",
        draft.text
    );
}

proptest! {
    // More where PROPTEST_CASES says so.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_text_says_what_the_model_says(
        indent in 1usize..5,
        entries in prop::collection::vec((0usize..BODIES.len(), select(vec!["", "\n", "  # a heading\n", "\n      # deep\n", "   \n"])), 1..6),
        profiles in any::<bool>(),
        dress in dress(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let text = dress.over(&text_of(indent, &entries, profiles));
        // One after the other, and all that were taken at once.
        let mut registry = loaded(&text);
        let mut taken = Vec::new();
        let mut now = text.clone();
        for edit in edits {
            let one = std::slice::from_ref(&edit);
            match registry.draft(File::Nodes, &now, one) {
                Ok(draft) => {
                    checked(&now, &draft, one);
                    now = draft.text.to_string();
                    registry.commit(Tip::of(draft)).unwrap();
                    taken.push(edit);
                }
                Err(faults) => {
                    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    prop_assert!(!told.concat().contains("read back"), "{now}\n{edit:?}\n{told:?}");
                    prop_assert!(!told.concat().contains("no YAML"), "{now}\n{edit:?}\n{told:?}");
                }
            }
        }
        if let Ok(draft) = loaded(&text).draft(File::Nodes, &text, &taken) {
            checked(&text, &draft, &taken);
        }
    }

    /// Whatever stands in a text, between what was before and after a hand edit lie hunks that lead from one to the other.
    #[test]
    fn hunks_lead_there_and_back(
        old in prop::collection::vec(select(vec!["a\n", "b\n", "c\n", "d\n", "\n", "e\r\n"]), 0..12),
        new in prop::collection::vec(select(vec!["a\n", "b\n", "c\n", "x\n", "\n", "y"]), 0..12),
    ) {
        let (old, new) = (old.concat(), new.concat().replace("yy", "y\n").replace("ya", "y\na"));
        let hunks = muster::registry::between(&old, &new);
        prop_assert_eq!(apply(&old, &hunks), Some(new.clone()));
        prop_assert_eq!(apply(&new, &back(&hunks)), Some(old));
    }
}
