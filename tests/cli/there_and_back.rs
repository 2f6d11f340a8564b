//! Whatever nodes say, an export says it, and an import into an empty registry gives it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster::api::{Command, Reply};
use muster::cli::Ask as _;
use muster::model::{Edit, Place, Value};
use proptest::prelude::*;
use proptest::sample::select;

use super::world::World;

const PROFILES: &str = "\
nodeprofiles:
  default:
    image name: small
    kernel: {args: [quiet, console=ttyS0]}
    network devices:
      eno1: {netmask: 255.255.0.0, onboot: \"true\"}
  gpu:
    profiles: [default]
    kernel: {args: [nvidia.modeset=1]}
nodes: {}
";

/// Texts that a careless writer of YAML or CSV gets wrong.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "a,b",
            "say \"no\"",
            "it's",
            "[x",
            "]",
            "{a: b}",
            "- a",
            "# c",
            "a: b",
            "yes",
            "no",
            "null",
            "~",
            "1e3",
            "0x10",
            "010",
            "1.50",
            "2026-01-01",
            "=1+1",
            ";",
            "*a",
            "&a",
            "!t",
            "%",
            "@x",
            "`",
            "a\\nb",
            "äöü 漢字",
            "-",
            "--",
            "|",
            ">",
            "?",
            "''",
            "\"",
            "\"\"",
            ",",
            ",,",
            "a  b",
            "é\u{301}",
        ])
        .prop_map(str::to_owned),
        "[ -~äß]{1,10}",
    ]
    .prop_filter("is more than blanks", |text| !text.trim().is_empty())
}

/// The same with several lines.
fn note() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        prop::collection::vec(text(), 2..4).prop_map(|lines| lines.join("\n")),
        select(vec!["a\n\nb", "a\n  b", "a\tb"]).prop_map(str::to_owned),
    ]
}

fn list(item: impl Strategy<Value = String>) -> impl Strategy<Value = Value> {
    prop::collection::vec(item, 0..4)
        .prop_map(|items| Value::List(items.into_iter().map(Arc::from).collect()))
}

fn plain(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    select(texts).prop_map(|text| Value::Text(text.into()))
}

fn named(
    key: &'static str,
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = (String, Value)> {
    value.prop_map(move |value| (key.to_owned(), value))
}

/// A key and a value that it may have.
fn setting() -> impl Strategy<Value = (String, Value)> {
    let words = || note().prop_map(|text| Value::Text(text.into()));
    let line = || text().prop_map(|text| Value::Text(text.into()));
    let name = || select(vec!["a", "k k", "x:y", "\"b.c\"", "1", "yes", "a,b"]);
    let device = || select(vec!["eno1", "eno2", "\"eno1.100\"", "ib 0"]);
    prop_oneof![
        named("comment", words()),
        named("cluster", line()),
        named("init", line()),
        named("image", plain(&["rocky9", "no", "010", "1e3"])),
        named("kernel.version", line()),
        named("kernel.args", list(text())),
        named(
            "profiles",
            select(vec![&["default"][..], &["gpu"], &["gpu", "~default"], &[]])
                .prop_map(|items| Value::List(items.iter().map(|item| Arc::from(*item)).collect()))
        ),
        named(
            "system_overlay",
            list(select(vec![
                "wwinit".to_owned(),
                "~hosts".to_owned(),
                "chrony".to_owned()
            ]))
        ),
        named("ipmi.password", line()),
        named("ipmi.port", plain(&["623", "1623"])),
        named("ipmi.write", plain(&["true", "no", "yes"])),
        named("asset_key", line()),
        (name(), words()).prop_map(|(name, value)| (format!("tags.{name}"), value)),
        (device(), plain(&["1500", "9000"]))
            .prop_map(|(device, value)| (format!("net.{device}.mtu"), value)),
        (device(), plain(&["yes", "false"]))
            .prop_map(|(device, value)| (format!("net.{device}.onboot"), value)),
        (device(), name(), words())
            .prop_map(|(device, name, value)| (format!("net.{device}.tags.{name}"), value)),
        named("disks./dev/sda.wipe_table", plain(&["true", "false"])),
        named(
            "disks./dev/sda.partitions.root.size_mib",
            plain(&["0", "4096"])
        ),
        named(
            "disks./dev/sda.partitions.swap.should_exist",
            plain(&["true", "false"])
        ),
        named("filesystems./dev/sda1.options", list(text())),
        named("filesystems./dev/sda1.mount_options", line()),
        (
            name(),
            select(vec![
                "[1, {a: b}]",
                "{a: [x, 'y'], b: null}",
                "1.5",
                "true",
                "'1.50'",
                "x",
                "[[], {}]"
            ])
        )
            .prop_map(|(name, yaml)| {
                let yaml = serde_yaml::from_str(yaml).unwrap();
                (format!("resources.{name}"), Value::Yaml(Box::new(yaml)))
            }),
    ]
}

/// Nodes by name with their values by key.
fn nodes() -> impl Strategy<Value = BTreeMap<String, BTreeMap<String, Value>>> {
    let name = select(vec![
        "n1", "n2", "n10", "002", "yes", "web-a", "1e3", "n 'x",
    ]);
    let name = name
        .prop_filter("is a name", |name| !name.contains('\''))
        .prop_map(str::to_owned);
    let values =
        prop::collection::vec(setting(), 0..8).prop_map(|values| values.into_iter().collect());
    prop::collection::btree_map(name, values, 1..5)
}

/// Everything that a list of nodes says.
fn says(world: &mut World, line: &str) -> serde_json::Value {
    serde_json::from_str(&world.types(line).good()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(32), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn an_import_gives_back_what_was_exported(nodes in nodes()) {
        let mut here = World::new(PROFILES);
        let mut edits = Vec::new();
        for (name, values) in &nodes {
            let place = Place::node(name);
            edits.push(Edit::Add { place: place.clone() });
            for (key, value) in values {
                edits.push(Edit::Set { place: place.clone(), key: key.as_str().into(), value: value.clone() });
            }
        }
        let command = Command::Change { edits, base: None, note: None, dry: false, by: "ana".into() };
        match here.ask(command).unwrap() {
            Reply::Change(_) => {}
            other => prop_assert!(false, "{other:?}"),
        }
        let merged = says(&mut here, "node list --merged --json --secrets");
        let own = says(&mut here, "node list --own --json --secrets");
        let own_json = says(&mut here, "node export --json --secrets");
        prop_assert_eq!(&own, &own_json);
        for form in ["yaml", "csv"] {
            let text = here.types(&format!("node export --{form} --secrets")).good();
            let file = tempfile::Builder::new().suffix(&format!(".{form}")).tempfile().unwrap();
            std::fs::write(file.path(), &text).unwrap();
            let path = file.path().to_str().unwrap();
            // Here it changes nothing, not even when it is taken at its word.
            for exact in [&[][..], &["--exact"]] {
                let said = here.words(&[&["node", "import", path], exact].concat());
                prop_assert_eq!(said.out.as_str(), "nothing differs\n", "{:?}\n{}", said, text);
            }
            let mut there = World::new(PROFILES);
            let said = there.words(&["node", "import", path, "-y"]);
            prop_assert!(said.well, "{said:?}\n{text}");
            prop_assert_eq!(&says(&mut there, "node list --own --json --secrets"), &own, "{}", text);
            prop_assert_eq!(&says(&mut there, "node list --merged --json --secrets"), &merged, "{}", text);
            prop_assert_eq!(there.types(&format!("node export --{form} --secrets")).good(), text);
        }
    }
}
