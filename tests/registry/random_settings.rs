//! Any edit of any `muster.conf`: the text says afterwards what was meant, no other line changes, and the way back leads to the byte
//! where it began.

use std::collections::{BTreeMap, BTreeSet};

use muster::model::{Branch, Edit, File, Key, Place, Table, Value};
use muster::registry::{Draft, Registry, Tip, apply, back};
use proptest::prelude::*;
use proptest::sample::select;

use super::random::dress;
use crate::support::registry;

const NODES: &str = "nodes: {}\n";

/// Sections in some of the ways in which people write them; none of two with one key stands in a file.
const SECTIONS: [(&str, &str); 22] = [
    ("cluster", "cluster: gauss   # name\n"),
    ("cluster", "# about the name\n\"cluster\": 'it''s'\n"),
    ("comment", "comment: |\n  two\n\n  # lines\n"),
    ("comment", "comment: >-\n  folded\n  text\n"),
    ("naming", "naming: n[1-9]\n"),
    ("naming", "naming: \"n[1-9]\" # so\n"),
    ("ipaddr", "\n# where\nipaddr: 10.0.0.1/16\n"),
    (
        "adopt",
        "adopt:\n  profiles:\n  - default   # all\n  # and\n  - gpu\n",
    ),
    ("adopt", "adopt: {profiles: [default]}\n"),
    ("dhcp", "dhcp:\n  lease: 12h # long\n  # who\n  port: 67\n"),
    ("dhcp", "dhcp: {lease: 1h, enabled: yes}   # short\n"),
    ("dhcp", "dhcp:\n    # nothing\n    enabled: \"true\"\n"),
    ("dhcp", "dhcp: {}\n"),
    (
        "server",
        "server:\n    port: 9000\n\n    \"secure\": 'no'\n",
    ),
    ("server", "warewulf:\n  port: 9000\n"),
    (
        "tftp",
        "tftp:\n  ipxe:\n    \"00:07\": a.efi\n    00:09: b.efi\n  search:\n    - /a\n    - /b   # second\n",
    ),
    ("tftp", "tftp:\n  search: [/a, \"/b c\"]\n"),
    (
        "networks",
        "networks:\n  blue:\n    subnet: 10.1.0.0/24\n    # names\n    dns: [10.1.0.2]\n  red: {subnet: 10.2.0.0/24}\n",
    ),
    (
        "networks",
        "networks: {blue: {subnet: 10.1.0.0/24, gateway: 10.1.0.1}}\n",
    ),
    (
        "networks",
        "networks:   # ours\n    blue:\n          subnet: \"10.1.0.0/24\"\n\n    # the other\n    red:\n          subnet: 10.2.0.0/24\n          routes:\n          - 10.9.0.0/16 via 10.2.0.1\n",
    ),
    ("strange", "strange: {a: [1, 2]}   # of somebody else\n"),
    (
        "nfs",
        "nfs:\n  export paths:\n    - path: /home\n      export options: rw\n",
    ),
];

const KEYS: [&str; 20] = [
    "cluster",
    "comment",
    "naming",
    "access",
    "listen",
    "boot.limit",
    "server.port",
    "server.secure",
    "server.update_interval",
    "dhcp.lease",
    "dhcp.enabled",
    "dhcp.port",
    "tftp.ipxe.00:07",
    "tftp.ipxe.00:0B",
    "tftp.root",
    "networks.blue.gateway",
    "networks.blue.domain",
    "networks.red.interface",
    "networks.green.subnet",
    "control.group",
];
const LISTS: [&str; 5] = [
    "adopt.profiles",
    "tftp.search",
    "networks.blue.dns",
    "networks.red.routes",
    "networks.blue.relay",
];

fn edit() -> impl Strategy<Value = Edit> {
    let place = Place::settings;
    let text = |text: &str| Value::Text(text.into());
    let word = prop_oneof![
        4 => select(vec![
            "", "x", "yes", "false", "0x10", "- a", "a: b", "#c", "~", "it's", "\"q\"", "é ß", "90s", "2d", "9000", "10.1.0.9",
            "10.7.0.0/24", "boot", "compatible", "n[1-3]", "/srv/x y", "null", "two\nlines\n"
        ])
        .prop_map(str::to_owned),
        1 => "[ -~äλ]{0,12}",
    ];
    let item = select(vec![
        "default",
        "gpu",
        "/a",
        "/b c",
        "10.1.0.7",
        "10.9.0.0/16 via 10.2.0.9",
        "",
    ]);
    let items = prop::collection::vec(item, 0..4)
        .prop_map(|items| Value::List(items.into_iter().map(Into::into).collect()));
    let key = || select(KEYS.to_vec()).prop_map(std::sync::Arc::<str>::from);
    let list = || select(LISTS.to_vec()).prop_map(std::sync::Arc::<str>::from);
    let branch = select(vec![
        "dhcp",
        "networks.blue",
        "networks.red",
        "tftp.ipxe",
        "tftp",
        "server",
        "networks",
    ]);
    let network = |name: &str| Place {
        table: Table::Settings,
        name: format!("networks.{name}").into(),
    };
    prop_oneof![
        6 => (key(), word).prop_map(move |(key, word)| Edit::Set { place: place(), key, value: text(&word) }),
        3 => (list(), items).prop_map(move |(key, value)| Edit::Set { place: place(), key, value }),
        3 => prop_oneof![key(), list()].prop_map(move |key| Edit::Unset { place: place(), key }),
        2 => branch.prop_map(move |key| Edit::Drop { place: place(), key: key.into() }),
        1 => select(vec!["blue", "red", "grey"]).prop_map(move |name| Edit::Remove { place: network(name) }),
        1 => (select(vec!["blue", "red"]), select(vec!["grey", "a.b", "red"]))
            .prop_map(move |(name, to)| Edit::Rename { place: network(name), to: to.into() }),
    ]
}

fn loaded(text: &str) -> Registry {
    let mut registry = registry();
    registry.load(Some(text), Some(NODES));
    registry
}

/// What the file says, by key.
fn said(registry: &Registry, text: &str) -> BTreeMap<String, Value> {
    let rows = registry.standing(text, Table::Settings, |_| true, true);
    let rows = rows.unwrap().remove(0).values.into_iter();
    rows.map(|(key, value)| (key.to_string(), value)).collect()
}

/// What a model of the settings makes of an edit that was taken.
fn modelled(values: &mut BTreeMap<String, Value>, edit: &Edit) {
    let branch = |text: &str| Branch::parse_in(Table::Settings, text).unwrap();
    let parsed = |key: &str| Key::parse_in(Table::Settings, key).unwrap();
    match edit {
        Edit::Set { key, value, .. } => {
            let key = parsed(key).to_string();
            let value = match value {
                Value::List(items) => {
                    let items = items.iter().filter(|item| !item.is_empty());
                    Value::List(items.cloned().collect())
                }
                other => other.clone(),
            };
            match &value {
                Value::Text(text) if text.is_empty() => drop(values.remove(&key)),
                Value::List(items) if items.is_empty() => drop(values.remove(&key)),
                _ => drop(values.insert(key, value)),
            }
        }
        Edit::Unset { key, .. } => drop(values.remove(&parsed(key).to_string())),
        Edit::Drop { key, .. } => values.retain(|own, _| !branch(key).holds(&parsed(own))),
        Edit::Remove { place } => values.retain(|own, _| !branch(&place.name).holds(&parsed(own))),
        Edit::Rename { place, to } => {
            let from = branch(&place.name);
            let moved = std::mem::take(values).into_iter().map(|(own, value)| {
                let mut key = parsed(&own);
                if from.holds(&key) {
                    key.names = vec![to.clone()];
                }
                (key.to_string(), value)
            });
            *values = moved.collect();
        }
        _ => unreachable!("none is made"),
    }
}

fn checked(text: &str, draft: &Draft, edits: &[Edit]) {
    let new = &*draft.text;
    let forth = apply(text, &draft.hunks);
    assert_eq!(forth.as_deref(), Some(new), "{text}\n{edits:?}");
    let back = apply(new, &back(&draft.hunks));
    assert_eq!(back.as_deref(), Some(text), "{text}\n{edits:?}");
    let (before, after) = (loaded(text), loaded(new));
    let mut model = said(&before, text);
    for edit in edits {
        modelled(&mut model, edit);
    }
    assert_eq!(said(&after, new), model, "{text}\n{edits:?}\n{new}");
    let view = after.view().unwrap();
    assert_eq!(draft.view.settings, view.settings, "{edits:?}\n{new}");
    // Comments that stand alone are nobody's to take, but for one right above what goes.
    let strangers = |text: &str| text.contains("strange: {a: [1, 2]}   # of somebody else");
    assert_eq!(strangers(text), strangers(new), "{edits:?}\n{new}");
    assert_eq!(text.starts_with('\u{feff}'), new.starts_with('\u{feff}'));
    let lines = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    let (returns, all) = lines(new);
    assert!(
        lines(text).0 == 0 && returns == 0 || returns == all || lines(text).1 == 0,
        "{edits:?}\n{new:?}"
    );
}

proptest! {
    // More where PROPTEST_CASES says so.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_file_says_what_the_model_says(
        heading in select(vec!["", "# site\n", "# site\n\n", "---\n"]),
        sections in prop::collection::vec((select(SECTIONS.to_vec()), select(vec!["", "\n", "# a heading\n", "   \n"])), 0..7),
        end in select(vec!["", "# the end\n", "\n\n"]),
        dress in dress(),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        let mut text = String::from(heading);
        let mut seen = BTreeSet::new();
        for ((key, section), noise) in sections {
            if seen.insert(key) {
                text.push_str(noise);
                text.push_str(section);
            }
        }
        text.push_str(end);
        let text = dress.over(&text);
        let mut registry = loaded(&text);
        let mut taken = Vec::new();
        let mut now = text.clone();
        for edit in edits {
            let one = std::slice::from_ref(&edit);
            match registry.draft(File::Conf, &now, one) {
                Ok(draft) => {
                    checked(&now, &draft, one);
                    now = draft.text.to_string();
                    registry.commit(Tip::of(draft)).unwrap();
                    taken.push(edit);
                }
                Err(faults) => {
                    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    let told = told.concat();
                    for bad in ["read back", "no YAML", "by hand"] {
                        prop_assert!(!told.contains(bad), "{now}\n{edit:?}\n{told}");
                    }
                }
            }
        }
        if let Ok(draft) = loaded(&text).draft(File::Conf, &text, &taken) {
            checked(&text, &draft, &taken);
        }
    }
}
